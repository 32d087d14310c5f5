/**
 * Tables on the terminal.
 *
 * @module
 */
import { Table } from "./deps.ts";

/**
 * Rows of as many cells each as lines.
 *
 * @param isNumber Which columns have numbers, which are aligned at the right.
 */
export function linesOfTable(
  rows: readonly (readonly string[])[],
  isNumber: (column: number) => boolean,
): string[] {
  const columns = rows[0].map((_, i) => ({
    align: isNumber(i) ? "right" as const : "left" as const,
  }));
  return Table.from(rows.map((row) => [...row])).columns(columns).padding(2).toString()
    .split("\n").map((line) => line.trimEnd());
}
