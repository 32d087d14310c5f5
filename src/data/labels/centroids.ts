/**
 * What labels are like: the mean of the features of the examples that have them.
 *
 * @module
 */
import { Growing } from "./growing.ts";
import { type FeatureRows, rowsByLabel } from "./rows.ts";
import type { LabelledRows } from "./sparse_text.ts";

/** Options of {@linkcode labelCentroids}. */
export interface CentroidOptions {
  /** Most features of a label that are kept: the largest; 128 by default. They bound the memory, 8 bytes each. */
  readonly most?: number;
}

/**
 * The mean of the features of the examples that have each label, in rows of length 1. A label that no example has, has none.
 *
 * @returns A row for each label.
 * @throws {RangeError} if there are features for more or fewer examples than labels, or `most` is no whole number above 0.
 * @example
 * ```ts
 * import { labelCentroids } from "@filigree/filigree/files";
 *
 * const offsets = Uint32Array.of(0, 1, 2);
 * const features = { rows: 2, columns: 3, offsets, indices: Uint32Array.of(0, 2), values: Float32Array.of(4, 3) };
 * const labels = { rows: 2, columns: 2, offsets: Uint32Array.of(0, 1, 3), labels: Uint32Array.of(0, 0, 1) };
 * const { rows, indices, values } = labelCentroids({ features, labels });
 * console.assert(rows === 2 && indices.join() === "0,2,2" && values[2] === 1);
 * ```
 */
export function labelCentroids(
  { features, labels }: LabelledRows,
  { most = 128 }: CentroidOptions = {},
): FeatureRows {
  if (features.rows !== labels.rows) {
    throw new RangeError(
      `Cannot find centroids: there are features of ${features.rows} examples and labels of ${labels.rows}; expected as many of both`,
    );
  }
  if (!Number.isInteger(most) || most < 1) {
    throw new RangeError(`Cannot find centroids: most is ${most}; expected a whole number above 0`);
  }
  const { begins, rows } = rowsByLabel(labels);
  const sum = new Sum(features.columns);
  const offsets = new Uint32Array(labels.columns + 1);
  const indices = new Growing((n) => new Uint32Array(n));
  const values = new Growing((n) => new Float32Array(n));
  for (let label = 0; label < labels.columns; label++) {
    for (let i = begins[label]; i < begins[label + 1]; i++) sum.add(features, rows[i]);
    sum.take(most, (index, value) => {
      indices.push(index);
      values.push(value);
    });
    offsets[label + 1] = indices.length;
  }
  return {
    ...{ rows: labels.columns, columns: features.columns, offsets },
    ...{ indices: indices.take(), values: values.take() },
  };
}

/** The sum of some rows. */
class Sum {
  readonly #values: Float64Array;
  readonly #has: Uint8Array;
  /** The features that it has. */
  readonly #indices: Uint32Array;
  #count = 0;

  constructor(columns: number) {
    this.#values = new Float64Array(columns);
    this.#has = new Uint8Array(columns);
    this.#indices = new Uint32Array(columns);
  }

  add({ offsets, indices, values }: FeatureRows, row: number): void {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      const index = indices[i];
      if (this.#has[index] === 0) {
        this.#has[index] = 1;
        this.#indices[this.#count++] = index;
      }
      this.#values[index] += values[i];
    }
  }

  /** Gives the features of the largest magnitude, ascending, in length 1; begins anew. */
  take(most: number, push: (index: number, value: number) => void): void {
    const values = this.#values;
    let indices = this.#indices.subarray(0, this.#count).sort();
    if (indices.length > most) {
      // Of two that are as large the one of the lower number is kept: the sort is stable.
      const kept = [...indices].sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]));
      indices = Uint32Array.from(kept.slice(0, most)).sort();
    }
    let square = 0;
    for (const index of indices) square += values[index] * values[index];
    const factor = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (const index of indices) if (values[index] !== 0) push(index, values[index] * factor);
    for (let i = 0; i < this.#count; i++) {
      values[this.#indices[i]] = this.#has[this.#indices[i]] = 0;
    }
    this.#count = 0;
  }
}
