/**
 * Mixup: what examples become, what is learnt of shares of classes, and that runs go on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { randomFlip } from "../src/data/augment.ts";
import { Batcher } from "../src/data/batcher.ts";
import type { ClassDataset } from "../src/data/dataset.ts";
import { sourceOf } from "../src/data/examples_source.ts";
import { partnersOf } from "../src/data/mixup.ts";
import { linear, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Trace } from "../src/program/trace.ts";
import { Trainer } from "../src/train/trainer.ts";
import { SEED, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const IMAGE = { channels: 1, height: 2, width: 3 };

function pictures(examples: number): ClassDataset {
  const features = Uint8Array.from(new Source(3).integers(examples * 6, 256));
  const classes = Uint8Array.from({ length: examples }, (_, i) => i % 4);
  return { features, labels: classes, examples, inputs: 6, classes: 4, image: IMAGE };
}

/** The first batch of an epoch. */
function batchOf(data: ClassDataset, epoch: number, batchSize: number, mixup?: number) {
  const options = { batchSize, seed: 5, shuffle: false, augment: [randomFlip()] };
  const mixed = mixup === undefined ? options : { ...options, mixup };
  const [{ arrays }] = new Batcher(data, mixed).epoch(epoch);
  return arrays;
}

Deno.test("mixup makes each example a mean of itself and another one, and its target likewise", () => {
  const data = pictures(10);
  const chosen = Uint32Array.from({ length: 10 }, (_, i) => i);
  const { others, shares } = partnersOf(chosen, { examples: 10, alpha: 0.7, seed: 5, epoch: 2 });
  const plain = batchOf(data, 2, 10);
  const { features, target } = batchOf(data, 2, 10, 0.7);
  assert.equal(target.length, 4 * 32);
  for (let column = 0; column < 32; column++) {
    const real = column < 10;
    for (let row = 0; row < 6; row++) {
      const [x, y] = [column, others[column]].map((each) => plain.features[row * 32 + each]);
      const expected = real ? shares[column] * x + (1 - shares[column]) * y : 0;
      assert.ok(Math.abs(features[row * 32 + column] - expected) < 1e-6, `${row}, ${column}`);
    }
    const whole = [0, 1, 2, 3].map((row) => target[row * 32 + column]);
    assert.ok(Math.abs(whole.reduce((sum, x) => sum + x, 0) - Number(real)) < 1e-6);
    if (!real) continue;
    const own = shares[column] + (others[column] % 4 === column % 4 ? 1 - shares[column] : 0);
    assert.ok(Math.abs(whole[column % 4] - own) < 1e-6, `example ${column}`);
  }
});

Deno.test("mixup depends on the seed, the epoch and the example alone", () => {
  const data = pictures(10);
  const whole = batchOf(data, 2, 10, 0.7);
  const half = batchOf(data, 2, 5, 0.7);
  for (let row = 0; row < 6; row++) {
    const of = (features: ArrayLike<number>) =>
      Array.from({ length: 5 }, (_, i) => features[row * 32 + i]);
    assert.deepEqual(of(half.features), of(whole.features));
  }
  assert.notDeepEqual(batchOf(data, 3, 10, 0.7).target, whole.target);
});

Deno.test("mixup draws shares of Beta(alpha, alpha)", () => {
  const chosen = Uint32Array.from({ length: 20_000 }, (_, i) => i);
  for (const alpha of [0.05, 0.2, 1, 4]) {
    const { shares } = partnersOf(chosen, { examples: 3, alpha, seed: 6, epoch: 0 });
    const mean = shares.reduce((sum, x) => sum + x / shares.length, 0);
    const variance = shares.reduce((sum, x) => sum + (x - mean) ** 2 / shares.length, 0);
    const expected = 1 / (4 * (2 * alpha + 1));
    // Five standard deviations of a mean, and of a mean of squares below 1/4, of 20,000.
    assert.ok(Math.abs(mean - 0.5) < 5 * Math.sqrt(expected / shares.length), `${alpha}: ${mean}`);
    assert.ok(Math.abs(variance - expected) < 5 * 0.125 / Math.sqrt(shares.length), `${variance}`);
    assert.ok(shares.every((x) => x >= 0 && x <= 1), `seed ${SEED}`);
  }
});

testOnDevices("crossEntropy() of shares is the mean of that of the classes", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  const [classes, columns] = [5, 40];
  const specs = [
    matrix(classes, columns),
    matrix(classes, columns),
    labels(columns),
    labels(columns),
  ];
  using program = await device.compile(specs, (x, shares, first, second) => [
    crossEntropy(x, shares, { smoothing: 0.1 }),
    crossEntropy(x, first, { smoothing: 0.1 }),
    crossEntropy(x, second, { smoothing: 0.1 }),
  ]);
  const source = new Source(SEED);
  const x = source.floats(classes * 64).map((value) => 5 * value);
  const [first, second] = [source.integers(64, classes), source.integers(64, classes)];
  const shares = new Float32Array(classes * 64);
  for (let column = 0; column < columns; column++) {
    shares[first[column] * 64 + column] += 0.75;
    shares[second[column] * 64 + column] += 0.25;
  }
  for (const each of [first, second]) each.fill(0, columns);
  for (let row = 0; row < classes; row++) x.fill(0, row * 64 + columns, (row + 1) * 64);
  program.run([x, shares, first, second], { step: 0, totalSteps: 1 }, columns);
  const [[soft], [one], [other]] = await program.scalars();
  assert.ok(Math.abs(soft - 0.75 * one - 0.25 * other) < 1e-5 * soft, `${soft}, seed ${SEED}`);
  shares[3] = 1.5;
  assert.throws(
    () => program.run([x, shares, first, second], { step: 0, totalSteps: 1 }, columns),
    {
      name: "RangeError",
      message: /is 1\.5; expected shares of classes/,
    },
  );
});

Deno.test("crossEntropy() of shares has the gradient of central differences", async () => {
  const model = sequential(linear(INPUTS, CLASSES));
  const softened = (x: Parameters<typeof crossEntropy>[0], t: typeof x) =>
    crossEntropy(x, t, { smoothing: 0.1 });
  await checkGradients(model, 3, { loss: softened, shares: true });
});

Deno.test("crossEntropy() refuses weights of classes for shares", () => {
  const trace = new Trace();
  const [x, y] = [trace.input([3, 9], "f32"), trace.input([3, 9], "f32")];
  assert.throws(() => crossEntropy(x, y, { weights: [1, 2, 3] }), {
    name: "RangeError",
    message: /the target is shares of several; expected class numbers, or no weights/,
  });
});

Deno.test("sourceOf() refuses to mix what has no classes, and an alpha that is none", () => {
  const { labels: _, classes: __, ...examples } = pictures(4);
  const numbers = { ...examples, targets: new Float32Array(4), outputs: 1 };
  assert.throws(() => sourceOf(numbers, { mixup: 0.2 }), /expected a data set of classes/);
  assert.throws(() => sourceOf(pictures(4), { mixup: 0 }), /alpha is 0; expected a finite number/);
  const { inputs: { target }, terms } = sourceOf(pictures(4), { mixup: 0.2 });
  assert.deepEqual(target, { shape: [4], type: "f32" });
  assert.equal(terms?.["the mixup"], "0.2");
});

Deno.test("fit() with mixup goes on bit for bit, with the same mixup alone, and is tested as ever", async () => {
  const data = pictures(40);
  const open = () => {
    const device = new Device(new ReferenceBackend(), "test", 4, record);
    const optimizer = adamw({ learningRate: 0.01 });
    return new Trainer({ device, model: sequential(linear(6, 4)), optimizer });
  };
  const options = { epochs: 2, batchSize: 16, mixup: 0.4 };
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/half.safetensors`;
    const straight = open();
    for await (const event of straight.fit(data, options)) {
      if (event.kind === "epoch" && event.epoch === 1) await straight.save(path);
    }
    const expected = await straight.evaluate(data);
    assert.ok(expected.accuracy >= 0 && expected.loss > 0);
    const resumed = open();
    await resumed.restore(path);
    for await (const _ of resumed.fit(data, options));
    assert.deepEqual(await resumed.evaluate(data), expected);
    const other = open();
    await other.restore(path);
    await assert.rejects(async () => {
      for await (const _ of other.fit(data, { ...options, mixup: 0.5 }));
    }, /the mixup was 0\.4 and is 0\.5; expected the same/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
