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
  const out = unchanged(y);
  const sums = new Map<number, Sum>();
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const input = indexAt(index, slot, wide);
      for (let column = 0; column < columns; column++) {
        const at = input * columns + column;
        const sum = sums.get(at) ?? new Sum();
        sums.set(at, sum);
        sum.product(values[slot], x[row * columns + column]);
      }
    }
  }
  for (const [at, sum] of sums) {
    sum.add(y[at]);
    out.value[at] = sum.value;
    out.bound[at] = sum.bound;
  }
  return { y: out };
}
