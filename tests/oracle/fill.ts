/**
 * `fill` in float64: see `src/ops/kernels/fill.ts`.
 *
 * @module
 */
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** y[to + i] = value. */
export function fill(
  { y }: Inputs,
  { length, to, value }: Readonly<Record<string, number>>,
): Outputs {
  const out = unchanged(y);
  for (let i = 0; i < length; i++) out.value[to + i] = value;
  return { y: out };
}
