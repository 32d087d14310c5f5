/**
 * `copy_columns` in float64: see `src/ops/kernels/copy_columns.ts`.
 *
 * @module
 */
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** y[r, to + i] = x[r, begin + i]. */
export function copyColumns(
  { x, y }: Inputs,
  { rows, count, columns, begin, intoColumns, to }: Readonly<Record<string, number>>,
): Outputs {
  const out = unchanged(y);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) {
      out.value[row * intoColumns + to + i] = x[row * columns + begin + i];
    }
  }
  return { y: out };
}
