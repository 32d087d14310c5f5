/**
 * The device's form of index lists: u16 pairs or u32, and the packed places of N:M patterns.
 *
 * @module
 */
import { roundUp } from "../device/kernel.ts";
import { connectionsPerRow, type Segments } from "./geometry.ts";
import type { Pattern } from "./pattern.ts";

/** Most numbers that fit 16 bits. */
const NARROW = 65536;

/** Whether numbers below `count` need 32 bits on the device. */
export function isWide(count: number): boolean {
  return count > NARROW;
}

/** Words of `length` packed numbers below `count`. */
export function indexWords(length: number, count: number): number {
  return isWide(count) ? length : Math.ceil(length / 2);
}

/** The device's form of numbers below `count`: pairs of u16, the low half first, or u32 if wide. */
export function packIndex(index: Uint32Array, count: number): Uint32Array {
  if (isWide(count)) return index.slice();
  // Little-endian like every machine that runs this: linear memory and the device's buffers are so by definition.
  const halves = new Uint16Array(roundUp(index.length, 2));
  halves.set(index);
  return new Uint32Array(halves.buffer);
}

/** Undoes {@linkcode packIndex}: `length` numbers below `count`. */
export function unpackIndex(words: Uint32Array, count: number, length: number): Uint32Array {
  if (isWide(count)) return words.slice(0, length);
  return Uint32Array.from({ length }, (_, i) => (words[i >>> 1] >>> (16 * (i & 1))) & 0xffff);
}

/** Words of the packed places of `capacity` slots. */
export function segmentWords(capacity: number, { bits }: Segments): number {
  return Math.ceil(capacity * bits / 32);
}

/** The inputs of an N:M pattern as places inside their segments, `bits` bits each; 0 on padding. */
export function packSegments(pattern: Pattern, segments: Segments): Uint32Array {
  const { lists, span, index, capacity } = pattern;
  const { m, bits } = segments;
  const words = new Uint32Array(segmentWords(capacity, segments));
  for (let row = 0; row < lists; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const place = index[slot] % m;
      const bit = slot * bits;
      words[bit >>> 5] |= place << (bit & 31);
      if ((bit & 31) + bits > 32) words[(bit >>> 5) + 1] |= place >>> (32 - (bit & 31));
    }
  }
  return words;
}

/** Undoes {@linkcode packSegments}: the index of an N:M pattern whose rows have `stride` slots each. */
export function unpackSegments(
  words: Uint32Array,
  segments: Segments,
  rows: number,
  stride: number,
): Uint32Array {
  const { n, m, bits } = segments;
  const index = new Uint32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < connectionsPerRow(segments); j++) {
      const slot = row * stride + j;
      const bit = slot * bits;
      const low = words[bit >>> 5] >>> (bit & 31);
      const high = (bit & 31) + bits > 32 ? words[(bit >>> 5) + 1] << (32 - (bit & 31)) : 0;
      index[slot] = Math.floor(j / n) * m + ((low | high) & (2 ** bits - 1));
    }
  }
  return index;
}
