/**
 * Labels in clusters of one size: spherical k-means of two centres, balanced, again and again (Prabhu, Kag, Harsola, Agrawal and
 * Varma, "Parabel: Partitioned Label Trees for Extreme Classification", WWW 2018, section 4.1).
 *
 * A cluster of a number is half of one of twice as many labels: neighbours are like each other too.
 *
 * @module
 */
import { Random } from "../../device/random.ts";
import { Growing } from "./growing.ts";
import type { FeatureRows, LabelRows } from "./rows.ts";

/** Options of {@linkcode clusterLabels}. */
export interface ClusterOptions {
  /** How many clusters. */
  readonly clusters: number;
  /** Decides the first centres; 0 by default. */
  readonly seed?: number;
}

/** Options of {@linkcode groupLabels}. */
export interface GroupOptions {
  /** Labels of a group. */
  readonly size: number;
  /** Decides the first centres; 0 by default. */
  readonly seed?: number;
}

/** The stream of random numbers that clusters begin with. */
const STREAM = 3;

/** Most times that the centres of a node are moved. */
const MOST_ITERATIONS = 20;

/** How much the mean similarity to the centres has to rise for another time. */
const LEAST_GAIN = 1e-4;

/**
 * Puts labels into clusters whose sizes are equal within one.
 *
 * @param centroids What labels are like, a row each: `labelCentroids`, or features of their texts.
 * @returns The cluster of each label.
 * @throws {RangeError} if there are more clusters than labels, or not a whole number of them above 0.
 * @example
 * ```ts
 * import { clusterLabels } from "@filigree/filigree/files";
 *
 * // Labels 0 and 2 are alike, and so are 1 and 3.
 * const lists = { offsets: Uint32Array.of(0, 1, 2, 3, 4), indices: Uint32Array.of(5, 7, 5, 7) };
 * const centroids = { rows: 4, columns: 9, ...lists, values: new Float32Array(4).fill(1) };
 * const clusters = clusterLabels(centroids, { clusters: 2 });
 * console.assert(clusters[0] === clusters[2] && clusters[1] === clusters[3] && clusters[0] !== clusters[1]);
 * ```
 */
export function clusterLabels(
  centroids: FeatureRows,
  { clusters, seed = 0 }: ClusterOptions,
): Uint32Array<ArrayBuffer> {
  const { rows } = centroids;
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > rows) {
    throw new RangeError(
      `Cannot put ${rows} labels into ${clusters} clusters: expected a whole number from 1 to ${rows}`,
    );
  }
  const [size, larger] = [Math.floor(rows / clusters), rows % clusters];
  const beginOf = (cluster: number) => cluster * size + Math.min(cluster, larger);
  const order = new Bisection(centroids, seed).order(clusters, beginOf);
  const result = new Uint32Array(rows);
  for (let cluster = 0; cluster < clusters; cluster++) {
    for (let i = beginOf(cluster); i < beginOf(cluster + 1); i++) result[order[i]] = cluster;
  }
  return result;
}

/**
 * An order of labels in which every `size` of them, from the first one on, are like each other; the last ones may be fewer.
 *
 * @param centroids What labels are like, a row each.
 * @returns The label at each place.
 * @throws {RangeError} if the size is no whole number above 0.
 * @example
 * ```ts
 * import { groupLabels } from "@filigree/filigree/files";
 *
 * const lists = { offsets: Uint32Array.of(0, 1, 2, 3, 4), indices: Uint32Array.of(5, 7, 5, 7) };
 * const centroids = { rows: 4, columns: 9, ...lists, values: new Float32Array(4).fill(1) };
 * const [a, b] = groupLabels(centroids, { size: 2 });
 * console.assert(a % 2 === b % 2);
 * ```
 */
export function groupLabels(
  centroids: FeatureRows,
  { size, seed = 0 }: GroupOptions,
): Uint32Array<ArrayBuffer> {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(
      `Cannot put labels into groups of ${size}: expected a whole number above 0`,
    );
  }
  const { rows } = centroids;
  const groups = Math.max(1, Math.ceil(rows / size));
  return new Bisection(centroids, seed).order(groups, (group) => Math.min(rows, group * size));
}

/**
 * The clusters of the labels of each example: what an auxiliary objective learns.
 *
 * @param clusters The cluster of each label.
 * @param columns How many clusters there are.
 * @throws {RangeError} if there is not a cluster below that for each label.
 * @example
 * ```ts
 * import { clusterRows } from "@filigree/filigree/files";
 *
 * const labels = { rows: 2, columns: 3, offsets: Uint32Array.of(0, 2, 3), labels: Uint32Array.of(0, 2, 1) };
 * const rows = clusterRows(labels, Uint32Array.of(1, 0, 1), 2);
 * console.assert(rows.columns === 2 && rows.offsets.join() === "0,1,2" && rows.labels.join() === "1,0");
 * ```
 */
export function clusterRows(
  { rows, columns: labels, offsets, labels: all }: LabelRows,
  clusters: Uint32Array,
  columns: number,
): LabelRows {
  if (clusters.length < labels || clusters.some((cluster) => cluster >= columns)) {
    throw new RangeError(
      `Cannot say which clusters rows have: there are ${clusters.length} clusters of ${labels} labels, ` +
        `each to be below ${columns}; expected one for each label`,
    );
  }
  const ends = new Uint32Array(rows + 1);
  const found = new Growing((n) => new Uint32Array(n));
  for (let row = 0; row < rows; row++) {
    const list = Uint32Array.from(all.subarray(offsets[row], offsets[row + 1]), (i) => clusters[i])
      .sort();
    list.forEach((cluster, i) => {
      if (i === 0 || cluster !== list[i - 1]) found.push(cluster);
    });
    ends[row + 1] = found.length;
  }
  return { rows, columns, offsets: ends, labels: found.take() };
}

/** A node of the tree: labels at some places, of some clusters. */
interface Node {
  readonly first: number;
  readonly behind: number;
}

/** Halves labels until each cluster is one. */
class Bisection {
  readonly #centroids: FeatureRows;
  readonly #seed: number;
  /** `[features]`: the two centres, and the node that they were last written for. */
  readonly #left: Float64Array;
  readonly #right: Float64Array;
  readonly #node: Uint32Array;
  /** Features of a node. */
  readonly #touched: Uint32Array;
  #nodes = 0;

  constructor(centroids: FeatureRows, seed: number) {
    this.#centroids = centroids;
    this.#seed = seed;
    this.#left = new Float64Array(centroids.columns);
    this.#right = new Float64Array(centroids.columns);
    this.#node = new Uint32Array(centroids.columns);
    this.#touched = new Uint32Array(centroids.columns);
  }

  /** The labels, those of each cluster together and ascending; cluster c begins at `beginOf(c)`. */
  order(clusters: number, beginOf: (cluster: number) => number): Uint32Array<ArrayBuffer> {
    const order = Uint32Array.from({ length: this.#centroids.rows }, (_, label) => label);
    const nodes: Node[] = [{ first: 0, behind: clusters }];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      const { first, behind } = node;
      if (behind - first < 2) continue;
      const middle = first + Math.ceil((behind - first) / 2);
      const begin = beginOf(first);
      this.#halve(order.subarray(begin, beginOf(behind)), beginOf(middle) - begin, node);
      nodes.push({ first, behind: middle }, { first: middle, behind });
    }
    return order;
  }

  /** Puts those labels that go left first, both sides ascending. */
  #halve(labels: Uint32Array, count: number, { first, behind }: Node): void {
    const random = new Random({
      ...{ seed: this.#seed, use: "order", stream: STREAM, step: first, element: behind },
    });
    const one = random.below(labels.length);
    const other = (one + 1 + random.below(labels.length - 1)) % labels.length;
    // Labels of neither side make no centre.
    const sides = new Uint8Array(labels.length).fill(2);
    sides[one] = 0;
    sides[other] = 1;
    const scores = new Float64Array(labels.length), similar = new Float64Array(labels.length);
    for (let times = 0, last = -Infinity; times < MOST_ITERATIONS; times++) {
      this.#centre(labels, sides);
      this.#score(labels, scores, similar);
      assign(scores, count, sides);
      let sum = 0;
      // A score is how much nearer the left centre is: on the right that much is lacking.
      for (let i = 0; i < labels.length; i++) {
        sum += sides[i] === 0 ? similar[i] + scores[i] : similar[i];
      }
      if (sum - last <= LEAST_GAIN * labels.length) break;
      last = sum;
    }
    const copy = labels.slice();
    let left = 0, right = count;
    copy.forEach((label, i) => labels[sides[i] === 0 ? left++ : right++] = label);
  }

  /** The centres of both sides, each of length 1. */
  #centre(labels: Uint32Array, sides: Uint8Array): void {
    const { offsets, indices, values } = this.#centroids;
    const [left, right, node] = [this.#left, this.#right, this.#node];
    const number = ++this.#nodes;
    let touched = 0;
    for (let i = 0; i < labels.length; i++) {
      const into = sides[i] === 0 ? left : right;
      for (let at = offsets[labels[i]]; at < offsets[labels[i] + 1]; at++) {
        const index = indices[at];
        if (node[index] !== number) {
          node[index] = number;
          left[index] = right[index] = 0;
          this.#touched[touched++] = index;
        }
        if (sides[i] < 2) into[index] += values[at];
      }
    }
    const all = this.#touched.subarray(0, touched);
    for (const centre of [left, right]) {
      let square = 0;
      for (const index of all) square += centre[index] * centre[index];
      const factor = square > 0 ? 1 / Math.sqrt(square) : 0;
      for (const index of all) centre[index] *= factor;
    }
  }

  /** How much nearer each label is to the left centre than to the right one, and how near to that. */
  #score(labels: Uint32Array, scores: Float64Array, similar: Float64Array): void {
    const { offsets, indices, values } = this.#centroids;
    const [left, right] = [this.#left, this.#right];
    for (let i = 0; i < labels.length; i++) {
      let a = 0, b = 0;
      for (let at = offsets[labels[i]]; at < offsets[labels[i] + 1]; at++) {
        a += values[at] * left[indices[at]];
        b += values[at] * right[indices[at]];
      }
      scores[i] = a - b;
      similar[i] = b;
    }
  }
}

/** Puts the `count` labels of the highest scores on the left side; of those that are equal the first ones. */
function assign(scores: Float64Array, count: number, sides: Uint8Array): void {
  const least = scores.slice().sort()[scores.length - count];
  let above = 0;
  for (const score of scores) if (score > least) above++;
  let equal = count - above;
  for (let i = 0; i < scores.length; i++) {
    const isLeft = scores[i] > least || (scores[i] === least && equal-- > 0);
    sides[i] = isLeft ? 0 : 1;
  }
}
