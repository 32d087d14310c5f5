/**
 * Rows of sparse features with labels as a source of batches: what a model of many labels reads.
 *
 * @module
 */
import { pieceDigests } from "../digest.ts";
import { digestOf } from "../fingerprint.ts";
import type { OtherPreparation, SourcePreparation } from "../preparation.ts";
import { chosenIn, columnsOf, type MemorySource, requireBatches } from "../source.ts";
import { setAside, type SplitOptions } from "../split.ts";
import { labelArray } from "./batches.ts";
import { featuresAt, labelsAt, tokensAt } from "./chosen.ts";
import { labelsInOrder } from "./order.ts";
import { type FeatureRows, type LabelRows, longestOf, type TokenRows } from "./rows.ts";

/** How rows of features become what a model of many labels reads, as a checkpoint holds it. */
export interface RankingPreparation extends OtherPreparation {
  /** What it is a preparation of. */
  readonly kind: "label-ranking";
  /**
   * Most features of an example that are read: those with the largest magnitudes, the lower ones among equals. Where tokens are read
   * in their order, most of these.
   */
  readonly inputs: number;
  /** Features that there are. */
  readonly features: number;
  /** Labels that there are. */
  readonly labels: number;
  /** The label that each row of the head stands for, where that is not the one of its number. */
  readonly order?: readonly number[];
}

/** Examples that a model is asked about at a time, where each has many positions. */
const TOGETHER = 32;

/** Names of the arrays of a batch. */
export type RankingInput = "tokens" | "weights" | "labels";

/** Which examples are set aside. */
export interface RankingSplit extends SplitOptions {
  /** How many examples, from the first on, may be set aside; all by default. Rows of labels themselves lie behind the others. */
  readonly first?: number;
}

/** A source of rows of features, which knows the labels of each. */
export interface RankingSource extends MemorySource<RankingInput> {
  /** What was done to the raw data. */
  readonly preparation: RankingPreparation;
  /** The features of its examples, in their order, as far as they are read; all of them where tokens are read. */
  readonly features: FeatureRows;
  /** The labels of its examples, in their order, by the numbers that they have in the data. */
  readonly truth: LabelRows;
  /** Sets a share of the examples aside as `test`, of all of them or of the first ones alone. */
  split(
    options: RankingSplit,
  ): { readonly train: RankingSource; readonly test: RankingSource };
  /**
   * The same examples for a head that has its labels in an order.
   *
   * @throws {RangeError} if that does not have each label once.
   */
  inOrder(order: Uint32Array<ArrayBuffer>): RankingSource;
}

/** What {@linkcode rankingSource} takes. */
export interface RankingParts {
  /** Features of examples. */
  readonly features: FeatureRows;
  /** Their labels; where there are none, the examples can only be asked about. */
  readonly labels?: LabelRows;
  /** The tokens of the same examples in their order, where these are read and not the features. */
  readonly sequences?: TokenRows;
  /** Most features of an example that are read, or tokens; all of the longest row by default. */
  readonly positions?: number;
  /** The label that each row of the head stands for, as `labelOrder` gives it; that of its number by default. */
  readonly order?: Uint32Array<ArrayBuffer>;
  /** What else the preparation holds, such as words. */
  readonly notes?: Readonly<Record<string, unknown>>;
}

/**
 * Rows of features as batches: `tokens`, `[positions]` u32, are numbers of features plus 1, 0 behind the last one; `weights`,
 * `[positions]`, are their values; `labels`, `[most]` u32, are as `labelLoss` takes them: with an order their places in it.
 *
 * Of sequences `tokens` are the tokens in their order, and `weights` 1 over the number that an example has, 0 behind the last one:
 * the mean of what becomes of them is the sum by these. Features are then what examples are alike by.
 *
 * @throws {RangeError} if there are no rows, labels or sequences are not as many, positions are not a whole number above 0, or
 * fewer than the tokens of a sequence, or an order does not have each label once.
 * @example
 * ```ts
 * import { rankingSource } from "@filigree/filigree/files";
 *
 * const features = {
 *   ...{ rows: 2, columns: 9, offsets: Uint32Array.of(0, 2, 3) },
 *   ...{ indices: Uint32Array.of(0, 8, 4), values: Float32Array.of(0.5, 1, 2) },
 * };
 * const labels = { rows: 2, columns: 7, offsets: Uint32Array.of(0, 1, 2), labels: Uint32Array.of(6, 3) };
 * const source = rankingSource({ features, labels });
 * const [{ arrays }] = source.epoch(0, { batchSize: 2, seed: 0, shuffle: false });
 * console.assert(arrays.tokens[0] === 1 && arrays.tokens[32] === 9 && arrays.tokens[1] === 5);
 * console.assert(arrays.weights[1] === 2 && arrays.labels[0] === 6);
 * ```
 */
export function rankingSource(parts: RankingParts): RankingSource {
  const { rows } = parts.features;
  const { order, labels = noLabels(rows, order?.length), notes = {}, sequences } = parts;
  const { positions = longestOf(sequences ?? parts.features) } = parts;
  requireParts({ ...parts, labels, positions });
  const features = sequences === undefined ? largestOf(parts.features, positions) : parts.features;
  const read = sequences === undefined
    ? featureArrays(features)
    : sequenceArrays(sequences, positions);
  const applying = labelArray(order === undefined ? labels : labelsInOrder(labels, order));
  const preparation: RankingPreparation = {
    ...notes,
    ...{ kind: "label-ranking", inputs: positions },
    ...{ features: features.columns, labels: labels.columns },
    ...(order === undefined ? {} : { order: Array.from(order) }),
  };
  const inputs = {
    tokens: { shape: [positions], type: "u32", below: read.below },
    weights: { shape: [positions], type: "f32" },
    labels: applying.spec,
  } as const;
  const anew = (changed: Partial<RankingParts>) =>
    rankingSource({ ...parts, positions, features, labels, ...changed });
  return {
    ...{ inputs, examples: rows, preparation, finite: true, features, truth: labels },
    ...(sequences === undefined ? {} : { together: TOGETHER }),
    fingerprint: async () => {
      const { offsets, indices, values } = features;
      const all = [offsets, indices, values, labels.offsets, labels.labels];
      if (order !== undefined) all.push(order);
      if (sequences !== undefined) all.push(sequences.offsets, sequences.tokens);
      const digests = await Promise.all(all.map(pieceDigests));
      const lines = [JSON.stringify([inputs, rows]), ...digests.map((pieces) => pieces.join())];
      return await digestOf(lines.join("\n"));
    },
    *epoch(number, options) {
      requireBatches({ inputs }, options.batchSize);
      const columns = columnsOf(options.batchSize);
      const arrays = {
        tokens: new Uint32Array(positions * columns),
        weights: new Float32Array(positions * columns),
        labels: new Uint32Array(applying.spec.shape[0] * columns),
      };
      for (const chosen of chosenIn(rows, number, options)) {
        fillColumns(read, chosen, arrays, columns);
        applying.fill(chosen, arrays.labels);
        yield { arrays, examples: chosen.length };
      }
    },
    split(options) {
      const { aside, rest } = firstAside(rows, options);
      const part = (some: Uint32Array) =>
        anew({
          ...{ features: featuresAt(features, some), labels: labelsAt(labels, some) },
          ...(sequences === undefined ? {} : { sequences: tokensAt(sequences, some) }),
        });
      return { train: part(rest), test: part(aside) };
    },
    inOrder: (order) => anew({ order }),
  };
}

/**
 * Whether a preparation is that of a model of many labels.
 *
 * @example
 * ```ts
 * import { isOfRanking } from "@filigree/filigree/files";
 *
 * console.assert(!isOfRanking({ kind: "text" }));
 * ```
 */
export function isOfRanking(preparation: SourcePreparation): preparation is RankingPreparation {
  return "kind" in preparation && preparation.kind === "label-ranking";
}

/** Sets some of the first rows aside: those behind them are among the others. */
function firstAside(
  rows: number,
  { first = rows, ...options }: RankingSplit,
): { readonly aside: Uint32Array; readonly rest: Uint32Array } {
  const { aside, rest } = setAside(first, options);
  const all = new Uint32Array(rows - aside.length);
  all.set(rest);
  for (let row = first; row < rows; row++) all[row - aside.length] = row;
  return { aside, rest: all };
}

/** Rows without labels, of which there is one at least, so that their array has a size. */
function noLabels(rows: number, columns = 1): LabelRows {
  return { rows, columns, offsets: new Uint32Array(rows + 1), labels: new Uint32Array(0) };
}

/** @throws {RangeError} if there are no rows, labels and sequences do not belong to them, or there are no positions. */
function requireParts(
  { features: { rows }, labels, sequences, positions }:
    & RankingParts
    & { readonly labels: LabelRows; readonly positions: number },
): void {
  if (rows === 0 || labels.rows !== rows || (sequences?.rows ?? rows) !== rows) {
    const tokens = sequences === undefined ? "" : `, and ${sequences.rows} of tokens`;
    throw new RangeError(
      `Cannot make a source: there are ${rows} rows of features and ${labels.rows} of labels${tokens}; expected as many, above 0`,
    );
  }
  if (Number.isInteger(positions) && positions > 0) return;
  throw new RangeError(
    `Cannot make a source: positions are ${positions}; expected a whole number above 0`,
  );
}

/** What is read of examples. */
interface ReadRows {
  /** Where the list of each begins. */
  readonly offsets: Uint32Array;
  /** What tokens are below. */
  readonly below: number;
  /** The token at a place of the lists. */
  readonly tokenAt: (place: number) => number;
  /** What it weighs in a list of a length. */
  readonly weightAt: (place: number, length: number) => number;
}

/** Features with their values. */
function featureArrays({ columns, offsets, indices, values }: FeatureRows): ReadRows {
  return {
    ...{ offsets, below: columns + 1 },
    tokenAt: (place) => indices[place] + 1,
    weightAt: (place) => values[place],
  };
}

/** Tokens in their order, all of one weight. */
function sequenceArrays(sequences: TokenRows, positions: number): ReadRows {
  const { columns, offsets, tokens } = sequences;
  const longest = longestOf(sequences);
  if (longest > positions) {
    throw new RangeError(
      `Cannot make a source: a sequence has ${longest} tokens, and positions are ${positions}; expected no more`,
    );
  }
  return {
    ...{ offsets, below: columns },
    tokenAt: (place) => tokens[place],
    weightAt: (_, length) => 1 / length,
  };
}

/** Writes the lists of chosen rows as columns, and nothing behind them. */
function fillColumns(
  { offsets, tokenAt, weightAt }: ReadRows,
  chosen: Uint32Array,
  { tokens, weights }: { readonly tokens: Uint32Array; readonly weights: Float32Array },
  columns: number,
): void {
  tokens.fill(0);
  weights.fill(0);
  for (let column = 0; column < chosen.length; column++) {
    const begin = offsets[chosen[column]], end = offsets[chosen[column] + 1];
    for (let at = begin, to = column; at < end; at++, to += columns) {
      tokens[to] = tokenAt(at);
      weights[to] = weightAt(at, end - begin);
    }
  }
}

/** The same rows with at most so many features each: those with the largest magnitudes. */
function largestOf(features: FeatureRows, most: number): FeatureRows {
  if (longestOf(features) <= most) return features;
  const { rows, columns, offsets, indices, values } = features;
  const own = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    own[row + 1] = own[row] + Math.min(most, offsets[row + 1] - offsets[row]);
  }
  const kept = { indices: new Uint32Array(own[rows]), values: new Float32Array(own[rows]) };
  const larger = (a: number, b: number) => Math.abs(values[b]) - Math.abs(values[a]) || a - b;
  for (let row = 0; row < rows; row++) {
    const places = Uint32Array.from(
      { length: offsets[row + 1] - offsets[row] },
      (_, i) => offsets[row] + i,
    );
    const some = places.length <= most ? places : places.sort(larger).subarray(0, most).sort();
    some.forEach((place, i) => {
      kept.indices[own[row] + i] = indices[place];
      kept.values[own[row] + i] = values[place];
    });
  }
  return { rows, columns, offsets: own, ...kept };
}
