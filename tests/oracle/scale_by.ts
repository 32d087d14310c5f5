/**
 * `scale_by` in float64: see `src/ops/kernels/scale_by.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y = factor[0] x. */
export function scaleBy(
  { x, factor }: Inputs,
  { length }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(length);
  for (let i = 0; i < length; i++) {
    const sum = new Sum();
    sum.product(factor[0], x[i]);
    y.value[i] = sum.value;
    y.bound[i] = sum.bound;
  }
  return { y };
}
