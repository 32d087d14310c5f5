/**
 * `spmm_listed` in float64: see `src/ops/kernels/spmm_listed.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[r, c] = bias[r] + the sum over the connections s of row r of values[s] times what example c has of its token. */
export function spmmListed(
  { span, index, values, start, order, weights, bias }: Inputs,
  { rows, columns, first, wide }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(rows * columns);
  for (let row = 0; row < rows; row++) {
    const sums = Array.from({ length: columns }, () => {
      const sum = new Sum();
      sum.add(bias[row]);
      return sum;
    });
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const token = first + indexAt(index, slot, wide);
      for (let at = start[token]; at < start[token + 1]; at++) {
        sums[order[at] % columns].product(values[slot], weights[order[at]]);
      }
    }
    for (const [column, { value, bound }] of sums.entries()) {
      y.value[row * columns + column] = value;
      y.bound[row * columns + column] = bound;
    }
  }
  return { y };
}
