/**
 * What was done to the features of a training is done to every later example.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Batcher } from "../src/data/batcher.ts";
import { loadCifarFolder } from "../src/data/cifar.ts";
import type { ClassDataset, TargetDataset } from "../src/data/dataset.ts";
import { outputsOf, preparationOf, prepareLike } from "../src/data/preparation.ts";
import { Source } from "./arbitraries.ts";

const DATA: ClassDataset = {
  features: Uint8Array.of(0, 51, 102, 255),
  labels: Uint8Array.of(0, 2),
  examples: 2,
  inputs: 2,
  classes: 3,
  normalization: { mean: 0.5, deviation: 0.25 },
};

const NUMBERS: TargetDataset = {
  features: Float32Array.of(1, 2, 3, 4),
  targets: Float32Array.of(1, 0, 0, 1),
  examples: 2,
  inputs: 2,
  outputs: 2,
};

/** The four files that {@linkcode loadCifarFolder} reads as CIFAR-100, of pictures of one brightness. */
async function writeFolder(folder: string, bright: number): Promise<void> {
  const source = new Source(bright);
  const records = Uint8Array.from(
    { length: 2 * 3074 },
    (_, i) => i % 3074 < 2 ? source.below(20) : bright + source.below(40),
  );
  for (const name of ["train.bin", "test.bin"]) await Deno.writeFile(`${folder}/${name}`, records);
}

Deno.test("prepareLike() takes the statistics of the training, not those of the folder that is tested", async () => {
  const [trained, tested] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    await writeFolder(trained, 10);
    await writeFolder(tested, 200);
    const { train } = await loadCifarFolder(trained);
    const { test } = await loadCifarFolder(tested);
    const preparation = preparationOf(train);
    assert.notDeepEqual(test.normalization, train.normalization);
    const like = prepareLike(test, preparation);
    assert.deepEqual(like.normalization, train.normalization);
    const batcher = new Batcher(like, { batchSize: 2, seed: 0, shuffle: false });
    const [{ arrays: { features } }] = batcher.epoch(0);
    const [{ mean, deviation }] = preparation.normalization;
    const expected = (test.features[0] / 255 - mean) / deviation;
    // Two roundings of a number of at most 100 to f32.
    assert.ok(Math.abs(features[0] - expected) < 1e-4, `${features[0]} ${expected}`);
    // It survives a checkpoint, which keeps it as JSON.
    assert.deepEqual(JSON.parse(JSON.stringify(preparation)), preparation);
  } finally {
    await Deno.remove(trained, { recursive: true });
    await Deno.remove(tested, { recursive: true });
  }
});

Deno.test("preparationOf() says what is learnt, and outputsOf() how many numbers that takes", () => {
  const { target } = preparationOf({ ...DATA, classNames: ["a", "b", "c"] });
  assert.deepEqual(target, { kind: "class", classes: 3, names: ["a", "b", "c"] });
  assert.equal(outputsOf(target), 3);
  assert.deepEqual(preparationOf(NUMBERS).target, { kind: "numbers", outputs: 2 });
  const labels = preparationOf({ ...NUMBERS, multiLabel: true }).target;
  assert.deepEqual(labels, { kind: "multi-label", outputs: 2 });
  assert.equal(outputsOf(labels), 2);
});

Deno.test("prepareLike() numbers classes as the training did", () => {
  const named = preparationOf({ ...DATA, classNames: ["ant", "bee", "cat"] });
  const other = { ...DATA, classes: 2, labels: Uint8Array.of(0, 1), classNames: ["bee", "ant"] };
  const like = prepareLike(other, named);
  assert.deepEqual([...like.labels], [1, 0]);
  assert.deepEqual([like.classes, like.classNames], [3, ["ant", "bee", "cat"]]);
  // A number without a name is the class that is called so.
  const numbers = preparationOf({ ...DATA, classNames: ["1", "2", "4"] });
  assert.deepEqual([...prepareLike({ ...DATA, labels: Uint8Array.of(1, 2) }, numbers).labels], [
    0,
    1,
  ]);
  const texts = { ...DATA, classNames: ["0", "7", "1"] };
  assert.deepEqual([
    ...prepareLike({ ...texts, labels: Uint8Array.of(0, 2) }, preparationOf(DATA)).labels,
  ], [0, 1]);
  // Fewer classes than the model has are no fault; their number is the model's.
  assert.equal(
    prepareLike({ ...DATA, classes: 2, labels: Uint8Array.of(0, 1) }, preparationOf(DATA)).classes,
    3,
  );
});

Deno.test("prepareLike() refuses what the model was not trained for, by name", () => {
  const preparation = preparationOf({ ...DATA, image: { channels: 1, height: 1, width: 2 } });
  const cases: [() => unknown, RegExp][] = [
    [() => prepareLike({ ...DATA, inputs: 1, examples: 4 }, preparation), /1 features; expected 2/],
    [
      () => prepareLike({ ...DATA, image: { channels: 1, height: 2, width: 1 } }, preparation),
      /pictures are 1 x 2 x 1; expected pictures of 1 x 1 x 2/,
    ],
    [() => prepareLike(DATA, preparationOf(NUMBERS)), /features are bytes; expected floats/],
    [
      () => prepareLike({ ...DATA, labels: Uint8Array.of(0, 9), classes: 10 }, preparation),
      /label of example 1 is 9; expected classes below 3/,
    ],
    [
      () => prepareLike({ ...DATA, classNames: ["0", "1", "dog"] }, preparation),
      /class of example 1 is "dog"; expected one of "0", "1", "2"/,
    ],
    [() => prepareLike(NUMBERS, preparation), /2 targets; expected 3 classes/],
    [
      () => prepareLike({ ...DATA, features: NUMBERS.features }, preparationOf(NUMBERS)),
      /they have classes; expected 2 numbers to predict/,
    ],
    [
      () =>
        prepareLike({ ...NUMBERS, outputs: 1 }, preparationOf({ ...NUMBERS, multiLabel: true })),
      /1 targets; expected 2 labels that apply or not/,
    ],
  ];
  for (const [call, message] of cases) assert.throws(call, { name: "RangeError", message });
});
