/**
 * `group_spmm_transposed` in float64: see `src/ops/kernels/group_spmm_transposed.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { finish } from "./epilogue.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[c] = the sum over all slots s of input c, and their rows r, of values[s, r] * x[r], then the epilogue. */
export function groupSpmmTransposed(
  { span, index, values, x, extra }: Inputs,
  { rows, inputs, columns, wide, epilogue, height }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(inputs * columns);
  const sums = Array.from({ length: inputs * columns }, () => new Sum());
  for (let row = 0; row < rows; row++) {
    const list = Math.floor(row / height);
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      const input = indexAt(index, slot, wide);
      for (let column = 0; column < columns; column++) {
        const value = values[slot * height + row % height];
        sums[input * columns + column].product(value, x[row * columns + column]);
      }
    }
  }
  sums.forEach((sum, at) => finish(sum, epilogue, extra, Math.floor(at / columns), at, y));
  return { y };
}
