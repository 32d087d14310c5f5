/**
 * `dropout` in float64: see `src/ops/kernels/dropout.ts`.
 *
 * @module
 */
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { isKept } from "./dropping.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[i] = factor * x[i] where element i is kept, else exactly 0. */
export function dropout(
  { x, step }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { length, factor } = params;
  const y = expected(length);
  for (let i = 0; i < length; i++) {
    if (!isKept(i, params, step)) continue;
    y.value[i] = factor * x[i];
    y.bound[i] = ULP * Math.abs(y.value[i]) + MIN_NORMAL * (1 + factor);
  }
  return { y };
}
