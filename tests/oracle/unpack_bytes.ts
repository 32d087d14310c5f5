/**
 * `unpack_bytes` in float64: see `src/ops/kernels/unpack_bytes.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y[r, c] = table[r / part, byte r % 4 of words[r / 4, c]] for c < step.examples, else exactly 0. */
export function unpackBytes(
  { words, table, step }: Inputs,
  { rows, columns, part }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < step[STEP_WORDS.examples]; column++) {
      const word = words[Math.floor(row / 4) * columns + column];
      const byte = Math.floor(word / 256 ** (row % 4)) % 256;
      y.value[row * columns + column] = table[256 * Math.floor(row / part) + byte];
    }
  }
  return { y };
}
