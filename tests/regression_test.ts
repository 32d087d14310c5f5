/**
 * Trainings on numbers and on several labels: by programs and by the command line.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { TargetDataset } from "../src/data/dataset.ts";
import { linear } from "../src/nn/mod.ts";
import { bceWithLogits, binaryAccuracy, mae, mse } from "../src/ops/target_losses.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";

const SEED = 4, EXAMPLES = 40, INPUTS = 3, OUTPUTS = 2;

/** Numbers that a linear model can give. */
function numbers(): TargetDataset {
  const features = new Source(SEED).floats(EXAMPLES * INPUTS);
  const targets = new Float32Array(EXAMPLES * OUTPUTS);
  for (let i = 0; i < EXAMPLES; i++) {
    const [a, b, c] = features.subarray(INPUTS * i);
    targets.set([2 * a - b + 0.5, c - 3], OUTPUTS * i);
  }
  return { features, targets, examples: EXAMPLES, inputs: INPUTS, outputs: OUTPUTS };
}

function labelled(): TargetDataset {
  const data = numbers();
  return { ...data, multiLabel: true, targets: data.targets.map((t) => t > 0.5 ? 1 : 0) };
}

const OPTIONS = { epochs: 150, batchSize: 16 };

testOnDevices(
  "fit() of a linear model finds the numbers, and predict() gives them",
  async (backend) => {
    const device = new Device(backend, "test", SEED, record);
    const [model, optimizer] = [linear(INPUTS, OUTPUTS), sgd({ learningRate: 0.1 })];
    using trainer = new Trainer({ device, model, optimizer, loss: mse, metrics: { mae } });
    const data = numbers();
    for await (const _ of trainer.fit(data, OPTIONS));
    const evaluation = await trainer.evaluate(data);
    // The batches of 16, 16 and 8 count by their examples: the mean is that of all of them.
    const predicted: number[] = [];
    for await (const prediction of trainer.predict(data.features)) {
      assert.ok("values" in prediction);
      predicted.push(...prediction.values);
    }
    const errors = predicted.map((value, i) => Math.abs(value - data.targets[i]));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    assert.ok(evaluation.loss < 1e-3, `loss ${evaluation.loss} (seed ${SEED})`);
    // Roundings of a float32 sum and of outputs near 5.
    assert.ok(Math.abs(evaluation.mae - mean) < 1e-6, `${evaluation.mae}, expected ${mean}`);
  },
  ({ name }) => name === "wasm" || name === "webgpu",
);

testOnDevices(
  "predict() of several labels gives sigmoids and the labels above 1/2",
  async (backend) => {
    const device = new Device(backend, "test", SEED, record);
    const [model, optimizer] = [linear(INPUTS, OUTPUTS), sgd({ learningRate: 0.5 })];
    const loss = bceWithLogits;
    using trainer = new Trainer({ device, model, optimizer, loss, metrics: { binaryAccuracy } });
    const data = labelled();
    for await (const _ of trainer.fit(data, OPTIONS));
    const evaluation = await trainer.evaluate(data);
    let right = 0, at = 0;
    for await (const prediction of trainer.predict(data.features)) {
      assert.ok("labels" in prediction);
      const { labels, scores } = prediction;
      assert.deepEqual(labels, [0, 1].filter((label) => scores[label] > 0.5));
      for (const i of [0, 1]) right += Number(labels.includes(i) === (data.targets[at++] === 1));
    }
    assert.ok(evaluation.binaryAccuracy > 0.9, `accuracy ${evaluation.binaryAccuracy}`);
    assert.ok(Math.abs(evaluation.binaryAccuracy - right / at) < 1e-6);
  },
  ({ name }) => name === "wasm",
);

testOnDevices("fit() refuses labels outside of [0, 1] by the example's number", async (backend) => {
  const device = new Device(backend, "test", SEED, record);
  const [model, optimizer] = [linear(INPUTS, OUTPUTS), sgd({ learningRate: 0.5 })];
  using trainer = new Trainer({ device, model, optimizer, loss: bceWithLogits });
  const data = labelled();
  data.targets[2 * 7 + 1] = 1.5;
  await assert.rejects(async () => {
    for await (const _ of trainer.fit(data, OPTIONS));
  }, /target 1 of example 7 is 1\.5; expected targets from 0 to 1/);
}, ({ name }) => name === "wasm");

testOnDevices("a step of several batches lowers mse() as one large batch does", async (backend) => {
  const weights: Float32Array[] = [];
  for (const [batchSize, accumulate] of [[EXAMPLES, 1], [16, 3]]) {
    const device = new Device(backend, "test", SEED, record);
    const [model, optimizer] = [linear(INPUTS, OUTPUTS), sgd({ learningRate: 0.1 })];
    using trainer = new Trainer({ device, model, optimizer, loss: mse, seed: SEED });
    for await (const _ of trainer.fit(numbers(), { epochs: 5, batchSize, accumulate }));
    weights.push(await device.readFloats(model.weights[0].values));
  }
  // The batches of 16, 16 and 8 count by their examples; roundings of sums in another order, over five steps.
  weights[0].forEach((weight, i) => {
    assert.ok(Math.abs(weight - weights[1][i]) < 1e-5, `weight ${i}: ${weights[1][i]}, ${weight}`);
  });
}, ({ name }) => name === "wasm" || name === "webgpu");
