/**
 * Cases of the losses of numbers, and of means weighted by class.
 *
 * @module
 */
import fc from "fast-check";
import { TARGET_LOSS } from "../../src/ops/kernels/constants.ts";
import { columnCounts, extents, type Source } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";
import { stepBlock } from "./loss_cases.ts";

type Kind = keyof typeof TARGET_LOSS;

interface TargetOptions {
  readonly kind: Kind;
  readonly rows: number;
  readonly columns: number;
  /** Columns from here on are padding. */
  readonly examples: number;
  /** Spread of the outputs; 0 draws small integers, so that they meet targets. */
  readonly spread: number;
  /** Whether targets are 0 or 1; otherwise any number from 0 to 1, or as the outputs where those have no bounds. */
  readonly labels: boolean;
  /** Share of a target that says nothing. */
  readonly smoothing: number;
  readonly positiveWeight: number;
}

const KINDS: readonly Kind[] = ["square", "absolute", "logistic", "right", "exact"];

const PLAIN = { labels: true, smoothing: 0, positiveWeight: 1 } as const;

const edges: TargetOptions[] = KINDS.flatMap((kind): TargetOptions[] => [
  { kind, rows: 1, columns: 32, examples: 1, spread: 1, ...PLAIN },
  { kind, rows: 1, columns: 288, examples: 257, spread: 0, ...PLAIN, labels: false },
  { kind, rows: 3, columns: 64, examples: 63, spread: 100, ...PLAIN },
  { kind, rows: 20, columns: 64, examples: 50, spread: 10, ...PLAIN },
  { kind, rows: 2, columns: 64, examples: 64, spread: 3, ...PLAIN, labels: false },
  { kind, rows: 1025, columns: 32, examples: 3, spread: 1, ...PLAIN },
]).concat([
  // More rows than llvmpipe takes steps.
  { kind: "logistic", rows: 70_001, columns: 32, examples: 32, spread: 1, ...PLAIN },
  { kind: "logistic", rows: 5, columns: 32, examples: 32, spread: 0.001, ...PLAIN },
  {
    ...{ kind: "logistic", rows: 9, columns: 96, examples: 90, spread: 100, labels: true },
    ...{ smoothing: 0.1, positiveWeight: 20 },
  },
  {
    ...{ kind: "logistic", rows: 9, columns: 96, examples: 90, spread: 2, labels: false },
    ...{ smoothing: 0.9, positiveWeight: 0.01 },
  },
]);

interface WeightedOptions {
  readonly columns: number;
  readonly examples: number;
  readonly classes: number;
  /** Whether every weight is 0. */
  readonly nothing: boolean;
}

const weightedEdges: WeightedOptions[] = [[32, 1, 1], [32, 3, 2], [64, 64, 10], [288, 257, 3], [
  4096,
  4000,
  1000,
]].map(([columns, examples, classes]) => ({ columns, examples, classes, nothing: false }))
  .concat([{ columns: 64, examples: 50, classes: 4, nothing: true }]);

/** The families of these losses. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  target_losses: family(edges, targetOptions(KINDS), (source, options) => ({
    params: paramsOf(options),
    inputs: draw(source, options),
    lengths: { losses: options.columns },
  })),
  target_losses_gradient: family(
    edges.filter(({ kind }) => kind !== "right" && kind !== "exact"),
    targetOptions(KINDS.slice(0, 3)),
    (source, options) => ({
      params: { ...paramsOf(options), share: 1 / options.rows },
      inputs: {
        ...draw(source, options),
        upstream: source.floats(options.columns).fill(0, options.examples),
      },
      lengths: { doutputs: options.rows * options.columns },
    }),
  ),
  weighted_mean: family(weightedEdges, weightedOptions(), (source, options) => ({
    params: { columns: options.columns, classes: options.classes },
    inputs: { x: source.floats(options.columns), ...drawWeights(source, options) },
    lengths: { out: 1, total: 1 },
  })),
  weighted_mean_gradient: family(weightedEdges, weightedOptions(), (source, options) => {
    const { columns, classes, examples } = options;
    const drawn = drawWeights(source, options);
    const total = drawn.labels.subarray(0, examples)
      .reduce((sum, label) => sum + drawn.weights[label], 0);
    return {
      params: { columns, classes },
      inputs: { dout: source.floats(1), total: Float32Array.of(total), ...drawn },
      lengths: { dx: columns },
    };
  }),
};

function targetOptions(kinds: readonly Kind[]): fc.Arbitrary<TargetOptions> {
  return columnCounts().chain((columns) =>
    fc.record({
      kind: fc.constantFrom(...kinds),
      rows: extents(300),
      columns: fc.constant(columns),
      examples: fc.integer({ min: 1, max: columns }),
      spread: fc.constantFrom(0, 0.001, 1, 10, 100),
      labels: fc.boolean(),
      smoothing: fc.constantFrom(0, 0.1, 0.9),
      positiveWeight: fc.constantFrom(1, 0.01, 20),
    })
  );
}

function weightedOptions(): fc.Arbitrary<WeightedOptions> {
  return columnCounts(2048).chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      examples: fc.integer({ min: 1, max: columns }),
      classes: extents(300),
      nothing: fc.constantFrom(false, false, false, true),
    })
  );
}

function paramsOf(
  { kind, rows, columns, smoothing, positiveWeight }: TargetOptions,
): Record<string, number> {
  const target = { targetScale: 1 - smoothing, targetShift: smoothing / 2 };
  return { rows, columns, kind: TARGET_LOSS[kind], positiveWeight, ...target };
}

/** Outputs and their targets; the columns of padding have outputs, as a bias gives them, and targets of 0. */
function draw(
  source: Source,
  { kind, rows, columns, examples, spread, labels }: TargetOptions,
): { outputs: Float32Array; targets: Float32Array } {
  const numbers = (): Float32Array =>
    spread === 0
      ? source.floats(rows * columns, "integers")
      : source.floats(rows * columns).map((x) => x * spread);
  const outputs = numbers();
  const bounded = kind !== "square" && kind !== "absolute";
  const targets = labels
    ? outputs.map(() => source.below(2))
    : bounded
    ? outputs.map(() => source.word() / 2 ** 32)
    : numbers();
  return { outputs, targets: targets.map((t, i) => i % columns < examples ? t : 0) };
}

function drawWeights(
  source: Source,
  { columns, examples, classes, nothing }: WeightedOptions,
): { labels: Uint32Array; weights: Float32Array; step: Uint32Array } {
  return {
    labels: source.integers(columns, classes).fill(0, examples),
    weights: source.floats(classes).map((weight) => nothing ? 0 : Math.abs(weight) + 0.01),
    step: stepBlock({ examples }),
  };
}
