/**
 * `pointwise_slope`: see `src/ops/kernels/pointwise_slope.ts`.
 *
 * @module
 */
import { gradientOf, stored, valueOf } from "./expression.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y is the operation of x, slope its derivative, as its expressions say. */
export function pointwiseSlope(
  { x }: Inputs,
  { length, operation }: Readonly<Record<string, number>>,
): Outputs {
  const [y, slope] = [expected(length), expected(length)];
  for (let i = 0; i < length; i++) {
    const operand = stored(x[i]);
    for (
      const [to, { value, bound }] of [
        [y, valueOf(operation, operand)],
        [slope, gradientOf(operation, stored(1), operand)],
      ] as const
    ) {
      to.value[i] = value;
      to.bound[i] = bound;
    }
  }
  return { y, slope };
}
