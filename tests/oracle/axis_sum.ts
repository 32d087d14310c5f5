/**
 * `axis_sum` in float64: see `src/ops/kernels/axis_sum.ts`.
 *
 * @module
 */
import { CHAIN, MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[o, i] = scale * sum of x[o, l, i] over l. */
export function axisSum(
  { x }: Inputs,
  { outer, length, inner, scale }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(outer * inner);
  for (let at = 0; at < outer * inner; at++) {
    const sum = new Sum(CHAIN);
    const begin = Math.floor(at / inner) * length * inner + at % inner;
    for (let l = 0; l < length; l++) sum.add(x[begin + l * inner]);
    y.value[at] = scale * sum.value;
    y.bound[at] = Math.abs(scale) * sum.bound + ULP * Math.abs(y.value[at]) + MIN_NORMAL;
  }
  return { y };
}
