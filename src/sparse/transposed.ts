/**
 * The transposed view of a new pattern. At a rewiring the WASM module makes it (`rewiring.ts`);
 * here is the same on the host, without waiting for a module, for the moment a layer is made.
 *
 * @module
 */
import { roundUp } from "../device/kernel.ts";
import { NONE } from "../ops/kernels/constants.ts";
import type { Pattern, TransposedView } from "./pattern.ts";

/** The units of `pattern` by columns: a stable counting sort by entry. */
export function transposedView(pattern: Pattern): TransposedView {
  const { lists, entries, tile, viewCapacity: capacity, span, index } = pattern;
  const columnSpan = new Uint32Array(2 * entries);
  const rowOf = new Uint32Array(capacity);
  const slotOf = new Uint32Array(capacity).fill(NONE);
  const count = new Uint32Array(entries);
  for (let row = 0; row < lists; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) count[index[slot]]++;
  }
  let begin = 0;
  for (let column = 0; column < entries; column++) {
    columnSpan[2 * column] = begin;
    columnSpan[2 * column + 1] = begin;
    begin += roundUp(count[column], tile);
  }
  for (let row = 0; row < lists; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const entry = columnSpan[2 * index[slot] + 1]++;
      rowOf[entry] = row;
      slotOf[entry] = slot;
    }
  }
  return { capacity, columnSpan, rowOf, slotOf };
}
