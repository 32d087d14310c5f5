/**
 * Cases of the products over group slots and blocks, of their transposition, and of the packed index of N:M matrices.
 *
 * @module
 */
import fc from "fast-check";
import { roundUp } from "../../src/device/kernel.ts";
import { NONE } from "../../src/ops/kernels/constants.ts";
import { connectionsPerRow, nm, segmentsOf } from "../../src/sparse/patterns/nm.ts";
import {
  columnCounts,
  extents,
  type Lists,
  pack,
  type Source,
  type Style,
  styles,
  transpose,
} from "../arbitraries.ts";
import {
  drawUnitLists,
  drawUnitValues,
  GROUP_SLOTS,
  SQUARES,
  tileOf,
  type Unit,
  type UnitShape,
  unitShapes,
} from "../units.ts";
import { type Family, family } from "./family.ts";
import { COLUMNS, drawExtra, type Drawn, epiloguesOf, STYLES } from "./product_cases.ts";

interface UnitOptions extends UnitShape {
  readonly columns: number;
  readonly wide: number;
  readonly style: Style;
}

interface ProductOptions extends UnitOptions {
  readonly epilogue: number;
  /** Walk over the columns of the pattern; only blocks have such a view. */
  readonly transposed: boolean;
}

interface TransposeOptions extends Unit {
  readonly length: number;
  readonly style: Style;
}

interface SegmentOptions {
  readonly n: number;
  readonly m: number;
  readonly rows: number;
  readonly inputs: number;
  readonly wide: number;
  /** Slots of a row behind its connections, beyond those of the tile. */
  readonly spare: number;
}

const UNITS: readonly Unit[] = [...GROUP_SLOTS, ...SQUARES];

/** Whole matrices and edges, one list and many, empty lists, lists of every length. */
function shapesOf(unit: Unit): (UnitShape & { readonly wide: number })[] {
  const { height, width } = unit;
  return [
    { rows: 1, inputs: 1, k: 1, wide: 0 },
    { rows: height, inputs: 2 * width, k: 1, wide: 1 },
    { rows: height + 1, inputs: 5 * width + (width >> 1), k: 3, wide: 0, tail: 5 },
    { rows: 3 * height - 1, inputs: 3 * width, k: 3, wide: 0, empty: 0.4 },
    { rows: 64, inputs: 65, k: 2, wide: 0, empty: 1, tail: 3 },
    { rows: 100, inputs: 130, k: "ragged" as const, wide: 0, empty: 0.2, tail: 1 },
    { rows: 129, inputs: 8 * width + 1, k: "ragged" as const, wide: 1 },
    { rows: 96, inputs: 160, k: 5, wide: 0 },
  ].map((shape) => ({ ...shape, ...unit }));
}

/** Lists that repeat inputs, within four neighbours and over the borders of fours. */
const repeated: readonly UnitOptions[] = GROUP_SLOTS.map((unit, i) => ({
  ...{ rows: 5 * unit.height - 1, inputs: 7, k: 7, repeats: true, wide: i % 2 },
  ...{ ...unit, columns: COLUMNS[i % 3], style: "normal" as const },
}));

/** Both sides of the change of the index from 16 to 32 bits. */
const huge: readonly UnitOptions[] = [
  { rows: 9, inputs: 65536, k: 40, wide: 0, height: 4, width: 1 },
  { rows: 17, inputs: 65537, k: 40, wide: 1, height: 16, width: 1 },
].map((shape) => ({ ...shape, columns: 32, style: "normal" }));

/** A list longer than any tile of slots, and a batch wider than one tile of columns. */
const long: readonly UnitOptions[] = [
  { rows: 40, inputs: 700, k: 500, wide: 0, height: 16, width: 1 },
  { rows: 40, inputs: 2100, k: 120, wide: 0, height: 16, width: 16 },
].map((shape) => ({ ...shape, columns: 288, style: "normal" }));

/** A batch of more columns than a wide tile of packed inputs has; lists of few blocks and of many. */
const tiled: readonly UnitOptions[] = [
  {
    ...{ rows: 60, inputs: 300, k: "ragged", wide: 0, height: 16, width: 16 },
    ...{ columns: 288, style: "normal" },
  },
];

function edgesOf(units: readonly Unit[]): UnitOptions[] {
  return units.flatMap((unit, i) =>
    shapesOf(unit).map((shape, j) => ({
      ...shape,
      columns: COLUMNS[(i + j) % 3],
      style: STYLES[(i + 2 * j) % 3],
    }))
  );
}

/**
 * The turn of each unit among the operations: one each, for the sake of the pipelines. A tile of 16 rows by 32 columns calls
 * its operation in 128 places, which Mesa compiles for 16 s where that has an exponential, and for 6 s where there is none:
 * units of 16 rows and more have a short one, or none as the adjoint products, whose pipelines they share.
 */
const TURNS: Readonly<Record<string, number>> = {
  "4x1": 1,
  "8x1": 5,
  "16x1": 6,
  "32x1": 3,
  "4x4": 2,
  "8x8": 4,
  "16x16": 0,
  "32x32": 0,
};

/** The epilogues of a unit. */
function epiloguesOfUnit({ height, width }: Unit): readonly [number, number, number] {
  return epiloguesOf(TURNS[`${height}x${width}`]);
}

const productEdges: ProductOptions[] = [
  ...edgesOf(UNITS),
  ...[...long, ...huge, ...tiled, ...repeated],
].flatMap((edge, i) =>
  (edge.width === 1 ? [false] : [false, true]).map((transposed, j) => ({
    ...edge,
    transposed,
    epilogue: epiloguesOfUnit(edge)[(i + j) % 3],
  }))
);

const transposedEdges = [...edgesOf(GROUP_SLOTS), long[0], ...huge, ...repeated].map((edge, i) => ({
  ...edge,
  epilogue: epiloguesOfUnit(edge)[i % 3],
}));

const segmentEdges: SegmentOptions[] = [
  [1, 1],
  [1, 4],
  [2, 4],
  [3, 7],
  [5, 10],
  [1, 16],
  [8, 256],
  [256, 256],
  [2, 3],
  [1, 2],
].flatMap(([n, m], i) =>
  [m, 5 * m, 4 * m + 1, 3 * m - 1, Math.max(m >> 1, 1)].map((inputs, j) => ({
    n,
    m,
    inputs,
    rows: [1, 7, 33, 200][(i + j) % 4],
    wide: (i + j) % 2,
    spare: 4 * (j % 2),
  }))
).concat([
  { n: 8, m: 256, inputs: 65536, rows: 3, wide: 0, spare: 0 },
  { n: 8, m: 256, inputs: 70_000, rows: 3, wide: 1, spare: 4 },
]);

/** The families of the products over units. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  block_spmm: family(productEdges, productOptions(), buildProduct),
  block_sddmm: family(
    [...edgesOf(UNITS), ...long, ...huge, ...repeated],
    unitOptions(UNITS),
    buildGradient,
  ),
  block_transpose: family(
    UNITS.flatMap((unit) =>
      [1, 3, 64, 257].map((length) => ({ ...unit, length, style: "extreme" as const }))
    ),
    fc.record({ unit: fc.constantFrom(...UNITS), length: extents(300), style: styles() }).map((
      { unit, ...rest },
    ) => ({ ...unit, ...rest })),
    buildTranspose,
  ),
  group_spmm_transposed: family(
    transposedEdges,
    fc.tuple(unitOptions(GROUP_SLOTS), fc.nat(2)).map(([options, form]) => ({
      ...options,
      epilogue: epiloguesOfUnit(options)[form],
    })),
    buildTransposedProduct,
  ),
  unpack_segments: family(segmentEdges, segmentOptions(), buildSegments),
};

function unitOptions(units: readonly Unit[]): fc.Arbitrary<UnitOptions> {
  return fc.record({
    shape: unitShapes(units, 200, 300),
    columns: columnCounts(),
    wide: fc.constantFrom(0, 1),
    style: styles(),
  }).map(({ shape, ...rest }) => ({ ...shape, ...rest }));
}

function productOptions(): fc.Arbitrary<ProductOptions> {
  return fc.tuple(unitOptions(UNITS), fc.boolean(), fc.nat(2)).map((
    [options, transposed, form],
  ) => ({
    ...options,
    transposed: transposed && options.width > 1,
    epilogue: epiloguesOfUnit(options)[form],
  }));
}

function segmentOptions(): fc.Arbitrary<SegmentOptions> {
  return fc.integer({ min: 1, max: 256 }).chain((m) =>
    fc.record({
      n: fc.integer({ min: 1, max: m }),
      m: fc.constant(m),
      rows: extents(40),
      inputs: fc.oneof(extents(300), fc.integer({ min: 1, max: 6 }).map((count) => count * m)),
      wide: fc.constantFrom(0, 1),
      spare: fc.constantFrom(0, 4, 12),
    })
  );
}

function buildProduct(source: Source, options: ProductOptions): Drawn {
  const { columns, style, epilogue, transposed, wide } = options;
  const pattern = drawUnitLists(source, options);
  const lists: Lists = transposed ? transpose(pattern, 3, tileOf(options)) : pattern;
  const matrix = transposed
    ? {
      rows: options.inputs,
      inputs: options.rows,
      height: options.width,
      width: options.height,
    }
    : options;
  const { rows, inputs, height, width } = matrix;
  return {
    params: {
      rows,
      inputs,
      columns,
      capacity: lists.index.length,
      wide,
      epilogue,
      height,
      width,
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      values: drawUnitValues(source, lists, matrix, style),
      x: source.floats(inputs * columns, style),
      extra: drawExtra(source, epilogue, rows, columns),
    },
    lengths: { y: rows * columns },
  };
}

function buildGradient(source: Source, options: UnitOptions): Drawn {
  const { rows, inputs, columns, wide, height, width, style } = options;
  const lists = drawUnitLists(source, options);
  const capacity = lists.index.length;
  return {
    params: { rows, inputs, columns, capacity, wide, height, width },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      dy: source.floats(rows * columns, style),
      x: source.floats(inputs * columns, style),
    },
    lengths: { gradient: capacity * height * width },
  };
}

function buildTranspose(source: Source, options: TransposeOptions): Drawn {
  const { length, height, width, style } = options;
  const units = length + 9;
  const slot = source.integers(length, units);
  for (let i = 0; i < length; i += 1 + source.below(8)) slot[i] = NONE;
  return {
    params: { length, height, width },
    inputs: { slot, values: source.floats(units * height * width, style) },
    lengths: { out: length * height * width },
  };
}

function buildTransposedProduct(
  source: Source,
  options: UnitOptions & Pick<ProductOptions, "epilogue">,
): Drawn {
  const { rows, inputs, columns, wide, epilogue, height, style } = options;
  const lists = drawUnitLists(source, options);
  return {
    params: {
      rows,
      inputs,
      columns,
      capacity: lists.index.length,
      wide,
      epilogue,
      height,
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      values: drawUnitValues(source, lists, options, style),
      x: source.floats(rows * columns, style),
      extra: drawExtra(source, epilogue, inputs, columns),
    },
    lengths: { y: inputs * columns },
  };
}

/** The bits between the places of two rows are 0; what kernels make of padding must not depend on them. */
function buildSegments(source: Source, options: SegmentOptions): Drawn {
  const { n, m, rows, inputs, wide, spare } = options;
  const segments = segmentsOf(nm(n, m), inputs);
  const perRow = connectionsPerRow(segments);
  const stride = roundUp(perRow, 4) + spare;
  const { bits } = segments;
  const capacity = rows * stride;
  const packed = new Uint32Array(Math.ceil(capacity * bits / 32));
  for (let slot = 0; slot < capacity; slot++) {
    const j = slot % stride;
    if (j >= perRow) continue;
    const rest = Math.min(m, inputs - Math.floor(j / n) * m);
    putBits(packed, slot * bits, bits, source.below(rest));
  }
  return {
    params: { n, m, bits, perRow, stride, capacity, wide },
    inputs: { packed },
    lengths: { index: wide === 0 ? capacity / 2 : capacity },
  };
}

/** Sets `count` bits from bit `from` on, one by one. */
function putBits(words: Uint32Array, from: number, count: number, value: number): void {
  for (let i = 0; i < count; i++) {
    const bit = from + i;
    words[bit >>> 5] |= ((value >>> i) & 1) << (bit & 31);
  }
}
