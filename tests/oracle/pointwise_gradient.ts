/**
 * `pointwise_gradient`: see `src/ops/kernels/pointwise_gradient.ts`.
 *
 * @module
 */
import { gradientOf, stored } from "./expression.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx is the gradient before the operation, as its expression says. */
export function pointwiseGradient(
  { operand, dy }: Inputs,
  { length, operation }: Readonly<Record<string, number>>,
): Outputs {
  const dx = expected(length);
  for (let i = 0; i < length; i++) {
    const { value, bound } = gradientOf(operation, stored(dy[i]), stored(operand[i]));
    dx.value[i] = value;
    dx.bound[i] = bound;
  }
  return { dx };
}
