/**
 * Cases of the kernels of embeddings.
 *
 * @module
 */
import fc from "fast-check";
import { NONE } from "../../src/ops/kernels/constants.ts";
import { columnCounts, extents, type Source, type Style, styles } from "../arbitraries.ts";
import { tokenLists } from "../oracle/token_lists.ts";
import { type Family, family } from "./family.ts";
import type { LongCase } from "./long.ts";

interface BagCase {
  readonly vocabulary: number;
  readonly features: number;
  readonly positions: number;
  readonly columns: number;
  readonly weighted: number;
  /** Share of the places that a few tokens have. */
  readonly common: number;
  /** Whether some tokens are no row of the table. */
  readonly strange?: boolean;
  /** Whether token 0 is padding. */
  readonly padded?: boolean;
  readonly style: Style;
}

const PLAIN = { weighted: 0, common: 0, style: "normal" } as const;

const EDGES: readonly BagCase[] = [
  { ...PLAIN, vocabulary: 1, features: 1, positions: 1, columns: 1 },
  { ...PLAIN, vocabulary: 2, features: 3, positions: 1, columns: 3, weighted: 1 },
  { ...PLAIN, vocabulary: 50, features: 16, positions: 1, columns: 32, style: "extreme" },
  { ...PLAIN, vocabulary: 7, features: 17, positions: 4, columns: 32, style: "integers" },
  { ...PLAIN, vocabulary: 300, features: 64, positions: 16, columns: 64, common: 0.5, weighted: 1 },
  { ...PLAIN, vocabulary: 97, features: 130, positions: 3, columns: 96, strange: true },
  { ...PLAIN, vocabulary: 4, features: 5, positions: 9, columns: 32, padded: true, weighted: 1 },
  // Sums of more terms than are added one by one.
  { ...PLAIN, vocabulary: 2, features: 2, positions: 2600, columns: 32, padded: true, weighted: 1 },
  {
    ...PLAIN,
    vocabulary: 5000,
    features: 8,
    positions: 20,
    columns: 32,
    padded: true,
    common: 0.9,
  },
  { ...PLAIN, vocabulary: 3, features: 1, positions: 60_000, columns: 1, style: "integers" },
];

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  embedding: family(EDGES, bagCases(), (source, options) => {
    const { vocabulary, features, columns, style } = options;
    return {
      params: sizesOf(options),
      inputs: {
        tokens: drawTokens(source, options),
        table: source.floats(vocabulary * features, style),
        weights: drawWeights(source, options),
      },
      lengths: { y: features * columns },
    };
  }),
  token_lists: family(EDGES, bagCases(), (source, options) => {
    const { vocabulary, positions, columns } = options;
    const length = positions * columns;
    return {
      params: { vocabulary, length, padding: paddingOf(options) },
      inputs: { tokens: drawTokens(source, options) },
      lengths: { start: vocabulary + 1, order: length },
    };
  }),
  embedding_gradient: family(EDGES, bagCases(), (source, options) => ({
    params: sizesOf(options),
    inputs: gradientInputs(source, options),
    lengths: { gradient: options.vocabulary * options.features },
  })),
  embedding_gradient_add: family(EDGES, bagCases(), (source, options) => ({
    params: sizesOf(options),
    inputs: {
      ...gradientInputs(source, options),
      gradient: source.floats(options.vocabulary * options.features, options.style),
    },
    lengths: {},
  })),
  bag_weights: family(
    EDGES.flatMap((options) => [{ ...options, mean: 0 }, { ...options, mean: 1 }]),
    fc.tuple(bagCases(), fc.constantFrom(0, 1)).map(([options, mean]) => ({ ...options, mean })),
    (source, options) => {
      const { positions, columns, weighted, mean } = options;
      return {
        params: { positions, columns, padding: paddingOf(options), mean, weighted },
        inputs: {
          tokens: drawTokens(source, options),
          weights: drawWeights(source, options),
        },
        lengths: { out: positions * columns },
      };
    },
  ),
};

/** Places that are more than a loop goes through. */
const PLACES = 130_001;

/** The cases of embeddings, a token that a text is full of, and more tokens than a workgroup adds up at once. */
export const LONG_EMBEDDINGS: readonly LongCase[] = [
  {
    kernel: "embedding",
    note: `${PLACES} positions`,
    exact: true,
    build: (source) => ({
      params: { vocabulary: 2, features: 3, positions: PLACES, columns: 1, weighted: 0 },
      inputs: {
        tokens: source.integers(PLACES, 2),
        table: source.floats(6, "integers"),
        weights: new Float32Array(4),
      },
      lengths: { y: 3 },
    }),
  },
  {
    kernel: "embedding_gradient",
    note: `${PLACES} places of a token`,
    exact: true,
    build: (source) => ({
      params: { vocabulary: 2, features: 3, positions: 1, columns: PLACES, weighted: 0 },
      inputs: {
        start: new Uint32Array([0, 0, PLACES]),
        order: Uint32Array.from({ length: PLACES }, (_, place) => place),
        weights: new Float32Array(4),
        dy: source.floats(3 * PLACES, "integers"),
      },
      lengths: { gradient: 6 },
    }),
  },
  {
    kernel: "bag_weights",
    note: `${PLACES} positions`,
    build: (source) => ({
      params: { positions: PLACES, columns: 1, padding: 0, mean: 1, weighted: 1 },
      inputs: {
        tokens: source.integers(PLACES, 3),
        weights: source.floats(PLACES).map(Math.abs),
      },
      lengths: { out: PLACES },
    }),
  },
  {
    kernel: "token_lists",
    note: "9,000,000 tokens",
    build: (source) => ({
      params: { vocabulary: 9_000_000, length: 5000, padding: 0 },
      inputs: { tokens: source.integers(5000, 9_000_000) },
      lengths: { start: 9_000_001, order: 5000 },
    }),
  },
];

function bagCases(): fc.Arbitrary<BagCase> {
  return fc.record({
    vocabulary: extents(300),
    features: extents(130),
    positions: extents(20),
    columns: fc.oneof(columnCounts(), fc.constant(1)),
    weighted: fc.constantFrom(0, 1),
    common: fc.constantFrom(0, 0.5, 0.9),
    strange: fc.boolean(),
    padded: fc.boolean(),
    style: styles(),
  });
}

function gradientInputs(source: Source, options: BagCase) {
  const { vocabulary, features, positions, columns, style } = options;
  const tokens = drawTokens(source, options);
  const length = positions * columns;
  const lists = tokenLists({ tokens }, { vocabulary, length, padding: paddingOf(options) });
  return {
    start: Uint32Array.from(lists.start.value),
    order: Uint32Array.from(lists.order.value),
    weights: drawWeights(source, options),
    dy: source.floats(features * columns, style),
  };
}

function sizesOf(
  { vocabulary, features, positions, columns, weighted }: BagCase,
): Record<string, number> {
  return { vocabulary, features, positions, columns, weighted };
}

function paddingOf({ padded = false }: BagCase): number {
  return padded ? 0 : NONE;
}

function drawTokens(
  source: Source,
  { vocabulary, positions, columns, common, strange = false }: BagCase,
): Uint32Array {
  return Uint32Array.from({ length: positions * columns }, () => {
    if (source.word() / 2 ** 32 < common) return source.below(Math.min(3, vocabulary));
    if (strange && source.below(9) === 0) return vocabulary + source.below(2) * 4_000_000_000;
    return source.below(vocabulary);
  });
}

/** Weights of one sign, some of them 0; four numbers where they do not count. */
function drawWeights(source: Source, { positions, columns, weighted }: BagCase): Float32Array {
  if (weighted === 0) return new Float32Array(4);
  return source.floats(positions * columns).map((w) => source.below(5) === 0 ? 0 : Math.abs(w));
}
