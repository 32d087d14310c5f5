/**
 * `sddmm` in float64: see `src/ops/kernels/sddmm.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** gradient[s] = dy[r] . x[index[s]] for every connection s of row r; exactly 0 on padding and tail. */
export function sddmm(
  { span, index, dy, x }: Inputs,
  { rows, columns, capacity, wide }: Readonly<Record<string, number>>,
): Outputs {
  const gradient = expected(capacity);
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const input = indexAt(index, slot, wide);
      const sum = new Sum();
      for (let column = 0; column < columns; column++) {
        sum.product(dy[row * columns + column], x[input * columns + column]);
      }
      gradient.value[slot] = sum.value;
      gradient.bound[slot] = sum.bound;
    }
  }
  return { gradient };
}
