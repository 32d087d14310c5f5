/**
 * `spmm` in float64: see `src/ops/kernels/spmm.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { finish } from "./epilogue.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[r] = the sum over the connections s of row r of values[s] * x[index[s]], then the epilogue. */
export function spmm(
  { span, index, values, x, extra }: Inputs,
  { rows, columns, wide, epilogue }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const sum = new Sum();
      for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
        sum.product(values[slot], x[indexAt(index, slot, wide) * columns + column]);
      }
      finish(sum, epilogue, extra, row, row * columns + column, y);
    }
  }
  return { y };
}
