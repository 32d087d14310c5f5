/**
 * The transposed view of a new pattern. At a rewiring the WASM module makes it (`rewiring.ts`);
 * here is the same on the host, without waiting for a module, for the moment a layer is made.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../device/kernel.ts";
import { NONE } from "../ops/kernels/constants.ts";
import { type Pattern, transposedCapacity, type TransposedView } from "./pattern.ts";

/** The connections of `pattern` by columns: a stable counting sort by input. */
export function transposedView(pattern: Pattern): TransposedView {
  const { rows, inputs, budget, span, index } = pattern;
  const capacity = transposedCapacity(rows, inputs, budget);
  const columnSpan = new Uint32Array(2 * inputs);
  const rowOf = new Uint32Array(capacity);
  const slotOf = new Uint32Array(capacity).fill(NONE);
  const count = new Uint32Array(inputs);
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) count[index[slot]]++;
  }
  let begin = 0;
  for (let column = 0; column < inputs; column++) {
    columnSpan[2 * column] = begin;
    columnSpan[2 * column + 1] = begin;
    begin += roundUp(count[column], LIST_TILE);
  }
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const entry = columnSpan[2 * index[slot] + 1]++;
      rowOf[entry] = row;
      slotOf[entry] = slot;
    }
  }
  return { capacity, columnSpan, rowOf, slotOf };
}
