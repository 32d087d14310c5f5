/**
 * `unpack_segments`: see `src/ops/kernels/unpack_segments.ts`.
 *
 * @module
 */
import { expected, type HostArray, type Inputs, type Outputs } from "./types.ts";

/** index[slot] = segment * m + place, 0 on padding; packed as the kernels read it. */
export function unpackSegments(
  { packed }: Inputs,
  { n, m, bits, perRow, stride, capacity, wide }: Readonly<Record<string, number>>,
): Outputs {
  const index = expected(wide === 0 ? capacity / 2 : capacity);
  for (let slot = 0; slot < capacity; slot++) {
    const j = slot % stride;
    if (j >= perRow) continue;
    const input = Math.floor(j / n) * m + bitsAt(packed, slot * bits, bits);
    if (wide === 0) index.value[slot >>> 1] += input * 2 ** (16 * (slot & 1));
    else index.value[slot] = input;
  }
  return { index };
}

/** The number of `count` bits from bit `from` on, bit by bit. */
function bitsAt(words: HostArray, from: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const bit = from + i;
    value += ((words[Math.floor(bit / 32)] >>> (bit % 32)) & 1) * 2 ** i;
  }
  return value;
}
