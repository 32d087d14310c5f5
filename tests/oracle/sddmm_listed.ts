/**
 * `sddmm_listed` in float64: see `src/ops/kernels/sddmm_listed.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** gradient[s] = the sum of dy[r, c] weights[p, c] over the places (p, c) of the token of connection s of row r. */
export function sddmmListed(
  { span, index, start, order, weights, dy }: Inputs,
  { rows, columns, first, capacity, wide }: Readonly<Record<string, number>>,
): Outputs {
  const gradient = expected(capacity);
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const token = first + indexAt(index, slot, wide);
      const sum = new Sum();
      for (let at = start[token]; at < start[token + 1]; at++) {
        sum.product(dy[row * columns + order[at] % columns], weights[order[at]]);
      }
      gradient.value[slot] = sum.value;
      gradient.bound[slot] = sum.bound;
    }
  }
  return { gradient };
}
