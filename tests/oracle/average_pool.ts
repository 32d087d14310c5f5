/**
 * `average_pool` in float64: see `src/ops/kernels/average_pool.ts`.
 *
 * @module
 */
import { DIVISION, MIN_NORMAL, Sum } from "./bounds.ts";
import { poolingRegions, resultLength } from "./pooling.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y = the mean of the pixels of every region. */
export function averagePool({ x }: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const y = expected(resultLength(params));
  for (const { at, pixels } of poolingRegions(params)) {
    const sum = new Sum();
    for (const pixel of pixels) sum.add(x[pixel]);
    y.value[at] = sum.value / pixels.length;
    y.bound[at] = sum.bound / pixels.length + DIVISION * Math.abs(y.value[at]) + MIN_NORMAL;
  }
  return { y };
}
