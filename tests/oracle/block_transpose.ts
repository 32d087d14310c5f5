/**
 * `block_transpose`: see `src/ops/kernels/block_transpose.ts`.
 *
 * @module
 */
import { NONE } from "../../src/ops/kernels/constants.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** out[i, r, c] = values[slot[i], c, r], 0 where there is no unit; bit for bit. */
export function blockTranspose(
  { slot, values }: Inputs,
  { length, height, width }: Readonly<Record<string, number>>,
): Outputs {
  const out = expected(length * height * width);
  for (let i = 0; i < length; i++) {
    if (slot[i] === NONE) continue;
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        out.value[(i * height + r) * width + c] = values[(slot[i] * width + c) * height + r];
      }
    }
  }
  return { out };
}
