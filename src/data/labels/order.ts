/**
 * The order in which a head has its labels: those that come most often first, and behind them groups that are like each other. People,
 * files and figures know nothing of it: they speak of labels by the numbers that these have in the data.
 *
 * @module
 */
import { labelCentroids } from "./centroids.ts";
import { featuresAt } from "./chosen.ts";
import { groupLabels } from "./clusters.ts";
import { placesOf } from "./places.ts";
import { labelCounts, type LabelRows } from "./rows.ts";
import type { LabelledRows } from "./sparse_text.ts";

/** Options of {@linkcode labelOrder}. */
export interface LabelOrderOptions {
  /** How many of the most frequent labels come first; none by default. */
  readonly frequent?: number;
  /** Labels of a group, which are like each other; by default the rest is in the order of its numbers. */
  readonly group?: number;
  /** Decides the first centres of groups; 0 by default. */
  readonly seed?: number;
}

/**
 * An order of labels for a head: the most frequent ones first, of equals the lower number; then the rest, of which every `group`
 * labels are like each other by their centroids, as `groupLabels` puts them, so that a group may share its inputs
 * (`groupFanIn`).
 *
 * @returns The label at each place.
 * @throws {RangeError} if there are not so many labels, or a group is no whole number above 0.
 * @example
 * ```ts
 * import { labelOrder } from "@filigree/filigree/files";
 *
 * const features = {
 *   ...{ rows: 4, columns: 9, offsets: Uint32Array.of(0, 1, 2, 3, 4) },
 *   ...{ indices: Uint32Array.of(5, 7, 5, 7), values: new Float32Array(4).fill(1) },
 * };
 * // Label 4 applies to all; 0 and 2 are alike, and so are 1 and 3.
 * const labels = {
 *   ...{ rows: 4, columns: 5, offsets: Uint32Array.of(0, 2, 4, 6, 8) },
 *   labels: Uint32Array.of(0, 4, 1, 4, 2, 4, 3, 4),
 * };
 * const [first, a, b] = labelOrder({ features, labels }, { frequent: 1, group: 2 });
 * console.assert(first === 4 && a % 2 === b % 2);
 * ```
 */
export function labelOrder(
  rows: LabelledRows,
  { frequent = 0, group, seed = 0 }: LabelOrderOptions = {},
): Uint32Array<ArrayBuffer> {
  const { labels } = rows;
  if (!Number.isInteger(frequent) || frequent < 0 || frequent > labels.columns) {
    throw new RangeError(
      `Cannot put the ${frequent} most frequent labels first: there are ${labels.columns}; expected a whole number up to that`,
    );
  }
  const counts = labelCounts(labels);
  // The sort is stable.
  const order = Uint32Array.from(
    Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a]),
  );
  const rest = order.subarray(frequent).sort();
  if (group === undefined) return order;
  const centroids = featuresAt(labelCentroids(rows), rest);
  order.set(groupLabels(centroids, { size: group, seed }).map((i) => rest[i]), frequent);
  return order;
}

/**
 * The same rows with places in an order for labels: what a head that has them in it learns from.
 *
 * @throws {RangeError} if the order does not have each label once.
 * @example
 * ```ts
 * import { labelsInOrder } from "@filigree/filigree/files";
 *
 * const rows = { rows: 2, columns: 3, offsets: Uint32Array.of(0, 2, 3), labels: Uint32Array.of(0, 2, 1) };
 * console.assert(labelsInOrder(rows, Uint32Array.of(2, 0, 1)).labels.join() === "0,1,2");
 * ```
 */
export function labelsInOrder(rows: LabelRows, order: Uint32Array): LabelRows {
  const { offsets } = rows;
  const places = placesOf(order, rows.columns);
  const labels = rows.labels.map((label) => places[label]);
  for (let row = 0; row < rows.rows; row++) labels.subarray(offsets[row], offsets[row + 1]).sort();
  return { ...rows, labels };
}
