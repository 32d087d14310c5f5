/**
 * Cases of batch normalisation.
 *
 * @module
 */
import fc from "fast-check";
import { EPILOGUE_FORMS } from "../../src/ops/kernels/constants.ts";
import { columnCounts, extents, type Source, type Style, styles } from "../arbitraries.ts";
import { OPERATIONS } from "../oracle/expression.ts";
import { type Family, family } from "./family.ts";
import { stepBlock } from "./loss_cases.ts";

interface Options {
  readonly rows: number;
  /** Runs of columns in a row. */
  readonly pixels: number;
  /** Columns of a run. */
  readonly batch: number;
  /** Columns of a run from here on are padding. */
  readonly examples: number;
  readonly style: Style;
  /** What is added to everything that is normalised. */
  readonly offset: number;
}

const edges: Options[] = [
  { rows: 1, pixels: 1, batch: 32, examples: 32, style: "normal", offset: 0 },
  { rows: 3, pixels: 1, batch: 32, examples: 1, style: "normal", offset: 1 },
  { rows: 64, pixels: 4, batch: 32, examples: 31, style: "normal", offset: 0 },
  { rows: 5, pixels: 9, batch: 64, examples: 34, style: "extreme", offset: 0 },
  { rows: 7, pixels: 16, batch: 64, examples: 64, style: "extreme", offset: 0 },
  { rows: 4, pixels: 1, batch: 64, examples: 50, style: "normal", offset: 10_000 },
  { rows: 4, pixels: 49, batch: 32, examples: 32, style: "normal", offset: -10_000 },
  { rows: 300, pixels: 1, batch: 288, examples: 257, style: "integers", offset: 0 },
  { rows: 2, pixels: 1024, batch: 128, examples: 128, style: "normal", offset: 3 },
  { rows: 2, pixels: 1024, batch: 128, examples: 97, style: "normal", offset: 0 },
  { rows: 70_000, pixels: 1, batch: 32, examples: 30, style: "normal", offset: 0 },
];

/**
 * For kernels with a workgroup per row and barriers: software takes a minute over the longest, whose only point is a grid that
 * is folded, and `wgsl_variants_test.ts` folds every grid.
 */
const shortEdges: Options[] = edges.filter(({ rows }) => rows < 65536);

/** The rows of a program of a single example are not padded. */
const narrowEdges: Options[] = [[1, 1], [5, 1], [64, 1], [3, 7], [6, 2]].map(([rows, batch]) => (
  { rows, pixels: 1, batch, examples: batch, style: "normal", offset: 0 }
));

/** The families of batch normalisation. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  batch_norm: family([...edges, ...narrowEdges], options(), (source, options) => ({
    params: {
      ...sizesOf(options),
      epsilon: 1e-5,
      epilogue: EPILOGUE_FORMS * (options.examples % (OPERATIONS.length + 1)),
    },
    inputs: {
      x: drawRows(source, options),
      statistics: drawStatistics(source, options),
      scale: source.floats(options.rows, options.style),
      shift: source.floats(options.rows, options.style),
    },
    lengths: { y: elementsOf(options) },
  })),
  batch_norm_statistics: family(shortEdges, options(), (source, options) => ({
    params: { ...sizesOf(options), batch: options.batch },
    inputs: { x: drawRows(source, options), step: stepBlock({ examples: options.examples }) },
    lengths: { statistics: 2 * options.rows },
  })),
  batch_norm_track: family(edges, options(), (source, options) => ({
    params: { rows: options.rows, runs: options.pixels, momentum: 0.1 },
    inputs: {
      running: drawStatistics(source, options),
      statistics: drawStatistics(source, options),
      step: stepBlock({ examples: options.examples }),
    },
    lengths: {},
  })),
  batch_norm_sums: family(shortEdges, options(), (source, options) => ({
    params: { ...sizesOf(options), epsilon: 1e-5 },
    inputs: {
      dy: drawGradient(source, options),
      x: drawRows(source, options),
      statistics: drawStatistics(source, options),
    },
    lengths: { dscale: options.rows, dshift: options.rows },
  })),
  batch_norm_gradient: family(edges, options(), (source, options) => ({
    params: { ...sizesOf(options), batch: options.batch, epsilon: 1e-5 },
    inputs: {
      dy: drawGradient(source, options),
      x: drawRows(source, options),
      statistics: drawStatistics(source, options),
      scale: source.floats(options.rows, options.style),
      dscale: source.floats(options.rows, options.style),
      dshift: source.floats(options.rows, options.style),
      step: stepBlock({ examples: options.examples }),
    },
    lengths: { dx: elementsOf(options) },
  })),
};

function options(): fc.Arbitrary<Options> {
  return columnCounts(128).chain((batch) =>
    fc.record({
      rows: extents(40),
      pixels: fc.constantFrom(1, 2, 9, 16),
      batch: fc.constant(batch),
      examples: fc.oneof(fc.constant(batch), fc.integer({ min: 1, max: batch })),
      style: styles(),
      offset: fc.constantFrom(0, 100, -10_000),
    })
  );
}

function sizesOf({ rows, pixels, batch }: Options): { rows: number; columns: number } {
  return { rows, columns: pixels * batch };
}

function elementsOf({ rows, pixels, batch }: Options): number {
  return rows * pixels * batch;
}

function drawRows(source: Source, options: Options): Float32Array {
  return source.floats(elementsOf(options), options.style).map((x) => x + options.offset);
}

/** Means near the offset and variances. */
function drawStatistics(source: Source, { rows, style, offset }: Options): Float32Array {
  return source.floats(2 * rows, style).map((x, i) => i < rows ? x + offset : x * x);
}

/** Gradients are 0 in the padding. */
function drawGradient(source: Source, options: Options): Float32Array {
  const { batch, examples, style } = options;
  return source.floats(elementsOf(options), style).map((x, i) => i % batch < examples ? x : 0);
}
