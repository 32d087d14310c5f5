/**
 * MD5 (RFC 1321) of short texts: what a split of rows is drawn by that others draw in the same way. It keeps no secret.
 *
 * @module
 */

/** Bytes of a block, and of the size at its end with the bit before it. */
const BLOCK = 64, END = 9;

/** How far each step of a round turns. */
const TURNS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

const CONSTANTS: Int32Array = Int32Array.from(
  { length: BLOCK },
  (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);

/**
 * The first four bytes of the digest of a text, as a number: the first one is the highest.
 *
 * @throws {RangeError} if the text has more than 55 bytes.
 * @example
 * ```ts
 * import { md5Head } from "./md5.ts";
 *
 * console.assert(md5Head("abc") === 0x90015098);
 * ```
 */
export function md5Head(text: string): number {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > BLOCK - END) {
    throw new RangeError(
      `Cannot make a digest of ${bytes.length} bytes; expected at most ${BLOCK - END}`,
    );
  }
  const block = new Uint8Array(BLOCK);
  block.set(bytes);
  block[bytes.length] = 0x80;
  const view = new DataView(block.buffer);
  view.setUint32(BLOCK - 8, 8 * bytes.length, true);
  let a = 0x67452301, b = 0xefcdab89 | 0, c = 0x98badcfe | 0, d = 0x10325476;
  for (let i = 0; i < BLOCK; i++) {
    const round = i >> 4;
    const mixed = [b & c | ~b & d, d & b | ~d & c, b ^ c ^ d, c ^ (b | ~d)][round];
    const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round] & 15;
    const sum = a + mixed + CONSTANTS[i] + view.getInt32(4 * word, true) | 0;
    const turn = TURNS[round][i & 3];
    [a, d, c, b] = [d, c, b, b + (sum << turn | sum >>> 32 - turn) | 0];
  }
  view.setInt32(0, a + 0x67452301, true);
  return view.getUint32(0);
}
