/**
 * `block_sddmm` in float64: see `src/ops/kernels/block_sddmm.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** gradient[s, c, r] = dy[r] . x[c] for every connection (r, c) of every unit s; exactly 0 elsewhere. */
export function blockSddmm(
  { span, index, dy, x }: Inputs,
  { rows, inputs, columns, capacity, wide, height, width }: Readonly<Record<string, number>>,
): Outputs {
  const gradient = expected(capacity * width * height);
  for (let row = 0; row < rows; row++) {
    const list = Math.floor(row / height);
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      for (let c = 0; c < width; c++) {
        const input = indexAt(index, slot, wide) * width + c;
        if (input >= inputs) continue;
        const sum = new Sum();
        for (let column = 0; column < columns; column++) {
          sum.product(dy[row * columns + column], x[input * columns + column]);
        }
        const at = (slot * width + c) * height + row % height;
        gradient.value[at] = sum.value;
        gradient.bound[at] = sum.bound;
      }
    }
  }
  return { gradient };
}
