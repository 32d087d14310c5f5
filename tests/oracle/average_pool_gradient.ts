/**
 * `average_pool_gradient` in float64: see `src/ops/kernels/average_pool_gradient.ts`.
 *
 * @module
 */
import { DIVISION, Sum } from "./bounds.ts";
import { imageLength, poolingRegions } from "./pooling.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx = the sum, over the regions that a pixel lies in, of dy by the number of pixels of the region. */
export function averagePoolGradient(
  { dy }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const sums = Array.from({ length: imageLength(params) }, () => new Sum());
  for (const { at, pixels } of poolingRegions(params)) {
    for (const pixel of pixels) sums[pixel].add(dy[at] / pixels.length);
  }
  const dx = expected(sums.length);
  sums.forEach((sum, i) => {
    dx.value[i] = sum.value;
    // Dividing loses what is subnormal, besides rounding.
    dx.bound[i] = 2 * sum.bound + DIVISION * sum.magnitude;
  });
  return { dx };
}
