/**
 * `block_spmm` in float64: see `src/ops/kernels/block_spmm.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { finish } from "./epilogue.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[r] = the sum over the units s of r's row of units, and their inputs c, of values[s, c, r] * x[c], then the epilogue. */
export function blockSpmm(
  { span, index, values, x, extra }: Inputs,
  { rows, inputs, columns, wide, epilogue, height, width }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(rows * columns);
  for (let row = 0; row < rows; row++) {
    const list = Math.floor(row / height);
    for (let column = 0; column < columns; column++) {
      const sum = new Sum();
      for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
        for (let c = 0; c < width; c++) {
          const input = indexAt(index, slot, wide) * width + c;
          if (input >= inputs) continue;
          const value = values[(slot * width + c) * height + row % height];
          sum.product(value, x[input * columns + column]);
        }
      }
      finish(sum, epilogue, extra, row, row * columns + column, y);
    }
  }
  return { y };
}
