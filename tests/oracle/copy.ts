/**
 * `copy` in float64: see `src/ops/kernels/copy.ts`.
 *
 * @module
 */
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** y[to + i] = x[begin + i]. */
export function copy(
  { x, y }: Inputs,
  { length, begin, to }: Readonly<Record<string, number>>,
): Outputs {
  const out = unchanged(y);
  for (let i = 0; i < length; i++) out.value[to + i] = x[begin + i];
  return { y: out };
}
