/**
 * `pointwise`: see `src/ops/kernels/pointwise.ts`.
 *
 * @module
 */
import { stored, valueOf } from "./expression.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y is the operation of x, as its expression says. */
export function pointwise(
  { x }: Inputs,
  { length, operation }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(length);
  for (let i = 0; i < length; i++) {
    const { value, bound } = valueOf(operation, stored(x[i]));
    y.value[i] = value;
    y.bound[i] = bound;
  }
  return { y };
}
