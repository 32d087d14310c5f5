/**
 * Cases of the convolutions by matrices of units, and of the search for growth candidates of convolutions of every kind.
 *
 * Those of the search are exact in float32, as in `growth_cases.ts`.
 *
 * @module
 */
import fc from "fast-check";
import { NORM } from "../../src/ops/kernels/constants.ts";
import { type Lists, pack, type Source, transpose } from "../arbitraries.ts";
import {
  drawUnitLists,
  drawUnitValues,
  GROUP_SLOTS,
  SQUARES,
  tileOf,
  type Unit,
  type UnitShape,
} from "../units.ts";
import {
  type DenseOptions,
  denseOptions,
  drawImages,
  geometryOf,
  inputsOf,
  window,
  type WindowOptions,
} from "./conv_cases.ts";
import { type Family, family } from "./family.ts";
import { exactNorm, NORMS } from "./growth_cases.ts";
import { drawExtra, type Drawn, epiloguesOf, STYLES } from "./product_cases.ts";

interface UnitOptions extends DenseOptions, Unit, Pick<UnitShape, "k" | "empty" | "tail"> {
  readonly wide: number;
}

interface SearchOptions extends UnitOptions {
  readonly count: number;
  /** Columns of units in a segment. */
  readonly segment: number;
  readonly norm: keyof typeof NORM;
}

const UNITS: readonly Unit[] = [...GROUP_SLOTS, ...SQUARES];

/** Windows whose rows are those of a unit, more, and fewer. */
const windows: readonly WindowOptions[] = [
  window(1, 4, [6, 6], [3, 3], 1, 1, 32),
  window(2, 3, [7, 5], [3, 3], 2, 1, 64),
  window(1, 9, [4, 3], [1, 1], 1, 0, 32),
  // Rows of pixels whose last are in no window.
  window(2, 2, [8, 9], [2, 2], 3, 0, 32),
  // Windows larger than the image, several tiles of columns.
  window(1, 3, [2, 3], [5, 5], 1, 2, 160),
];

/** Lists: of every length, some empty, none at all, full. */
const patterns: readonly Pick<UnitOptions, "k" | "empty" | "tail">[] = [
  { k: "ragged", tail: 5 },
  { k: 2, empty: 0.4 },
  { k: 200, tail: 1 },
  { k: 1, empty: 1 },
];

const unitEdges: readonly UnitOptions[] = UNITS.flatMap((unit, i) =>
  [0, 1, 2].map((j) => {
    const shape = windows[(i + 2 * j) % windows.length];
    return {
      ...shape,
      ...unit,
      ...patterns[(i + j) % patterns.length],
      rows: shape.rows * unit.height + [0, 1, -1][j],
      wide: (i + j) % 2,
      epilogue: epiloguesOf(i)[j],
      style: STYLES[(i + 2 * j) % 3],
    };
  })
);

const CONNECTION: Unit = { height: 1, width: 1 };

const searchEdges: readonly SearchOptions[] = [
  // Single connections, in rows and in segments.
  ...windows.flatMap((shape, i) =>
    [undefined, 4].map((segment, j) => ({
      ...shape,
      ...CONNECTION,
      ...patterns[(i + j) % patterns.length],
      rows: [1, 5, 17][i % 3],
      wide: i % 2,
      epilogue: 0,
      style: STYLES[0],
      count: segment ?? [1, 3, inputsOf(shape) + 5][i % 3],
      segment: segment ?? inputsOf(shape),
      norm: NORMS[i % 4],
    }))
  ),
  ...unitEdges.filter((_, i) => i % 3 < 2).map((edge, i) => ({
    ...edge,
    count: [1, 3, 100][i % 3],
    segment: Math.ceil(inputsOf(edge) / edge.width),
    norm: normOf(NORMS[i % 3], edge),
  })),
];

/** The families of the convolutions by units. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  conv_block_spmm: family(unitEdges, unitOptions(), (source, options) => {
    const { image, result } = geometryOf(options);
    const { params, lists, drawn } = drawUnits(source, options);
    return {
      params: { ...params, epilogue: options.epilogue },
      inputs: {
        ...drawn,
        values: drawUnitValues(source, lists, matrixOf(options), options.style),
        x: source.floats(options.channels * image, options.style),
        extra: drawExtra(source, options.epilogue, options.rows, result),
      },
      lengths: { y: options.rows * result },
    };
  }),
  conv_block_spmm_transposed: family(unitEdges, unitOptions(), (source, options) => {
    const { image, result } = geometryOf(options);
    const { params, lists } = drawUnits(source, options);
    const view = transpose(lists, options.tail, tileOf(options));
    return {
      params: { ...params, capacity: view.index.length, epilogue: options.epilogue },
      inputs: {
        span: view.span,
        index: pack(view.index, options.wide),
        slot: view.slot,
        values: drawUnitValues(source, lists, matrixOf(options), options.style),
        dy: source.floats(options.rows * result, options.style),
        extra: drawExtra(source, options.epilogue, options.channels, image),
      },
      lengths: { dx: options.channels * image },
    };
  }),
  conv_block_sddmm: family(unitEdges, unitOptions(), (source, options) => {
    const { params, lists, drawn } = drawUnits(source, options);
    return {
      params,
      inputs: { ...drawn, ...drawImages(source, options) },
      lengths: { gradient: lists.index.length * options.height * options.width },
    };
  }),
  conv_growth_candidates: family(searchEdges, searchOptions(), buildSearch),
};

/** The matrix that windows are multiplied by. */
function matrixOf(options: UnitOptions): UnitShape {
  return { ...options, inputs: inputsOf(options) };
}

/** Draws lists of units, and gives the parameters of a product with them, in the order of kernels but for the epilogue. */
function drawUnits(source: Source, options: UnitOptions): {
  readonly params: Readonly<Record<string, number>>;
  readonly lists: Lists;
  readonly drawn: { readonly span: Uint32Array; readonly index: Uint32Array };
} {
  const { wide, height: unitHeight, width: unitWidth } = options;
  const lists = drawUnitLists(source, matrixOf(options));
  const capacity = lists.index.length;
  return {
    params: { ...geometryOf(options).params, capacity, wide, unitHeight, unitWidth },
    lists,
    drawn: { span: lists.span, index: pack(lists.index, wide) },
  };
}

function buildSearch(source: Source, options: SearchOptions): Drawn {
  const { count, segment, norm } = options;
  const { params: { capacity: _, ...params }, lists, drawn } = drawUnits(source, options);
  const length = lists.rows * Math.ceil(lists.inputs / segment) * count;
  return {
    params: { ...params, count, segment, norm: NORM[norm] },
    inputs: { ...drawn, ...drawImages(source, { ...options, style: "integers" }) },
    lengths: { input: length, score: length },
  };
}

function normOf(norm: keyof typeof NORM, options: UnitOptions): keyof typeof NORM {
  return exactNorm(norm, matrixOf(options));
}

function unitOptions(units: readonly Unit[] = UNITS): fc.Arbitrary<UnitOptions> {
  return fc.record({
    options: denseOptions(),
    unit: fc.constantFrom(...units),
    more: fc.integer({ min: 0, max: 40 }),
    k: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant("ragged" as const)),
    empty: fc.constantFrom(0, 0.1, 0.9),
    tail: fc.constantFrom(0, 4, 7),
    wide: fc.constantFrom(0, 1),
  }).map(({ options, unit, more, ...rest }) => {
    return { ...options, ...unit, ...rest, rows: 1 + more };
  });
}

function searchOptions(): fc.Arbitrary<SearchOptions> {
  return fc.record({
    options: unitOptions([CONNECTION, ...UNITS]),
    count: fc.integer({ min: 1, max: 50 }),
    segment: fc.option(fc.integer({ min: 1, max: 20 })),
    norm: fc.constantFrom(...NORMS),
  }).map(({ options, count, segment, norm }) => ({
    ...options,
    count,
    segment: segment ?? Math.ceil(inputsOf(options) / options.width),
    norm: normOf(norm, options),
  }));
}
