/**
 * Cases of the kernels of a vocabulary's head, and of what leads to it: named positions, runs of columns.
 *
 * @module
 */
import fc from "fast-check";
import { columnCounts, extents, type Source, type Style, styles } from "../arbitraries.ts";
import { vocabularyLosses } from "../oracle/vocabulary_losses.ts";
import { wordsOf } from "../../src/ops/kernels/softmax_parts.ts";
import { softmaxParts } from "../oracle/softmax_parts.ts";
import { type Family, family } from "./family.ts";
import type { LongCase } from "./long.ts";
import { stepBlock } from "./loss_cases.ts";

interface PlaceCase {
  readonly features: number;
  readonly positions: number;
  readonly count: number;
  readonly examples: number;
  /** Whether all places are one position, or none. */
  readonly alike?: boolean;
  readonly style: Style;
}

interface ProductCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: number;
  readonly transposeB: number;
  readonly style: Style;
}

const PLACES: readonly PlaceCase[] = [
  { features: 1, positions: 1, count: 1, examples: 1, style: "normal" },
  { features: 3, positions: 7, count: 2, examples: 32, style: "extreme" },
  { features: 130, positions: 5, count: 19, examples: 32, style: "normal" },
  { features: 2, positions: 130, count: 1, examples: 96, style: "integers" },
  { features: 5, positions: 4, count: 300, examples: 32, alike: true, style: "normal" },
];

interface HeadCase {
  readonly vocabulary: number;
  readonly columns: number;
  /** Columns before and behind these. */
  readonly begin: number;
  readonly rest: number;
  /** Spread of the logits; 0 draws small integers, so that they tie. */
  readonly spread: number;
  readonly smoothing: number;
}

const HEADS: readonly HeadCase[] = [
  { vocabulary: 1, columns: 1, begin: 0, rest: 0, spread: 1, smoothing: 0 },
  { vocabulary: 3, columns: 5, begin: 2, rest: 1, spread: 0, smoothing: 0.1 },
  { vocabulary: 64, columns: 32, begin: 32, rest: 0, spread: 10, smoothing: 0 },
  { vocabulary: 65, columns: 96, begin: 0, rest: 32, spread: 0, smoothing: 0 },
  { vocabulary: 130, columns: 16, begin: 64, rest: 32, spread: 30, smoothing: 0.1 },
  { vocabulary: 1000, columns: 37, begin: 1, rest: 2, spread: 3, smoothing: 0 },
  { vocabulary: 4099, columns: 32, begin: 0, rest: 0, spread: 0.1, smoothing: 0.1 },
];

const SHARES = [[1, 1, 1, 0], [32, 32, 3, 1], [96, 32, 32, 0], [608, 32, 17, 1], [4096, 1, 1, 1]]
  .map(([columns, examples, real, weighted]) => ({ columns, examples, real, weighted }));

const COPIES = [[1, 1, 0, 0], [3, 32, 0, 32], [130, 7, 5, 1], [64, 224, 224, 0]]
  .map(([rows, count, begin, to]) => ({ rows, count, begin, to }));

/** Its variants are those of `gemm`, which has more. */
const PRODUCTS: readonly ProductCase[] = [
  { m: 1, n: 32, k: 1, transposeA: 0, transposeB: 0, style: "normal" },
  { m: 65, n: 96, k: 129, transposeA: 0, transposeB: 1, style: "extreme" },
  { m: 33, n: 31, k: 64, transposeA: 1, transposeB: 1, style: "normal" },
  { m: 513, n: 40, k: 300, transposeA: 1, transposeB: 0, style: "normal" },
];

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  gather_positions: family(PLACES, placeCases(), (source, options) => {
    const { features, positions, count, examples, style } = options;
    return {
      params: { features, positions, count, examples },
      inputs: {
        x: source.floats(features * positions * examples, style),
        places: drawPlaces(source, options),
      },
      lengths: { y: features * count * examples },
    };
  }),
  gather_positions_gradient: family(PLACES, placeCases(), (source, options) => {
    const { features, positions, count, examples, style } = options;
    return {
      params: { features, positions, count, examples },
      inputs: {
        dy: source.floats(features * count * examples, style),
        places: drawPlaces(source, options),
      },
      lengths: { dx: features * positions * examples },
    };
  }),
  copy_columns: family(
    COPIES,
    fc.record({ rows: extents(64), count: extents(130), begin: fc.nat(9), to: fc.nat(9) }),
    (source, { rows, count, begin, to }) => {
      const [columns, intoColumns] = [begin + count + 2, to + count + 3];
      return {
        params: { rows, count, columns, begin, intoColumns, to },
        inputs: { x: source.floats(rows * columns), y: source.floats(rows * intoColumns) },
        lengths: {},
      };
    },
  ),
  scale_by: family(
    [1, 4, 7, 4099].map((length) => ({ length, style: "normal" as Style })),
    fc.record({ length: extents(300), style: styles() }),
    (source, { length, style }) => ({
      params: { length },
      inputs: { x: source.floats(length, style), factor: source.floats(1) },
      lengths: { y: length },
    }),
  ),
  gemm_add: family(
    PRODUCTS,
    fc.record({
      ...{ m: extents(200), n: extents(200), k: extents(300) },
      ...{ transposeA: fc.constant(0), transposeB: fc.constant(1), style: styles() },
    }),
    (source, { m, n, k, transposeA, transposeB, style }) => ({
      params: { m, n, k, transposeA, transposeB },
      inputs: {
        a: source.floats(m * k, style),
        b: source.floats(k * n, style),
        c: source.floats(m * n, style),
      },
      lengths: {},
    }),
  ),
  weight_shares: family(
    SHARES,
    fc.record({ places: extents(30), examples: columnCounts(96), weighted: fc.constantFrom(0, 1) })
      .map(({ places, examples, weighted }) => ({
        ...{ columns: places * examples, examples, real: examples - 5, weighted },
      })),
    (source, { columns, examples, real, weighted }) => ({
      params: { columns, examples, weighted },
      inputs: {
        weights: source.floats(weighted === 0 ? 4 : columns).map((w) =>
          source.below(4) === 0 ? 0 : Math.abs(w)
        ),
        step: stepBlock({ examples: real }),
      },
      lengths: { shares: columns },
    }),
  ),
  softmax_parts: family(HEADS, headCases(), (source, options) => {
    const { vocabulary, columns } = options;
    return {
      params: { vocabulary, columns },
      inputs: { logits: drawLogits(source, options) },
      lengths: { parts: 3 * wordsOf(vocabulary).count * columns },
    };
  }),
  vocabulary_losses: family(HEADS, headCases(), (source, options) => ({
    params: paramsOf(options),
    inputs: lossInputs(source, options),
    lengths: { statistics: 2 * options.columns },
  })),
  vocabulary_gradient: family(HEADS, headCases(), (source, options) => {
    const params = paramsOf(options);
    const { logits, words, shares, ...others } = lossInputs(source, options);
    const { statistics } = vocabularyLosses({ logits, words, shares, ...others }, params);
    return {
      params,
      inputs: { logits, statistics: Float32Array.from(statistics.value), words, shares },
      lengths: { sums: options.vocabulary },
    };
  }),
};

function placeCases(): fc.Arbitrary<PlaceCase> {
  return fc.record({
    features: extents(40),
    positions: extents(130),
    count: extents(20),
    examples: fc.oneof(columnCounts(64), fc.constant(1)),
    alike: fc.boolean(),
    style: styles(),
  });
}

/** Positions, some of which are none. */
function drawPlaces(source: Source, { positions, count, examples, alike }: PlaceCase): Uint32Array {
  return Uint32Array.from({ length: count * examples }, () => {
    if (source.below(9) === 0) return positions + source.below(2) * 4_000_000_000;
    return alike === true ? positions - 1 : source.below(positions);
  });
}

function headCases(): fc.Arbitrary<HeadCase> {
  return fc.record({
    vocabulary: extents(300),
    columns: columnCounts(128),
    begin: fc.nat(40),
    rest: fc.nat(40),
    spread: fc.constantFrom(0, 0.01, 1, 10, 100),
    smoothing: fc.constantFrom(0, 0.1, 0.9),
  });
}

function paramsOf({ vocabulary, columns, begin, smoothing }: HeadCase): Record<string, number> {
  return {
    ...{ vocabulary, columns, begin },
    labelShare: 1 - smoothing,
    classShare: smoothing / vocabulary,
  };
}

function drawLogits(source: Source, { vocabulary, columns, spread }: HeadCase): Float32Array {
  if (spread === 0) return source.floats(vocabulary * columns, "integers");
  return source.floats(vocabulary * columns).map((x) => x * spread);
}

/** All that the losses read; some columns count nothing. */
function lossInputs(source: Source, options: HeadCase) {
  const { vocabulary, columns, begin, rest } = options;
  const logits = drawLogits(source, options);
  const all = begin + columns + rest;
  return {
    logits,
    parts: Float32Array.from(softmaxParts({ logits }, { vocabulary, columns }).parts.value),
    words: source.integers(all, vocabulary),
    shares: source.floats(all).map((w) => source.below(4) === 0 ? 0 : Math.abs(w)),
    losses: source.floats(all),
    right: source.floats(all),
  };
}

/** More places than a loop goes through, more columns than a workgroup does, and more words than parts have at first. */
export const LONG_HEADS: readonly LongCase[] = [
  {
    kernel: "gather_positions_gradient",
    note: "130,001 places of an example",
    exact: true,
    build: (source) => ({
      params: { features: 2, positions: 3, count: 130_001, examples: 1 },
      inputs: { dy: source.floats(260_002, "integers"), places: source.integers(130_001, 3) },
      lengths: { dx: 6 },
    }),
  },
  {
    kernel: "vocabulary_losses",
    note: "1,200,000 words",
    build: (source) => {
      const options = {
        ...{ vocabulary: 1_200_000, columns: 1, begin: 0, rest: 0 },
        ...{ spread: 1, smoothing: 0.1 },
      };
      return {
        params: paramsOf(options),
        inputs: lossInputs(source, options),
        lengths: { statistics: 2 },
      };
    },
  },
  {
    kernel: "vocabulary_gradient",
    note: "4,000,000 columns",
    build: (source) => {
      const columns = 4_000_000;
      return {
        params: { vocabulary: 2, columns, begin: 0, labelShare: 1, classShare: 0 },
        inputs: {
          logits: source.floats(2 * columns, "integers"),
          statistics: new Float32Array(2 * columns).fill(3, 0, columns).fill(0.5, columns),
          words: source.integers(columns, 2),
          shares: new Float32Array(columns).fill(1),
        },
        lengths: { sums: 2 },
      };
    },
  },
];
