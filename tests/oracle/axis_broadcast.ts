/**
 * `axis_broadcast` in float64: see `src/ops/kernels/axis_broadcast.ts`.
 *
 * @module
 */
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[o, l, i] = scale * x[o, i]. */
export function axisBroadcast(
  { x }: Inputs,
  { outer, length, inner, scale }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(outer * length * inner);
  for (let at = 0; at < y.value.length; at++) {
    y.value[at] = scale * x[Math.floor(at / inner / length) * inner + at % inner];
    y.bound[at] = ULP * Math.abs(y.value[at]) + (1 + Math.abs(scale)) * MIN_NORMAL;
  }
  return { y };
}
