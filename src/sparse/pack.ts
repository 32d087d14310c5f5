/**
 * The device's form of index lists: u16 pairs or u32.
 *
 * @module
 */
import { roundUp } from "../device/kernel.ts";

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
