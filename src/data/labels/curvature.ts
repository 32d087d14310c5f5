/**
 * How steep the loss of a label can be along the features of its examples: what bounds the rates at which gradient descent is stable.
 *
 * @module
 */
import { featuresAt } from "./chosen.ts";
import {
  type FeatureRows,
  labelCounts,
  type LabelRows,
  rowsByLabel,
  squaredLength,
} from "./rows.ts";

/** Rounds of the power method: all but a few percent is there after these. */
const ROUNDS = 40;

/** Its multiples are spread evenly over the fractions. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** What bounds the steepness of a label's loss. */
export interface CurvatureOptions {
  /** Weight of an example to which the label applies, by the label; of others it is 1. */
  readonly weightOf: (label: number) => number;
  /** What is not looked at more closely: labels that cannot be above are left out. 0 by default. */
  readonly least?: number;
}

/**
 * The largest curvature over all labels that a squared error of the rows can have: of a label whose examples are P, the largest
 * eigenvalue of `1/n (sum of x x' over all rows + weight sum of x x' over P)`, or rather the sum of the largest ones of both parts,
 * which is no less (Weyl's inequality). A loss `1/n sum c (z - y)^2` with these weights c has a Hessian of at most twice that, and so
 * has a squared hinge, whatever rows are beyond their margin: gradient descent is stable at rates up to its reciprocal (Nocedal
 * and Wright 2006, section 3.3).
 *
 * @returns It, by the power method, of which the last few percent may lack; at least `least`, if any label can be above that.
 */
export function largestCurvature(
  features: FeatureRows,
  labels: LabelRows,
  { weightOf, least = 0 }: CurvatureOptions,
): number {
  const { rows } = features;
  const all = largestEigenvalue(features, Uint32Array.from({ length: rows }, (_, row) => row));
  let longest = 0;
  for (let row = 0; row < rows; row++) longest = Math.max(longest, squaredLength(features, row));
  // Of n rows the eigenvalue is at most n times the longest: labels that come more rarely need not be looked at.
  const bounds = Float64Array.from(
    labelCounts(labels),
    (count, label) => weightOf(label) * count * longest,
  );
  const most = bounds.reduce((largest, bound) => Math.max(largest, bound), 0);
  let largest = all;
  if (all + most <= least * rows) return largest / rows;
  const order = Uint32Array.from(bounds, (_, label) => label).sort((a, b) => bounds[b] - bounds[a]);
  const { begins, rows: examples } = rowsByLabel(labels);
  for (const label of order) {
    if (all + bounds[label] <= Math.max(largest, least * rows)) break;
    const members = examples.subarray(begins[label], begins[label + 1]);
    largest = Math.max(largest, all + weightOf(label) * largestEigenvalue(features, members));
  }
  return largest / rows;
}

/** The largest eigenvalue of the sum of `x x'` over some rows, by the power method. */
function largestEigenvalue(features: FeatureRows, members: Uint32Array): number {
  const { columns, offsets, indices, values } = onlyOf(features, members);
  const direction = new Float64Array(columns), next = new Float64Array(columns);
  const add = (row: number, factor: number): void => {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) next[indices[i]] += factor * values[i];
  };
  const along = (row: number): number => {
    let sum = 0;
    for (let i = offsets[row]; i < offsets[row + 1]; i++) sum += direction[indices[i]] * values[i];
    return sum;
  };
  // Not all alike: rows that are opposites of each other would begin with nothing.
  for (let row = 0; row < members.length; row++) add(row, 1 + (row * GOLDEN) % 1);
  for (let round = 0;; round++) {
    const length = Math.sqrt(next.reduce((sum, value) => sum + value ** 2, 0));
    if (round === ROUNDS || length === 0) return length;
    next.forEach((value, i) => direction[i] = value / length);
    next.fill(0);
    for (let row = 0; row < members.length; row++) add(row, along(row));
  }
}

/** Some rows by themselves, with the columns that they have. */
function onlyOf(features: FeatureRows, members: Uint32Array): FeatureRows {
  if (members.length === features.rows) return features;
  const chosen = featuresAt(features, members);
  const own = new Map<number, number>();
  const indices = chosen.indices.map((index) => {
    const place = own.get(index) ?? own.size;
    own.set(index, place);
    return place;
  });
  return { ...chosen, columns: own.size, indices };
}
