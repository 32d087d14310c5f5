/**
 * Labels of rows out of lists.
 *
 * @module
 */
import type { LabelRows } from "../src/data/labels/rows.ts";

/** Rows out of lists of labels below `columns`. */
export function rowsOf(lists: readonly (readonly number[])[], columns: number): LabelRows {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach((list, row) => offsets[row + 1] = offsets[row] + list.length);
  return { rows: lists.length, columns, offsets, labels: Uint32Array.from(lists.flat()) };
}
