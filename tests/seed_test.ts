/**
 * A seed says everything that is random, whatever was done before.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { ClassDataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { set } from "../src/methods/set.ts";
import { mlp } from "../src/models/mlp.ts";
import { batchNorm, linear, type Module, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import type { Mode } from "../src/nn/context.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const DATA: ClassDataset = {
  features: Float32Array.from({ length: 96 * 20 }, (_, i) => Math.sin(3 * i)),
  labels: Uint8Array.from({ length: 96 }, (_, i) => i % 3),
  examples: 96,
  inputs: 20,
  classes: 3,
};

function newModel(): Module {
  return mlp({ sizes: [20, 16, 3], sparsity: 0.6 });
}

function newTrainer(device: Device, seed?: number, model: Module = newModel()): Trainer {
  const options = { device, model, optimizer: adamw({ learningRate: 1e-2 }) };
  return new Trainer({
    ...options,
    method: set({ every: 2 }),
    ...(seed === undefined ? {} : { seed }),
  });
}

async function result(trainer: Trainer): Promise<string> {
  const losses: number[] = [];
  for await (const event of trainer.fit(DATA, { epochs: 2, batchSize: 16, logEvery: 1 })) {
    if (event.kind === "step") losses.push(event.loss);
  }
  return `${losses} ${trainer.topology.hash}`;
}

testOnDevices(
  "Trainer trains by its seed alone, whatever was called before,",
  async (backend: Backend) => {
    const expected = await result(newTrainer(new Device(backend, "test", 0, record), 7));
    const device = new Device(backend, "test", 99, record);
    const strangers = newModel();
    await device.place(strangers.parameters);
    using program = await device.compile([matrix(20, 32)], (x) => newModel()(x), { seed: 5 });
    program.run([new Float32Array(20 * 32)]);
    assert.equal(await result(newTrainer(device, 7)), expected, "after other models");
    const evaluated = newTrainer(device, 7);
    await evaluated.evaluate(DATA);
    assert.equal(await result(evaluated), expected, "after evaluate");
    const saved = newTrainer(device, 7);
    const path = await Deno.makeTempFile();
    await saved.save(path);
    await Deno.remove(path);
    assert.equal(await result(saved), expected, "after save");
    const placed = newModel();
    await device.place(placed.parameters, { seed: 7 });
    assert.equal(await result(newTrainer(device, 7, placed)), expected, "after place");
    assert.notEqual(await result(newTrainer(device, 8)), expected, "another seed");
  },
  ({ name }) => name === "wasm" || name === "webgpu",
);

Deno.test("Trainer without a seed begins with values of the device's", async () => {
  const weights = async (deviceSeed: number, seed?: number): Promise<number[]> => {
    const device = new Device(new ReferenceBackend(), "test", deviceSeed, record);
    const model = newModel();
    await newTrainer(device, seed, model).evaluate(DATA);
    return [...await device.readFloats(model.weights[0].values)];
  };
  assert.deepEqual(await weights(3), await weights(9, 3));
  assert.notDeepEqual(await weights(3), await weights(9));
});

Deno.test("Device.compile() begins alike in every mode, and as a trainer of the same seed", async () => {
  const newNormed = (): Module =>
    sequential(
      linear(20, 16, { pattern: fanIn(5), bias: false }),
      batchNorm(16),
      relu(),
      linear(16, 3),
    );
  const weights = async (mode: Mode): Promise<number[][]> => {
    const device = new Device(new ReferenceBackend(), "test", 4, record);
    const model = newNormed();
    await device.compile(
      [matrix(20, 32), labels(32)],
      (x, y) => crossEntropy(model(x, { mode }), y),
    );
    return await Promise.all(
      model.weights.map(async ({ values }) => [...await device.readFloats(values)]),
    );
  };
  const expected = await weights("train");
  assert.deepEqual(await weights("score"), expected);
  assert.deepEqual(await weights("evaluate"), expected);
  const device = new Device(new ReferenceBackend(), "test", 0, record);
  const model = newNormed();
  using trainer = new Trainer({ device, model, optimizer: adamw({ learningRate: 1 }), seed: 4 });
  await trainer.evaluate(DATA);
  for (const [i, { values }] of model.weights.entries()) {
    assert.deepEqual([...await device.readFloats(values)], expected[i]);
  }
});
