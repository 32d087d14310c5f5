/**
 * `max_pool` in float64: see `src/ops/kernels/max_pool.ts`.
 *
 * @module
 */
import { MIN_NORMAL } from "./bounds.ts";
import { poolingRegions, resultLength } from "./pooling.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y = the largest pixel of every region; subnormal ones may be taken for 0. */
export function maxPool({ x }: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const y = expected(resultLength(params));
  for (const { at, pixels } of poolingRegions(params)) {
    y.value[at] = Math.max(...pixels.map((pixel) => x[pixel]));
    y.bound[at] = Math.abs(y.value[at]) < MIN_NORMAL ? MIN_NORMAL : 0;
  }
  return { y };
}
