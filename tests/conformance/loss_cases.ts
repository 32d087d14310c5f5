/**
 * Cases of the losses and of what reports them.
 *
 * @module
 */
import fc from "fast-check";
import { STEP_BYTES, STEP_WORDS } from "../../src/device/step_block.ts";
import { columnCounts, extents, type Source } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";

interface LossOptions {
  readonly classes: number;
  readonly columns: number;
  /** Columns from here on are padding. */
  readonly examples: number;
  /** Spread of the logits; 0 draws small integers, so that they tie. */
  readonly spread: number;
  /** Share of the target that all classes share. */
  readonly smoothing: number;
}

const lossEdges: LossOptions[] = [
  { classes: 10, columns: 64, examples: 50, spread: 10, smoothing: 0.1 },
  { classes: 1, columns: 32, examples: 32, spread: 1, smoothing: 0.5 },
  { classes: 1, columns: 32, examples: 1, spread: 1, smoothing: 0 },
  { classes: 2, columns: 32, examples: 32, spread: 0, smoothing: 0 },
  { classes: 3, columns: 64, examples: 63, spread: 30, smoothing: 0 },
  { classes: 10, columns: 288, examples: 257, spread: 1, smoothing: 0 },
  { classes: 10, columns: 128, examples: 128, spread: 100, smoothing: 0 },
  { classes: 33, columns: 64, examples: 50, spread: 0.01, smoothing: 0 },
  { classes: 1000, columns: 32, examples: 3, spread: 5, smoothing: 0 },
  { classes: 1000, columns: 288, examples: 257, spread: 0, smoothing: 0 },
];

const meanEdges = [[32, 1], [32, 3], [32, 32], [64, 64], [288, 257], [1024, 1000], [4096, 4096]]
  .map(([columns, examples]) => ({ columns, examples }));

/** The families of the losses. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  cross_entropy: family(lossEdges, lossOptions(), (source, options) => ({
    params: paramsOf(options),
    inputs: { logits: drawLogits(source, options), labels: drawTarget(source, options) },
    lengths: { losses: options.columns },
  })),
  cross_entropy_gradient: family(lossEdges, lossOptions(), (source, options) => {
    const upstream = source.floats(options.columns);
    upstream.fill(0, options.examples);
    return {
      params: paramsOf(options),
      inputs: {
        logits: drawLogits(source, options),
        labels: drawTarget(source, options),
        upstream,
      },
      lengths: { dlogits: options.classes * options.columns },
    };
  }),
  correct: family(lossEdges, lossOptions(), (source, options) => ({
    params: { classes: options.classes, columns: options.columns },
    inputs: { logits: drawLogits(source, options), labels: drawTarget(source, options) },
    lengths: { out: options.columns },
  })),
  mean: family(meanEdges, meanOptions(), (source, { columns, examples }) => ({
    params: { columns },
    inputs: { x: source.floats(columns), step: stepBlock({ examples }) },
    lengths: { out: 1 },
  })),
  mean_gradient: family(meanEdges, meanOptions(), (source, { columns, examples }) => ({
    params: { columns },
    inputs: { dout: source.floats(1), step: stepBlock({ examples }) },
    lengths: { dx: columns },
  })),
  record: family(
    [[1, 0], [1, 7], [100, 0], [100, 99], [100, 100], [64, 0xffffffff]].map(([size, slot]) => ({
      size,
      slot,
    })),
    fc.record({ size: extents(300), slot: fc.nat() }),
    (source, { size, slot }) => ({
      params: { size },
      inputs: { value: source.floats(1), step: stepBlock({ slot }), ring: source.floats(size) },
      lengths: {},
    }),
  ),
};

/** A step block with the given words; the others hold numbers that no kernel should take for its own. */
export function stepBlock(words: Partial<Record<keyof typeof STEP_WORDS, number>>): Uint32Array {
  const u32 = new Uint32Array(STEP_BYTES / 4).fill(0xdeadbeef);
  const f32 = new Float32Array(u32.buffer);
  for (const [name, at] of Object.entries(STEP_WORDS)) {
    const value = words[name as keyof typeof STEP_WORDS];
    if (value === undefined) continue;
    const integer = ["step", "examples", "slot", "begun"].includes(name);
    (integer ? u32 : f32)[at] = value;
  }
  return u32;
}

function lossOptions(): fc.Arbitrary<LossOptions> {
  return columnCounts().chain((columns) =>
    fc.record({
      classes: extents(300),
      columns: fc.constant(columns),
      examples: fc.integer({ min: 1, max: columns }),
      spread: fc.constantFrom(0, 0.01, 1, 10, 100),
      smoothing: fc.constantFrom(0, 0.1, 0.9),
    })
  );
}

function meanOptions(): fc.Arbitrary<{ columns: number; examples: number }> {
  return columnCounts(2048).chain((columns) =>
    fc.record({ columns: fc.constant(columns), examples: fc.integer({ min: 1, max: columns }) })
  );
}

function paramsOf({ classes, columns, smoothing }: LossOptions): Record<string, number> {
  return { classes, columns, labelShare: 1 - smoothing, classShare: smoothing / classes };
}

function drawLogits(source: Source, { classes, columns, spread }: LossOptions): Float32Array {
  if (spread === 0) return source.floats(classes * columns, "integers");
  return source.floats(classes * columns).map((x) => x * spread);
}

/** Classes; 0 in the padding, as batches come. */
function drawTarget(source: Source, { classes, columns, examples }: LossOptions): Uint32Array {
  return source.integers(columns, classes).fill(0, examples);
}
