/**
 * What the oracles of batch normalisation share.
 *
 * @module
 */
import { DIVISION, SQUARE_ROOT, ULP } from "./bounds.ts";

/** Relative error of `scale / sqrt(variance + epsilon)` and of its parts. */
export const FACTOR = ULP + SQUARE_ROOT + DIVISION + ULP;

/** `1 / sqrt(variance + epsilon)` of a row. */
export function inverseDeviation(
  statistics: ArrayLike<number>,
  { rows, epsilon }: Readonly<Record<string, number>>,
  row: number,
): number {
  return 1 / Math.sqrt(statistics[rows + row] + epsilon);
}

/** Whether a column holds an example, not padding. */
export function isReal(column: number, batch: number, examples: number): boolean {
  return column % batch < examples;
}
