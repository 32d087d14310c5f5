/**
 * Cases of the dense product, and of the sparse ones over single connections.
 *
 * @module
 */
import fc from "fast-check";
import { EPILOGUE, EPILOGUE_FORMS, NONE } from "../../src/ops/kernels/constants.ts";
import { formOf } from "../../src/ops/kernels/epilogue.ts";
import {
  columnCounts,
  drawLists,
  drawValues,
  extents,
  type Lists,
  pack,
  type PatternShape,
  patternShapes,
  type Source,
  type Style,
  styles,
  transpose,
} from "../arbitraries.ts";
import { OPERATIONS } from "../oracle/expression.ts";
import { type Family, family } from "./family.ts";
import type { Case } from "./harness.ts";

/** A case, drawn. */
export type Drawn = Omit<Case, "note">;

interface GemmOptions {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: number;
  readonly transposeB: number;
  /** A form and an operation. */
  readonly epilogue: number;
  readonly style: Style;
}

interface SparseOptions extends PatternShape {
  readonly columns: number;
  readonly wide: number;
  readonly style: Style;
}

interface SpmmOptions extends SparseOptions {
  /** A form and an operation. */
  readonly epilogue: number;
  /** Walk over the columns of the pattern: the gradient of the input. */
  readonly transposed: boolean;
}

/**
 * Epilogues of every form and one operation: none for 0, and so on in turns. Shapes that take pipelines of their own keep to
 * one operation each, since every other one makes new ones.
 */
export function epiloguesOf(i: number): readonly [number, number, number] {
  const operation = EPILOGUE_FORMS * (i % (OPERATIONS.length + 1));
  return [EPILOGUE.none + operation, EPILOGUE.bias + operation, EPILOGUE.gate + operation];
}

/** Every epilogue. */
export const EPILOGUES: readonly number[] = [
  EPILOGUE.none,
  EPILOGUE.bias,
  ...OPERATIONS.flatMap((_, i) => {
    const operation = EPILOGUE_FORMS * (1 + i);
    return [operation, EPILOGUE.bias + operation, EPILOGUE.gate + operation];
  }),
];

/** Every style. */
export const STYLES = ["normal", "extreme", "integers"] as const;

/** Batches of 1, 3, 64 and 257 examples take these columns. */
export const COLUMNS = [32, 64, 288] as const;

const gemmShapes = [
  [1, 32, 1],
  [7, 32, 33],
  [64, 64, 64],
  [65, 288, 129],
  [1000, 32, 7],
  [
    10,
    288,
    1000,
  ],
  [130, 96, 784],
  [33, 31, 64],
  [3, 1, 32],
  [513, 40, 257],
];

const gemmEdges: GemmOptions[] = gemmShapes.flatMap(([m, n, k], i) =>
  [[0, 0], [1, 0], [0, 1], [1, 1]].map(([transposeA, transposeB], j) => ({
    m,
    n,
    k,
    transposeA,
    transposeB,
    epilogue: epiloguesOf(i)[(i + j) % 3],
    style: i % 3 === 2 ? "extreme" as const : "normal" as const,
  }))
);

/** Patterns of single connections. */
export const patterns: (PatternShape & { readonly wide: number })[] = [
  { rows: 1, inputs: 1, k: 1, wide: 0 },
  { rows: 1, inputs: 8, k: 8, wide: 1 },
  { rows: 7, inputs: 33, k: 1, wide: 0, empty: 0.3 },
  { rows: 7, inputs: 33, k: 5, wide: 1, tail: 8 },
  { rows: 64, inputs: 64, k: 64, wide: 0 },
  { rows: 64, inputs: 65, k: 12, wide: 0, empty: 1, tail: 64 },
  { rows: 64, inputs: 129, k: "ragged", wide: 0, empty: 0.1, tail: 4 },
  { rows: 1000, inputs: 100, k: 9, wide: 0 },
  { rows: 10, inputs: 1000, k: 100, wide: 1 },
  { rows: 3, inputs: 1000, k: "ragged", wide: 0 },
  // More connections of an input than there are rows.
  { rows: 4, inputs: 3, k: 3, repeats: true, wide: 0 },
  { rows: 70, inputs: 40, k: 30, repeats: true, wide: 1, tail: 4 },
];

/** Both sides of the change of the index from 16 to 32 bits; lists of entries up to the largest number. */
export const huge: (PatternShape & { readonly wide: number })[] = [
  { rows: 7, inputs: 65536, k: 40, wide: 0 },
  { rows: 7, inputs: 65537, k: 40, wide: 1, empty: 0.2 },
];

const sparseEdges: SparseOptions[] = patterns.flatMap((pattern, i) =>
  COLUMNS.map((columns, j) => ({ ...pattern, columns, style: STYLES[(i + j) % 3] }))
).concat(huge.map((pattern) => ({ ...pattern, columns: 32, style: "normal" })));

/** Gradients that are mostly 0 too. */
const sddmmEdges: SparseOptions[] = sparseEdges.concat(
  patterns.map((pattern, i) => ({
    ...pattern,
    columns: COLUMNS[i % COLUMNS.length],
    style: "rare",
  })),
);

const spmmEdges: SpmmOptions[] = sparseEdges.flatMap((options, i) =>
  [false, true].map((transposed, j) => ({
    ...options,
    transposed,
    epilogue: epiloguesOf(i)[(i + j) % 3],
  }))
);

/** The families of the products. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  gemm: family(
    gemmEdges,
    fc.record({
      m: extents(200),
      n: extents(200),
      k: extents(300),
      transposeA: fc.constantFrom(0, 1),
      transposeB: fc.constantFrom(0, 1),
      epilogue: fc.constantFrom(...EPILOGUES),
      style: styles(),
    }),
    buildGemm,
  ),
  spmm: family(
    spmmEdges,
    fc.record({
      sparse: sparseOptions(),
      transposed: fc.boolean(),
      epilogue: fc.constantFrom(...EPILOGUES),
    }).map((
      { sparse, transposed, epilogue },
    ) => ({ ...sparse, transposed, epilogue })),
    buildSpmm,
  ),
  sddmm: family(sddmmEdges, sparseOptions(), buildSddmm),
  permute: family(
    [1, 7, 32, 1000, 4100, 70000].map((length) => ({ length, style: "extreme" as const })),
    fc.record({ length: extents(5000), style: styles() }),
    (source, { length, style }) => {
      const values = source.floats(length + 9, style);
      const slot = source.integers(length, values.length);
      for (let i = 0; i < length; i += 1 + source.below(8)) slot[i] = NONE;
      return { params: { length }, inputs: { slot, values }, lengths: { out: length } };
    },
  ),
};

function sparseOptions(): fc.Arbitrary<SparseOptions> {
  return fc.record({
    shape: patternShapes(200, 300),
    columns: columnCounts(),
    wide: fc.constantFrom(0, 1),
    style: styles(),
  }).map(({ shape, ...rest }) => ({ ...shape, ...rest }));
}

/** What an epilogue adds or asks: bias [rows], gate [rows, columns], or nothing. */
export function drawExtra(
  source: Source,
  epilogue: number,
  rows: number,
  columns: number,
): Float32Array {
  if (formOf(epilogue) === EPILOGUE.none) return new Float32Array(4);
  if (formOf(epilogue) === EPILOGUE.gate) return source.floats(rows * columns, "extreme");
  return source.floats(rows);
}

function buildGemm(source: Source, options: GemmOptions): Drawn {
  const { m, n, k, transposeA, transposeB, epilogue, style } = options;
  return {
    params: { m, n, k, transposeA, transposeB, epilogue },
    inputs: {
      a: source.floats(m * k, style),
      b: source.floats(k * n, style),
      extra: drawExtra(source, epilogue, m, n),
    },
    lengths: { c: m * n },
  };
}

function buildSpmm(source: Source, options: SpmmOptions): Drawn {
  const { columns, style, epilogue, transposed } = options;
  const pattern = drawLists(source, options);
  const lists: Lists = transposed ? transpose(pattern, 4) : pattern;
  const wide = transposed ? Number(lists.inputs > 65536 || options.wide === 1) : options.wide;
  return {
    params: {
      rows: lists.rows,
      inputs: lists.inputs,
      columns,
      capacity: lists.index.length,
      wide,
      epilogue,
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      values: drawValues(source, lists, style),
      x: source.floats(lists.inputs * columns, style),
      extra: drawExtra(source, epilogue, lists.rows, columns),
    },
    lengths: { y: lists.rows * columns },
  };
}

function buildSddmm(source: Source, options: SparseOptions): Drawn {
  const { rows, inputs, columns, wide, style } = options;
  const lists = drawLists(source, options);
  return {
    params: { rows, inputs, columns, capacity: lists.index.length, wide },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      dy: source.floats(rows * columns, style),
      x: source.floats(inputs * columns, style),
    },
    lengths: { gradient: lists.index.length },
  };
}
