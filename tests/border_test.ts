/**
 * The border of data: every index and every number is checked before it enters a kernel, and named by its example.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Placement, randomFlip } from "../src/data/augment.ts";
import { Batcher } from "../src/data/batcher.ts";
import { checkDataset } from "../src/data/check.ts";
import type { ClassDataset, Dataset, TargetDataset } from "../src/data/dataset.ts";

const GOOD: ClassDataset = {
  features: Float32Array.from({ length: 24 }, (_, i) => i / 24),
  labels: Uint8Array.of(0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1),
  examples: 12,
  inputs: 2,
  classes: 2,
};

const TARGETS: TargetDataset = {
  features: GOOD.features,
  targets: Float32Array.from({ length: 36 }, (_, i) => i / 36),
  examples: 12,
  inputs: 2,
  outputs: 3,
};

/** What a program in JavaScript may hand over, whatever the types say. */
function unchecked(data: object): Dataset {
  return data as Dataset;
}

const REFUSED: [name: string, change: object, error: "RangeError" | "TypeError", text: RegExp][] = [
  [
    "a negative label",
    { labels: Int32Array.of(0, 0, -1, ...Array(9).fill(0)) },
    "RangeError",
    /label of example 2 is -1; expected a class below 2, a whole number from 0/,
  ],
  [
    "a label of NaN",
    { labels: Float32Array.of(0, NaN, ...Array(10).fill(0)) },
    "RangeError",
    /label of example 1 is NaN/,
  ],
  [
    "half a class",
    { labels: [0.5, ...Array(11).fill(0)] },
    "RangeError",
    /label of example 0 is 0.5/,
  ],
  [
    "a label of text",
    { labels: ["1", ...Array(11).fill(0)] },
    "RangeError",
    /label of example 0 is 1/,
  ],
  [
    "labels of BigInt",
    { labels: new BigInt64Array(12) },
    "TypeError",
    /labels are a BigInt64Array; expected an array of class numbers/,
  ],
  ["labels that are absent", { labels: undefined }, "TypeError", /labels are undefined/],
  [
    "features of float64",
    { features: new Float64Array(24) },
    "TypeError",
    /features are a Float64Array; expected a Float32Array .*Float32Array.from\(features\)/,
  ],
  [
    "clamped bytes",
    { features: new Uint8ClampedArray(24) },
    "TypeError",
    /features are a Uint8ClampedArray; .*new Uint8Array\(features\) makes one/,
  ],
  ["signed bytes", { features: new Int8Array(24) }, "TypeError", /features are an Int8Array/],
  ["a plain array", { features: Array(24).fill(0) }, "TypeError", /features are an Array/],
  [
    "sizes beyond any number",
    { examples: 2 ** 40, inputs: 2 ** 40 },
    "RangeError",
    /24 features; expected/,
  ],
  [
    "a size that is not exact",
    { examples: 2 ** 54 },
    "RangeError",
    /examples is 18014398509481984/,
  ],
  ["a mean of NaN", { normalization: { mean: NaN, deviation: 1 } }, "RangeError", /mean NaN/],
  [
    "an infinite deviation",
    { normalization: { mean: 0, deviation: Infinity } },
    "RangeError",
    /deviation Infinity/,
  ],
  [
    "a deviation that is almost 0",
    { normalization: { mean: 0, deviation: 1e-40 } },
    "RangeError",
    /quotient in the range of f32/,
  ],
  [
    "no normalization at all",
    { normalization: [] },
    "RangeError",
    /0 normalizations; expected 1 or 2/,
  ],
  [
    "half a channel",
    { image: { channels: 0.5, height: 2, width: 2 } },
    "RangeError",
    /image.channels is 0.5/,
  ],
  ["too few names", { classNames: ["a"] }, "RangeError", /1 names of classes; expected 2/],
];

for (const [name, change, error, message] of REFUSED) {
  Deno.test(`checkDataset() refuses ${name}`, () => {
    assert.throws(() => checkDataset(unchecked({ ...GOOD, ...change })), { name: error, message });
  });
}

Deno.test("checkDataset() refuses data with nothing to learn, and targets of another kind", () => {
  const { labels: _, ...bare } = GOOD;
  const refuse = (data: object, name: string, message: RegExp): void =>
    assert.throws(() => checkDataset(unchecked(data)), { name, message });
  refuse(bare, "TypeError", /neither labels nor targets/);
  refuse({ ...TARGETS, targets: new Float64Array(36) }, "TypeError", /targets are a Float64Array/);
  refuse({ ...TARGETS, targets: new Float32Array(35) }, "RangeError", /35 targets; .* = 36/);
});

Deno.test("checkDataset() takes whole class numbers in any kind of array", () => {
  const numbers = Array.from(GOOD.labels);
  for (const labels of [Int8Array.from(numbers), Float64Array.from(numbers), numbers]) {
    checkDataset(unchecked({ ...GOOD, labels }));
  }
});

/** Makes every batch. */
function drain(data: Dataset, batchSize: number, augment = false): void {
  const shown = augment ? { augment: [randomFlip()] } : {};
  const batcher = new Batcher(data, { batchSize, seed: 0, shuffle: true, ...shown });
  for (const _ of batcher.epoch(0)) continue;
}

Deno.test("Batcher names the feature and the example that are not finite", () => {
  const place = fc.record({
    at: fc.nat({ max: 23 }),
    value: fc.constantFrom(NaN, Infinity, -Infinity),
    // Batches of 12 have eight columns at a time and four alone.
    batchSize: fc.integer({ min: 1, max: 12 }),
    augment: fc.boolean(),
  });
  fc.assert(fc.property(place, ({ at, value, batchSize, augment }) => {
    const features = Float32Array.from(GOOD.features);
    const data = { ...GOOD, features, image: { channels: 2, height: 1, width: 1 } };
    drain(data, batchSize, augment);
    // The array changes after it was used: nothing is remembered of it.
    features[at] = value;
    assert.throws(() => drain(data, batchSize, augment), {
      name: "RangeError",
      message: `Cannot use the data set: feature ${at % 2} of example ${
        Math.floor(at / 2)
      } is ${value}; expected a finite number`,
    });
  }));
});

Deno.test("Batcher names a feature that its normalization takes out of the range of f32", () => {
  const features = Float32Array.from(GOOD.features);
  features[5] = 3e38;
  const data = { ...GOOD, features, normalization: { mean: 0, deviation: 1e-3 } };
  assert.throws(() => drain(data, 12), /feature 1 of example 2 is 3.*e\+38, and Infinity after/);
});

Deno.test("Batcher names the target and the example that are not finite, or no share", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const targets = Float32Array.from(TARGETS.targets);
    targets[14] = value;
    assert.throws(() => drain({ ...TARGETS, targets }, 5), {
      name: "RangeError",
      message:
        `Cannot use the data set: target 2 of example 4 is ${value}; expected a finite number`,
    });
  }
  const shares = Float32Array.from(TARGETS.targets);
  shares[35] = 2;
  drain({ ...TARGETS, targets: shares }, 5);
  assert.throws(
    () => drain({ ...TARGETS, targets: shares, multiLabel: true }, 5),
    /target 2 of example 11 is 2; expected a number from 0 to 1/,
  );
});

Deno.test("Batcher refuses a batch that no device takes", () => {
  assert.throws(() => new Batcher(GOOD, { batchSize: 2 ** 30, seed: 0, shuffle: false }), {
    name: "RangeError",
    message: /examples of 2 features are 2147483648 numbers; expected at most 1073741824/,
  });
});

Deno.test("Batcher normalises by channels and by features, pictures that are augmented too", () => {
  const normalization = [0, 1, 2, 3].map((i) => ({ mean: i, deviation: i + 1 }));
  const image = { channels: 2, height: 1, width: 2 };
  const data = { ...GOOD, examples: 6, inputs: 4, labels: GOOD.labels.slice(0, 6), image };
  const column = (changed: Dataset, augmented: boolean): number[] => {
    const shown = augmented ? { augment: [(placement: Placement) => placement] } : {};
    const batcher = new Batcher(changed, { batchSize: 6, seed: 0, shuffle: false, ...shown });
    const [{ arrays: { features } }] = batcher.epoch(0);
    return [0, 1, 2, 3].map((i) => features[i * batcher.columns]);
  };
  for (const augmented of [false, true]) {
    const parts = [[0, 1, 2, 3], [0, 0, 1, 1]];
    for (const part of parts) {
      const used = normalization.slice(0, part === parts[0] ? 4 : 2);
      const found = column({ ...data, normalization: used }, augmented);
      found.forEach((x, i) => {
        const { mean, deviation } = normalization[part[i]];
        const expected = (data.features[i] - mean) / deviation;
        // One rounding to f32 of a number below 2 in size.
        assert.ok(Math.abs(x - expected) <= 2 ** -23, `${augmented} ${part}: ${x} ${expected}`);
      });
    }
  }
});
