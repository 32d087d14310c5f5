/**
 * Cases of the search for growth candidates, over connections, group slots and blocks, in rows and in segments.
 *
 * All are exact in float32: gradients of small integers, which tie often, and norms that do not round: the largest and the
 * sum always, the mean where units lie inside the matrix (their sizes are powers of two). What rounds is in
 * `selection_conformance_test.ts`.
 *
 * @module
 */
import fc from "fast-check";
import { NORM } from "../../src/ops/kernels/constants.ts";
import { columnCounts, pack, patternShapes, type Source } from "../arbitraries.ts";
import { drawUnitLists, GROUP_SLOTS, SQUARES, type UnitShape, unitShapes } from "../units.ts";
import { type Family, family } from "./family.ts";
import { COLUMNS, type Drawn, huge, patterns } from "./product_cases.ts";

/** What a search is over. */
export interface GrowthOptions extends UnitShape {
  /** Examples. */
  readonly columns: number;
  /** Whether the index has 32 bits. */
  readonly wide: number;
  /** Candidates of a segment. */
  readonly count: number;
  /** Columns of units in a segment. */
  readonly segment: number;
  /** What makes one score of a unit's gradients. */
  readonly norm: keyof typeof NORM;
}

/** Every norm. */
export const NORMS = ["mean", "max", "l1", "l2"] as const;

const SINGLE = { height: 1, width: 1 };

/** Rows of single connections, whose norms are all the same. */
const connectionEdges: GrowthOptions[] = [
  ...patterns.filter(({ repeats }) => repeats !== true).flatMap((pattern, i) =>
    [1, 3, pattern.inputs, pattern.inputs + 5].map((count, j) => ({
      ...pattern,
      count,
      columns: COLUMNS[(i + j) % 3],
    }))
  ),
  ...huge.map((pattern) => ({ ...pattern, count: 20, columns: 32 })),
].map((edge, i) => ({ ...edge, ...SINGLE, segment: edge.inputs, norm: NORMS[i % 4] }));

/** Segments that divide the inputs and that do not, that are longer than a row, and whose last one is a single input. */
const segmentEdges: GrowthOptions[] = [
  { rows: 5, inputs: 64, segment: 4, count: 2, k: 32 },
  { rows: 33, inputs: 65, segment: 16, count: 1, k: 4 },
  { rows: 7, inputs: 10, segment: 16, count: 3, k: 2 },
  { rows: 20, inputs: 1000, segment: 256, count: 8, k: 30 },
  { rows: 3, inputs: 129, segment: 64, count: 64, k: "ragged" as const },
  { rows: 3, inputs: 130, segment: 65, count: 70, k: "ragged" as const },
  { rows: 64, inputs: 100, segment: 1, count: 1, k: 50 },
  { rows: 9, inputs: 49, segment: 7, count: 7, k: "ragged" as const, empty: 0.3 },
].map((edge, i) => ({
  ...edge,
  ...SINGLE,
  columns: COLUMNS[i % 3],
  wide: i % 2,
  norm: NORMS[i % 4],
}));

const unitEdges: GrowthOptions[] = [...GROUP_SLOTS, ...SQUARES].flatMap(({ height, width }, i) =>
  [
    { rows: 2 * height, inputs: 6 * width, k: 2, count: 3 },
    { rows: 2 * height + 1, inputs: 5 * width + (width >> 1), k: 1, count: 100, tail: 3 },
    { rows: 1, inputs: 1, k: 0, count: 2 },
    { rows: 70, inputs: 130, k: "ragged" as const, count: 2, empty: 0.3 },
  ].map((edge, j) => ({
    ...edge,
    height,
    width,
    columns: COLUMNS[(i + j) % 3],
    wide: j % 2,
    norm: exactNorm(NORMS[(i + j) % 3], { ...edge, height, width }),
    segment: Math.ceil(edge.inputs / width),
  }))
);

/** The family of the search. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  growth_candidates: family(
    [...connectionEdges, ...segmentEdges, ...unitEdges],
    growthOptions(),
    (source, options) => buildGrowth(source, options, "integers"),
  ),
};

/** Shapes of searches, over units of every kind. */
export function growthShapes(maxRows: number, maxInputs: number): fc.Arbitrary<GrowthOptions> {
  const connections = patternShapes(maxRows, maxInputs).map((shape) => ({ ...shape, ...SINGLE }));
  const units = unitShapes([...GROUP_SLOTS, ...SQUARES], maxRows, maxInputs);
  return fc.record({
    shape: fc.oneof(connections, units),
    columns: columnCounts(),
    wide: fc.constantFrom(0, 1),
    count: fc.integer({ min: 1, max: 300 }),
    segment: fc.option(fc.integer({ min: 1, max: 256 })),
    norm: fc.constantFrom(...NORMS),
  }).map(({ shape, segment, count, ...rest }) => ({
    ...shape,
    ...rest,
    // A segment takes room for `count` candidates, whether it has them or not.
    count: segment === null ? count : Math.min(count, segment + 3),
    segment: segment ?? Math.ceil(shape.inputs / shape.width),
  }));
}

/** A search over drawn data. */
export function buildGrowth(
  source: Source,
  options: GrowthOptions,
  style: "normal" | "integers",
): Drawn {
  const { rows, inputs, columns, wide, count, height, width, segment, norm } = options;
  const lists = drawUnitLists(source, options);
  const length = lists.rows * Math.ceil(lists.inputs / segment) * count;
  return {
    params: { rows, inputs, columns, wide, count, height, width, segment, norm: NORM[norm] },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      dy: source.floats(rows * columns, style),
      x: source.floats(inputs * columns, style),
    },
    lengths: { input: length, score: length },
  };
}

function growthOptions(): fc.Arbitrary<GrowthOptions> {
  return growthShapes(200, 300).map((options) => ({
    ...options,
    norm: exactNorm(options.norm, options),
  }));
}

/** A norm that does not round over integers: `norm`, or the sum where it would. */
export function exactNorm(
  norm: keyof typeof NORM,
  { rows, inputs, height, width }: Omit<UnitShape, "k">,
): keyof typeof NORM {
  if (height * width === 1 || norm === "max") return norm;
  const whole = rows % height === 0 && inputs % width === 0;
  return norm === "mean" && whole ? norm : "l1";
}
