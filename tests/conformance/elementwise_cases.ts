/**
 * Cases of the kernels that walk over elements or rows, and of the optimizers.
 *
 * @module
 */
import fc from "fast-check";
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { NONE, SQUARE_CHUNK } from "../../src/ops/kernels/constants.ts";
import { columnCounts, extents, type Source, type Style, styles } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";
import type { Case } from "./harness.ts";
import { stepBlock } from "./loss_cases.ts";

interface VectorOptions {
  readonly length: number;
  readonly style: Style;
}

interface RowsOptions {
  readonly rows: number;
  readonly columns: number;
  readonly style: Style;
}

interface UpdateOptions extends VectorOptions {
  readonly weightDecay: number;
  readonly beta: number;
  readonly nesterov: number;
  /** What the gradient is multiplied by. */
  readonly clip: number;
  /** Optimizer steps so far, this one included. */
  readonly steps: number;
}

type Drawn = Omit<Case, "note">;

const vectorEdges: VectorOptions[] = [1, 3, 4, 31, 32, 257, 1000, 4096, 65537, 300_003].map((
  length,
  i,
) => ({ length, style: i % 2 === 0 ? "extreme" : "normal" }));

const rowsEdges: RowsOptions[] = [1, 7, 64, 1000].flatMap((rows, i) =>
  [32, 64, 288].map((columns, j) => ({
    rows,
    columns,
    style: (i + j) % 2 ? "extreme" as const : "normal" as const,
  }))
).concat({ rows: 70_000, columns: 32, style: "normal" });

const updateEdges: UpdateOptions[] = [1, 10, 64, 1000, 4100, 70001].map((length, i) => ({
  length,
  style: i % 3 === 1 ? "extreme" : "normal",
  weightDecay: i % 2 === 0 ? 0 : 0.01,
  beta: 0.9,
  nesterov: i % 2,
  clip: i % 2 === 0 ? 1 : 0.37,
  steps: i === 0 ? 1 : 10 * i,
}));

/** The families of the element-wise kernels and of the optimizers. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  add: family(vectorEdges, vectorOptions(), (source, { length, style }) => ({
    params: { length },
    inputs: { a: source.floats(length, style), b: source.floats(length, style) },
    lengths: { y: length },
  })),
  bias: family(rowsEdges, rowsOptions(), (source, { rows, columns, style }) => ({
    params: { rows, columns },
    inputs: { x: source.floats(rows * columns, style), bias: source.floats(rows, style) },
    lengths: { y: rows * columns },
  })),
  row_sum: family(rowsEdges, rowsOptions(), (source, { rows, columns, style }) => ({
    params: { rows, columns },
    inputs: { x: source.floats(rows * columns, style) },
    lengths: { out: rows },
  })),
  square_sum: family(
    [1, 31, SQUARE_CHUNK - 1, SQUARE_CHUNK, SQUARE_CHUNK + 1, 5 * SQUARE_CHUNK + 3].map((
      length,
      i,
    ) => ({ length, offset: i, style: i % 2 ? "extreme" as const : "normal" as const })),
    fc.record({ length: fc.integer({ min: 1, max: 20_000 }), offset: fc.nat(9), style: styles() }),
    (source, { length, offset, style }) => ({
      params: { length, offset },
      inputs: {
        x: source.floats(length, style),
        partial: source.floats(offset + Math.ceil(length / SQUARE_CHUNK) + 3),
      },
      lengths: {},
    }),
  ),
  clip: family(
    [[1, 1, 1], [3, 0.1, 1], [64, 1e9, 1], [257, 1, 1], [1000, 5, 1], [5, 1, 0]].map((
      [count, maxNorm, scale],
    ) => ({ count, maxNorm, scale })),
    fc.record({
      count: fc.integer({ min: 1, max: 2000 }),
      maxNorm: fc.constantFrom(0.01, 1, 100),
      scale: fc.constantFrom(0, 1e-6, 1, 1e6),
    }),
    (source, { count, maxNorm, scale }) => {
      // What lies behind the first `count` belongs to nobody and is large.
      const partial = source.floats(count + 5).map((x, i) => i < count ? x * x * scale : 1e30);
      return { params: { count, maxNorm }, inputs: { partial }, lengths: { clip: 1, norm: 1 } };
    },
  ),
  accumulate: family(
    updateEdges.map(({ length, style }, i) => ({
      length,
      style,
      share: 1 / (i + 1),
      before: 32 * (i % 2),
    })),
    fc.record({
      length: extents(5000),
      style: styles(),
      share: fc.constantFrom(1, 0.5, 1 / 3, 0.01),
      before: fc.constantFrom(0, 1, 1000),
    }),
    (source, { length, style, share, before }) => ({
      params: { length },
      inputs: {
        sum: source.floats(length, style),
        x: source.floats(length, style),
        step: stepBlock({ share, before }),
      },
      lengths: {},
    }),
  ),
  sgd: family(updateEdges, updateOptions(), (source, options) => ({
    params: { length: options.length, weightDecay: options.weightDecay },
    inputs: drawUpdate(source, options),
    lengths: {},
  })),
  sgd_momentum: family(updateEdges, updateOptions(), (source, options) => ({
    params: {
      length: options.length,
      beta: options.beta,
      nesterov: options.nesterov,
      weightDecay: options.weightDecay,
    },
    inputs: {
      ...drawUpdate(source, options),
      momentum: source.floats(options.length, options.style),
    },
    lengths: {},
  })),
  adamw: family(updateEdges, updateOptions(), buildAdamw),
  group_lasso: family(
    [[1, 1], [1, 16], [70_000, 1], [33, 64], [5, 1024], [130, 3]].map(([slots, area], i) => ({
      ...{ slots, area, weight: [0, 0.3, 40][i % 3] },
    })),
    fc.record({
      slots: extents(300),
      area: fc.constantFrom(1, 2, 4, 16, 256),
      weight: fc.constantFrom(0, 0.01, 3, 500),
    }),
    (source, { slots, area, weight }) => ({
      params: { slots, area, weight },
      inputs: {
        values: source.floats(slots * area),
        step: stepBlock({ learningRate: 0.01 }),
      },
      lengths: {},
    }),
  ),
  subset_decay: family(
    updateEdges.map(({ length, style }) => ({ length, style, outside: 0.5 })),
    fc.record({ length: extents(5000), style: styles(), outside: fc.constantFrom(0, 0.1, 5) }),
    (source, { length, style, outside }) => ({
      params: { length, inside: 0.1, outside },
      inputs: {
        values: source.floats(length, style),
        places: Uint32Array.from({ length }, (_, i) => source.below(2) === 0 ? i : NONE),
        step: stepBlock({ learningRate: 0.01 }),
      },
      lengths: {},
    }),
  ),
  adamw_local: family(
    updateEdges.map((options, i) => ({
      ...options,
      area: [1, 16, 3, 256][i % 4],
      begin: 12 * (i % 3),
    })),
    fc.record({ area: fc.constantFrom(1, 2, 4, 16, 64), begin: fc.constantFrom(0, 4, 32) })
      .chain((units) => updateOptions().map((options) => ({ ...options, ...units }))),
    buildAdamwLocal,
  ),
};

function vectorOptions(): fc.Arbitrary<VectorOptions> {
  return fc.record({ length: extents(5000), style: styles() });
}

function rowsOptions(): fc.Arbitrary<RowsOptions> {
  return fc.record({ rows: extents(300), columns: columnCounts(), style: styles() });
}

function updateOptions(): fc.Arbitrary<UpdateOptions> {
  return fc.record({
    length: extents(5000),
    style: styles(),
    weightDecay: fc.constantFrom(0, 1e-4, 0.1),
    beta: fc.constantFrom(0, 0.5, 0.9, 0.99),
    nesterov: fc.constantFrom(0, 1),
    clip: fc.constantFrom(1, 0.5, 1e-3),
    steps: fc.integer({ min: 1, max: 10_000 }),
  });
}

function drawUpdate(
  source: Source,
  { length, style, clip, steps }: UpdateOptions,
): Record<"values" | "gradient" | "clip" | "step", Float32Array | Uint32Array> {
  return {
    values: source.floats(length, style),
    gradient: source.floats(length, style),
    clip: new Float32Array([clip, 123]),
    step: stepBlock({
      learningRate: 0.01,
      biasCorrection1: 1 - 0.9 ** steps,
      biasCorrection2: 1 - 0.999 ** steps,
    }),
  };
}

function buildAdamw(source: Source, options: UpdateOptions): Drawn {
  const { length, style, weightDecay } = options;
  return {
    params: {
      length,
      beta1: options.beta,
      beta2: 0.999,
      rest1: 1 - options.beta,
      rest2: 1 - 0.999,
      epsilon: 1e-8,
      weightDecay,
      flush: options.nesterov * 1e-12,
    },
    inputs: {
      ...drawUpdate(source, options),
      m: source.floats(length, style),
      v: source.floats(length, style).map((x) => x * x),
    },
    lengths: {},
  };
}

function buildAdamwLocal(
  source: Source,
  options: UpdateOptions & { readonly area: number; readonly begin: number },
): Drawn {
  const { length, area, begin } = options;
  const { params, inputs, lengths } = buildAdamw(source, options);
  const [ages, last, now] = [60, 1000, 1025];
  const slots = Math.ceil((begin + length) / area);
  const half = (): number => source.below(3) === 0 ? source.below(65536) : source.below(80);
  const words = Array.from({ length: Math.ceil(slots / 2) }, () => half() + 65536 * half());
  const corrections = Float32Array.from(
    { length: 2 * ages },
    (_, i) => 1 - [0.9, 0.999][i % 2] ** (Math.floor(i / 2) + 1),
  );
  const step = Uint32Array.from(inputs.step);
  step[STEP_WORDS.step] = now;
  return {
    params: { ...params, begin, area, ages },
    inputs: { ...inputs, births: Uint32Array.of(last, ...words), corrections, step },
    lengths,
  };
}
