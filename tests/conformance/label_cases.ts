/**
 * Cases of the kernels of a head over many labels.
 *
 * @module
 */
import fc from "fast-check";
import { LABEL_LOSS, NONE } from "../../src/ops/kernels/constants.ts";
import { lossBlocks } from "../../src/ops/kernels/label_losses.ts";
import {
  columnCounts,
  drawLists,
  drawValues,
  extents,
  pack,
  type PatternShape,
  patternShapes,
  type Source,
  type Style,
  styles,
} from "../arbitraries.ts";
import { labelTop } from "../oracle/label_top.ts";
import { tokenLists } from "../oracle/token_lists.ts";
import { type Family, family } from "./family.ts";
import { stepBlock } from "./loss_cases.ts";
import { patterns } from "./product_cases.ts";

interface LossCase {
  readonly rows: number;
  readonly columns: number;
  /** Columns that are no padding. */
  readonly real: number;
  /** Number of the first label, and labels behind the last. */
  readonly first: number;
  readonly rest: number;
  /** Most labels of a column. */
  readonly most: number;
  readonly kind: number;
  readonly weighted: number;
  /** Spread of the logits. */
  readonly spread: number;
}

interface ProductCase extends PatternShape {
  readonly columns: number;
  readonly wide: number;
  readonly style: Style;
}

const { hinge, logistic, softmax } = LABEL_LOSS;

const LOSSES: readonly LossCase[] = [
  { ...{ rows: 1, columns: 32, real: 1, first: 0, rest: 0, most: 1 }, ...plain(hinge, 1) },
  { ...{ rows: 7, columns: 32, real: 31, first: 9, rest: 5, most: 3 }, ...plain(logistic, 1) },
  { ...{ rows: 33, columns: 64, real: 64, first: 0, rest: 1, most: 40 }, ...plain(hinge, 3) },
  { ...{ rows: 130, columns: 32, real: 17, first: 64, rest: 0, most: 5 }, ...plain(logistic, 30) },
  {
    ...{ rows: 64, columns: 160, real: 157, first: 4_000_000, rest: 70, most: 9 },
    ...{ kind: logistic, weighted: 1, spread: 0.1 },
  },
  {
    ...{ rows: 9, columns: 288, real: 288, first: 3, rest: 3, most: 2 },
    ...{ kind: hinge, weighted: 1, spread: 0.1 },
  },
  { ...{ rows: 1, columns: 32, real: 30, first: 0, rest: 0, most: 1 }, ...plain(softmax, 1) },
  {
    ...{ rows: 65, columns: 96, real: 91, first: 7, rest: 9, most: 6 },
    ...{ kind: softmax, weighted: 1, spread: 10 },
  },
];

interface SumsCase extends Omit<LossCase, "kind" | "real"> {
  readonly fresh: number;
}

const SUMS: readonly SumsCase[] = [
  { rows: 1, columns: 32, first: 0, rest: 0, most: 1, weighted: 0, spread: 1, fresh: 1 },
  { rows: 129, columns: 96, first: 5, rest: 9, most: 7, weighted: 1, spread: 10, fresh: 0 },
  { rows: 64, columns: 32, first: 4_000_000, rest: 0, most: 3, weighted: 0, spread: 30, fresh: 0 },
];

interface TopCase {
  readonly rows: number;
  readonly columns: number;
  readonly first: number;
  readonly top: number;
  readonly fresh: number;
  readonly numbered: number;
  readonly style: Style;
}

const TOPS: readonly TopCase[] = [
  { rows: 1, columns: 32, first: 0, top: 1, fresh: 1, numbered: 0, style: "normal" },
  { rows: 7, columns: 32, first: 9, top: 10, fresh: 1, numbered: 1, style: "integers" },
  { rows: 130, columns: 64, first: 4_000_000, top: 5, fresh: 0, numbered: 0, style: "integers" },
  { rows: 130, columns: 64, first: 64, top: 9, fresh: 0, numbered: 1, style: "integers" },
  { rows: 300, columns: 96, first: 64, top: 17, fresh: 0, numbered: 1, style: "normal" },
];

const PRODUCTS: readonly ProductCase[] = [
  ...patterns.map((pattern, i) => ({ ...pattern, columns: [32, 64, 288][i % 3] })),
].map((options, i) => ({ ...options, style: (["normal", "extreme", "rare"] as const)[i % 3] }));

interface ListedCase extends ProductCase {
  /** Places of an example. */
  readonly positions: number;
  /** The token of the first input. */
  readonly first: number;
}

const LISTED: readonly ListedCase[] = PRODUCTS.map((product, i) => ({
  ...product,
  ...{ positions: [1, 9, 130][i % 3], first: i % 2 },
}));

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  label_losses: family(LOSSES, lossCases(), (source, options) => {
    const { rows, columns, real, first, most, kind, weighted, spread } = options;
    const labels = drawLabels(source, options);
    return {
      params: { rows, columns, first, most, kind, weighted, scale: 0.75 },
      inputs: {
        logits: source.floats(rows * columns).map((z) => spread * z),
        labels,
        weights: source.floats(weighted === 1 ? rows : 4).map((w) => 1 + Math.abs(w)),
        logs: kind === softmax ? drawLogs(source, columns, 4 * spread, labels) : source.floats(4),
        step: stepBlock({ examples: real }),
      },
      lengths: { losses: lossBlocks(rows), sums: rows },
    };
  }),
  label_log_sums: family(SUMS, sumsCases(), (source, options) => {
    const { rows, columns, first, most, weighted, fresh, spread } = options;
    return {
      params: { rows, columns, first, most, weighted, fresh },
      inputs: {
        logits: source.floats(rows * columns).map((z) => spread * z),
        labels: drawLabels(source, options),
        weights: source.floats(weighted === 1 ? rows : 4).map((w) => 1 + Math.abs(w)),
        logs: drawLogs(source, columns, spread),
      },
      lengths: {},
    };
  }),
  label_top: family(
    TOPS,
    fc.record({
      rows: extents(200),
      columns: columnCounts(96),
      first: fc.nat(100),
      top: extents(17),
      fresh: fc.constantFrom(0, 1),
      numbered: fc.constantFrom(0, 1),
      style: fc.constantFrom("normal", "integers"),
    }),
    (source, { rows, columns, first, top, fresh, numbered, style }) => {
      // What earlier labels left: by the kernel's own meaning.
      const earlier = Math.min(first, 100);
      const shuffled = source.distinct(earlier + rows, 2 * (earlier + rows))
        .map((label) => ({ label, at: source.word() })).sort((a, b) => a.at - b.at);
      const numbers = Uint32Array.from(shuffled, ({ label }) => label);
      const held = labelTop({ logits: source.floats(earlier * columns, style), numbers }, {
        ...{ rows: earlier, columns, first: 0, top, fresh: 1, numbered },
      });
      return {
        params: { rows, columns, first, top, fresh, numbered },
        inputs: {
          logits: source.floats(rows * columns, style),
          numbers: numbered === 1 ? numbers.slice(earlier) : Uint32Array.of(0),
          scores: Float32Array.from(held.scores.value),
          labels: Uint32Array.from(held.labels.value),
        },
        lengths: {},
      };
    },
  ),
  spmm_transposed_add: family(
    PRODUCTS,
    fc.record({
      shape: patternShapes(200, 300),
      columns: columnCounts(),
      wide: fc.constantFrom(0, 1),
      style: fc.oneof(styles(), fc.constant("rare" as const)),
    }).map(({ shape, ...rest }) => ({ ...shape, ...rest })),
    (source, options) => {
      const { rows, inputs, columns, wide, style } = options;
      const lists = drawLists(source, options);
      return {
        params: { rows, inputs, columns, capacity: lists.index.length, wide },
        inputs: {
          span: lists.span,
          index: pack(lists.index, wide),
          values: drawValues(source, lists, style === "rare" ? "normal" : style),
          x: source.floats(rows * columns, style),
          y: source.floats(inputs * columns, style),
        },
        lengths: {},
      };
    },
  ),
  spmm_listed: family(LISTED, listedCases(), (source, options) => {
    const { lists, params, inputs } = listedOf(source, options);
    return {
      params,
      inputs: {
        ...inputs,
        values: drawValues(source, lists, options.style),
        bias: source.floats(options.rows, options.style),
      },
      lengths: { y: options.rows * options.columns },
    };
  }),
  sddmm_listed: family(LISTED, listedCases(), (source, options) => {
    const { params, inputs } = listedOf(source, options);
    const { rows, columns, style } = options;
    const dy = source.floats(rows * columns, style);
    // The loss of some labels is met.
    for (let row = 0; row < rows; row += 3) dy.fill(0, row * columns, (row + 1) * columns);
    // That of others for most examples.
    for (let row = 1; row < rows; row += 3) {
      for (let c = 0; c < columns; c++) if (source.below(8) > 0) dy[row * columns + c] = 0;
    }
    return { params, inputs: { ...inputs, dy }, lengths: { gradient: params.capacity } };
  }),
};

/** What products with sparse features are of: tokens, of which one in three is common and some are none. */
function listedOf(source: Source, options: ListedCase) {
  const { rows, inputs, columns, positions, first, wide, style } = options;
  const lists = drawLists(source, options);
  const length = positions * columns;
  const tokens = Uint32Array.from({ length }, () => {
    const most = source.below(3) === 0 ? Math.min(inputs, 3) : inputs;
    return source.below(4) === 0 ? NONE : first + source.below(most);
  });
  const vocabulary = first + inputs;
  const { start, order } = tokenLists({ tokens }, { vocabulary, length, padding: NONE });
  return {
    lists,
    params: {
      ...{ rows, inputs, positions, columns, first, wide },
      capacity: lists.index.length,
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      start: Uint32Array.from(start.value),
      order: Uint32Array.from(order.value),
      weights: source.floats(length, style),
    },
  };
}

function listedCases(): fc.Arbitrary<ListedCase> {
  return fc.record({
    shape: patternShapes(200, 300),
    columns: columnCounts(96),
    positions: extents(17),
    first: fc.nat(2),
    wide: fc.constantFrom(0, 1),
    style: styles(),
  }).map(({ shape, ...rest }) => ({ ...shape, ...rest }));
}

function plain(kind: number, spread: number) {
  return { kind, spread, weighted: 0 };
}

function lossCases(): fc.Arbitrary<LossCase> {
  return fc.record({
    rows: extents(130),
    columns: columnCounts(160),
    short: fc.nat(31),
    first: fc.nat(100),
    rest: fc.nat(100),
    most: extents(17),
    kind: fc.constantFrom(hinge, logistic, softmax),
    weighted: fc.constantFrom(0, 1),
    spread: fc.constantFrom(0.01, 1, 10, 100),
  }).map(({ columns, short, ...rest }) => ({ columns, real: columns - short, ...rest }));
}

function sumsCases(): fc.Arbitrary<SumsCase> {
  return fc.record({
    rows: extents(200),
    columns: columnCounts(160),
    first: fc.nat(100),
    rest: fc.nat(100),
    most: extents(17),
    weighted: fc.constantFrom(0, 1),
    spread: fc.constantFrom(0.01, 1, 10, 100),
    fresh: fc.constantFrom(0, 1),
  });
}

/** What other labels leave of each column: the largest logit, a sum, weight and count of those that apply. */
function drawLogs(
  source: Source,
  columns: number,
  largest: number,
  labels: Uint32Array = new Uint32Array(0),
): Float32Array {
  const logs = new Float32Array(4 * columns);
  for (let column = 0; column < columns; column++) {
    const own = labels.filter((label, i) => i % columns === column && label !== NONE).length;
    const count = own + source.below(2);
    logs[column] = largest * (1 + Math.abs(source.normal()));
    logs[columns + column] = 1 + 50 * Math.abs(source.normal());
    logs[2 * columns + column] = count * 1.5;
    logs[3 * columns + column] = count;
  }
  return logs;
}

/** Labels of every column, ascending, those before and behind the rows too; what is left over is none. */
export function drawLabels(
  source: Source,
  { rows, columns, first, rest, most }: Pick<
    LossCase,
    "rows" | "columns" | "first" | "rest" | "most"
  >,
): Uint32Array {
  const all = first + rows + rest;
  const labels = new Uint32Array(most * columns).fill(NONE);
  for (let column = 0; column < columns; column++) {
    const count = Math.min(source.below(most + 1), all);
    source.distinct(count, all).forEach((label, i) => labels[i * columns + column] = label);
  }
  return labels;
}
