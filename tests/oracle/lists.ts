/**
 * How the oracles read packed index lists.
 *
 * @module
 */
import type { HostArray } from "./types.ts";

/** Entry `slot` of an index list: half of a word, the low half first, unless `wide`. */
export function indexAt(index: HostArray, slot: number, wide: number): number {
  if (wide !== 0) return index[slot];
  const word = index[slot >>> 1];
  return (slot & 1) === 0 ? word & 0xffff : word >>> 16;
}
