/**
 * `max_pool_gradient` in float64: see `src/ops/kernels/max_pool_gradient.ts`.
 *
 * @module
 */
import { MIN_NORMAL, Sum } from "./bounds.ts";
import { imageLength, poolingRegions } from "./pooling.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx = the sum of dy over the regions whose first largest pixel it is. */
export function maxPoolGradient(
  { x, y, dy }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const sums = Array.from({ length: imageLength(params) }, () => new Sum());
  for (const { at, pixels } of poolingRegions(params)) {
    const largest = pixels.find((pixel) => x[pixel] === y[at]);
    if (largest !== undefined) sums[largest].add(dy[at]);
  }
  const dx = expected(sums.length);
  sums.forEach((sum, i) => {
    dx.value[i] = sum.value;
    // A single term is not rounded, but may be taken for 0 if it is subnormal.
    const single = Math.abs(sum.value) < MIN_NORMAL ? Math.abs(sum.value) : 0;
    dx.bound[i] = sum.terms === 1 ? single : sum.bound;
  });
  return { dx };
}
