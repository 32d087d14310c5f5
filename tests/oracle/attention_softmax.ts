/**
 * The probabilities of attention in float64, for the oracles that need them: see `src/ops/kernels/attention.ts`.
 *
 * @module
 */
import { MIN_NORMAL, Sum, ULP } from "./bounds.ts";
import type { HostArray, Inputs } from "./types.ts";

/** Parameters of a kernel. */
type Params = Readonly<Record<string, number>>;

/** Where a feature of a position of a head lies. */
export function placeOf(
  { depth, columns }: Params,
  positions: number,
  [head, feature, position, column]: readonly number[],
): number {
  return ((head * depth + feature) * positions + position) * columns + column;
}

/** Where the probability of a query and a key lies. */
export function pairOf(
  { queries, keys, columns }: Params,
  [head, query, key, column]: readonly number[],
): number {
  const eight = (head * columns + column) * Math.ceil(queries / 8) + Math.floor(query / 8);
  return (eight * keys + key) * 8 + query % 8;
}

/** The number by which it is dropped or not. */
export function drawOf(
  { queries, keys, columns }: Params,
  [head, query, key, column]: readonly number[],
): number {
  const eight = (head * columns + column) * Math.ceil(queries / 8) + Math.floor(query / 8);
  const tile = eight * Math.ceil(keys / 4) + Math.floor(key / 4);
  return tile * 32 + key % 4 * 8 + query % 8;
}

/** Elements of the probabilities. */
export function pairsOf({ heads, queries, keys, columns }: Params): number {
  return heads * columns * 8 * Math.ceil(queries / 8) * keys;
}

/** Where a number of a query lies in `[rows, heads, queries, columns]`. */
export function rowOf(
  { heads, queries, columns }: Params,
  which: number,
  [head, query, column]: readonly number[],
): number {
  return ((which * heads + head) * queries + query) * columns + column;
}

/** Calls `body` with every head, query and column. */
export function eachQuery(
  { heads, queries, columns }: Params,
  body: (head: number, query: number, column: number) => void,
): void {
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < queries; query++) {
      for (let column = 0; column < columns; column++) body(head, query, column);
    }
  }
}

/** The product of two positions of a head, summed over its features. */
export function dot(
  p: Params,
  [a, positionsA, atA]: readonly [HostArray, number, number],
  [b, positionsB, atB]: readonly [HostArray, number, number],
  [head, column]: readonly number[],
): Sum {
  const sum = new Sum();
  for (let f = 0; f < p.depth; f++) {
    const left = a[placeOf(p, positionsA, [head, f, atA, column])];
    sum.product(left, b[placeOf(p, positionsB, [head, f, atB, column])]);
  }
  return sum;
}

/** What a largest score is where there is none. */
const UNSEEN = -3.4028234663852886e38;

/** The scores of a query. */
export interface Scores {
  /** A score for each key, -Infinity where it is not seen. */
  readonly scores: Float64Array;
  /** How far float32 scores may lie from them, at most. */
  readonly error: number;
}

/** The scores of a query. */
export function scoresOf(
  { q, k, mask }: Inputs,
  params: Params,
  [head, query, column]: readonly number[],
): Scores {
  const { queries, keys, columns, scale, masked, causal, offset } = params;
  const scores = new Float64Array(keys).fill(-Infinity);
  let error = 0;
  for (let key = 0; key < keys; key++) {
    const hidden = masked && !(mask[key * columns + column] > 0);
    if (hidden || causal && key > query + offset) continue;
    const sum = dot(params, [q, queries, query], [k, keys, key], [head, column]);
    scores[key] = scale * sum.value;
    error = Math.max(error, Math.abs(scale) * (sum.bound + 2 * ULP * sum.magnitude));
  }
  return { scores, error };
}

/** The softmax of the keys that a query sees. */
export interface Softmax {
  /** A probability for each key. */
  readonly p: Float64Array;
  /** How far a float32 probability may lie from it. */
  readonly bound: Float64Array;
  /** The largest score, and how far it may lie off. */
  readonly largest: number;
  readonly error: number;
  /** 1 over the sum of the exponentials of the scores less the largest, and how far it may lie off. */
  readonly factor: number;
  readonly factorError: number;
}

/** The probabilities of a query. */
export function softmaxOf(inputs: Inputs, params: Params, at: readonly number[]): Softmax {
  const { scores, error } = scoresOf(inputs, params, at);
  const { keys } = params;
  const p = new Float64Array(keys);
  const bound = new Float64Array(keys);
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const nothing = { largest: UNSEEN, error: 0, factor: 0, factorError: 0 };
  if (largest === -Infinity) return { p, bound, ...nothing };
  const seen = scores.filter((score) => score > -Infinity);
  const spread = Math.min(largest - seen.reduce((a, b) => Math.min(a, b)), 90);
  const sum = seen.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  // Where the largest score is only found step by step, its sum is corrected by an exponential at every step.
  const sumError = 2 * error + (keys + 12 + 4 * spread) * ULP;
  for (let key = 0; key < keys; key++) {
    if (scores[key] === -Infinity) continue;
    p[key] = Math.exp(scores[key] - largest) / sum;
    bound[key] = p[key] * (sumError + exponentialError(scores[key], largest, error)) +
      4 * MIN_NORMAL;
  }
  const factorError = (sumError + 4 * ULP) / sum;
  return { p, bound, largest, error, factor: 1 / sum, factorError };
}

/** Relative error of exp(score - largest), of scores that err by so much. */
export function exponentialError(score: number, largest: number, error: number): number {
  const below = Math.min(Math.abs(largest - score), 90);
  const relative = 2 * error + (8 + 2 * below) * ULP + ULP * (Math.abs(largest) + Math.abs(score));
  return Math.expm1(Math.min(relative, 3));
}
