/**
 * Cases of the norms of features.
 *
 * @module
 */
import fc from "fast-check";
import { columnCounts, extents, type Source, type Style, styles } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";

interface Options {
  readonly rows: number;
  readonly columns: number;
  /** Columns whose gains and biases have sums of their own. */
  readonly chunk: number;
  /** Of a number of columns, those from here on are padding. */
  readonly examples: number;
  readonly centred: number;
  readonly shifted: number;
  readonly style: Style;
  /** What is added to everything that is normalised. */
  readonly offset: number;
}

const edges: Options[] = [
  edge({ rows: 1, columns: 32, chunk: 256, examples: 32 }),
  edge({ rows: 3, columns: 1, chunk: 4, examples: 1 }),
  edge({ rows: 6, columns: 130, chunk: 64, examples: 1, centred: 0, shifted: 0 }),
  edge({ rows: 130, columns: 64, chunk: 32, examples: 31, offset: -10_000 }),
  edge({ rows: 16, columns: 5 * 64, chunk: 256, examples: 50, shifted: 0 }),
  edge({ rows: 7, columns: 64, chunk: 256, examples: 64, centred: 0, style: "extreme" }),
  edge({ rows: 65, columns: 32, chunk: 256, examples: 30, style: "extreme" }),
  edge({ rows: 2, columns: 8320, chunk: 256, examples: 8320 }),
  edge({ rows: 4099, columns: 7, chunk: 4, examples: 7, style: "integers" }),
];

/** The families of the norms. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  feature_norm: family(edges, options(), (source, options) => {
    const { rows, columns, centred, shifted, style } = options;
    return {
      params: { rows, columns, epsilon: 1e-5, centred, shifted },
      inputs: {
        x: drawColumns(source, options),
        gain: source.floats(rows, style),
        bias: source.floats(rows, style),
      },
      lengths: { statistics: 2 * columns, y: rows * columns },
    };
  }),
  feature_norm_gradient: family(edges, options(), (source, options) => {
    const { rows, columns, chunk, examples, centred, style } = options;
    const chunks = Math.ceil(columns / chunk);
    return {
      params: { rows, columns, chunk, centred },
      inputs: {
        // Gradients are 0 in the padding.
        dy: source.floats(rows * columns, style).map((slope, i) =>
          i % columns < examples ? slope : 0
        ),
        x: drawColumns(source, options),
        statistics: drawStatistics(source, options),
        gain: source.floats(rows, style),
      },
      lengths: { dgain: chunks * rows, dbias: chunks * rows, dx: rows * columns },
    };
  }),
};

function edge(
  options: Pick<Options, "rows" | "columns" | "chunk" | "examples"> & Partial<Options>,
): Options {
  return { centred: 1, shifted: 1, style: "normal", offset: 0, ...options };
}

function options(): fc.Arbitrary<Options> {
  return columnCounts(320).chain((columns) =>
    fc.record({
      rows: extents(150),
      columns: fc.constant(columns),
      chunk: fc.constantFrom(4, 64, 256),
      examples: fc.oneof(fc.constant(columns), fc.integer({ min: 1, max: columns })),
      centred: fc.constantFrom(0, 1),
      shifted: fc.constantFrom(0, 1),
      style: styles(),
      offset: fc.constantFrom(0, 100, -10_000),
    })
  );
}

function drawColumns(source: Source, { rows, columns, style, offset }: Options): Float32Array {
  return source.floats(rows * columns, style).map((x) => x + offset);
}

/** Means near the offset, 0 where columns are not centred, and inverse deviations. */
function drawStatistics(
  source: Source,
  { columns, centred, style, offset }: Options,
): Float32Array {
  return source.floats(2 * columns, style).map((value, i) =>
    i < columns ? centred * (value + offset) : 1 / Math.sqrt(value * value + 1e-5)
  );
}
