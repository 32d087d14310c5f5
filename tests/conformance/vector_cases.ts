/**
 * Cases of the products with one vector.
 *
 * @module
 */
import fc from "fast-check";
import { extents, pack, type Source, type Style, styles } from "../arbitraries.ts";
import {
  drawUnitLists,
  drawUnitValues,
  GROUP_SLOTS,
  SQUARES,
  type Unit,
  type UnitShape,
  unitShapes,
} from "../units.ts";
import { type Family, family } from "./family.ts";
import { drawExtra, type Drawn, EPILOGUES, epiloguesOf, STYLES } from "./product_cases.ts";

interface DenseOptions {
  readonly m: number;
  readonly k: number;
  readonly epilogue: number;
  readonly style: Style;
}

interface SparseOptions extends UnitShape {
  readonly wide: number;
  readonly epilogue: number;
  readonly style: Style;
}

const UNITS: readonly Unit[] = [{ height: 1, width: 1 }, ...GROUP_SLOTS, ...SQUARES];

const denseEdges: DenseOptions[] = [[1, 1], [3, 8], [4, 7], [65, 129], [1000, 64], [7, 1000]]
  .flatMap(([m, k], i) =>
    epiloguesOf(i).map((epilogue, j) => ({ m, k, epilogue, style: STYLES[(i + j) % 3] }))
  );

const sparseEdges: SparseOptions[] = UNITS.flatMap((unit, i) =>
  [
    { rows: 1, inputs: 1, k: 1, wide: 0 },
    { rows: unit.height + 1, inputs: 7 * unit.width + 1, k: 5, wide: 1, tail: 5 },
    { rows: 70, inputs: 90, k: "ragged" as const, wide: 0, empty: 0.3 },
    { rows: 40, inputs: 333, k: 21, wide: 0, tail: 4 },
    { rows: 9, inputs: 65536, k: 19, wide: 0 },
    { rows: 9, inputs: 65537, k: 19, wide: 1 },
  ].map((shape, j) => ({
    ...shape,
    ...unit,
    epilogue: epiloguesOf(i)[(i + j) % 3],
    style: STYLES[(i + 2 * j) % 3],
  }))
).concat(
  [UNITS[0], ...GROUP_SLOTS].map((unit, i) => ({
    ...{ rows: 2 * unit.height + 1, inputs: 23, k: 23, repeats: true, wide: i % 2 },
    ...{ ...unit, epilogue: epiloguesOf(i)[0], style: "normal" },
  })),
);

/** The families of the products with one vector. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  gemv: family(
    denseEdges,
    fc.record({
      m: extents(200),
      k: extents(500),
      epilogue: fc.constantFrom(...EPILOGUES),
      style: styles(),
    }),
    buildDense,
  ),
  spmv: family(
    sparseEdges,
    fc.record({
      shape: unitShapes(UNITS, 200, 400),
      wide: fc.constantFrom(0, 1),
      epilogue: fc.constantFrom(...EPILOGUES),
      style: styles(),
    }).map(({ shape, ...rest }) => ({ ...shape, ...rest })),
    buildSparse,
  ),
};

function buildDense(source: Source, { m, k, epilogue, style }: DenseOptions): Drawn {
  return {
    params: { m, k, epilogue },
    inputs: {
      a: source.floats(m * k, style),
      x: source.floats(k, style),
      extra: drawExtra(source, epilogue, m, 1),
    },
    lengths: { y: m },
  };
}

function buildSparse(source: Source, options: SparseOptions): Drawn {
  const { rows, inputs, wide, height, width, epilogue, style } = options;
  const lists = drawUnitLists(source, options);
  const capacity = lists.index.length;
  return {
    params: { rows, inputs, capacity, wide, epilogue, height, width },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      values: drawUnitValues(source, lists, options, style),
      x: source.floats(inputs, style),
      extra: drawExtra(source, epilogue, rows, 1),
    },
    lengths: { y: rows },
  };
}
