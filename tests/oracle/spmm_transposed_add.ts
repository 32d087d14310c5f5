/**
 * `spmm_transposed_add` in float64: see `src/ops/kernels/spmm_transposed_add.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { indexAt } from "./lists.ts";
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** y[i] += the sum over the connections s of input i, and their rows r, of values[s] * x[r]. */
export function spmmTransposedAdd(
  { span, index, values, x, y }: Inputs,
  { rows, columns, wide }: Readonly<Record<string, number>>,
): Outputs {
  // Of all of y: where there is no connection, the sum is 0, and adding that may take what is subnormal for 0.
  const sums = Array.from(y, () => new Sum());
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const input = indexAt(index, slot, wide);
      for (let column = 0; column < columns; column++) {
        sums[input * columns + column].product(values[slot], x[row * columns + column]);
      }
    }
  }
  const out = unchanged(y);
  for (const [at, sum] of sums.entries()) {
    sum.add(y[at]);
    out.value[at] = sum.value;
    out.bound[at] = sum.bound;
  }
  return { y: out };
}
