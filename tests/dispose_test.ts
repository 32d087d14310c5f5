/**
 * Whatever takes memory gives it back at the end of its scope, once, and says so when it is used afterwards.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Dataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { rigl } from "../src/methods/rigl.ts";
import { mlp } from "../src/models/mlp.ts";
import type { Module } from "../src/nn/module.ts";
import { createDevice } from "../src/ops/device.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, matrix } from "../src/program/device.ts";
import { openRewirer } from "../src/sparse/rewirer.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { SparseWeight } from "../src/sparse/weight.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";

const INPUTS = 24;
const EXAMPLES = 96;

const DATA: Dataset = {
  features: Float32Array.from({ length: EXAMPLES * INPUTS }, (_, i) => Math.sin(3 * i)),
  labels: Uint8Array.from({ length: EXAMPLES }, (_, i) => i % 3),
  examples: EXAMPLES,
  inputs: INPUTS,
  classes: 3,
};

function newModel(): Module {
  return mlp({ sizes: [INPUTS, 32, 16, 3], sparsity: 0.7 });
}

function newTrainer(device: Device, model: Module = newModel()): Trainer {
  const optimizer = adamw({ learningRate: 1e-3 });
  return new Trainer({ device, model, optimizer, method: rigl({ every: 2 }) });
}

/** Trains with all that takes memory: rewiring, sums of gradients, several batch sizes, evaluation. */
async function exercise(trainer: Trainer): Promise<void> {
  for (const options of [{ batchSize: 16 }, { batchSize: 32, accumulate: 2 }]) {
    for await (const _ of trainer.fit(DATA, { epochs: 2, ...options }));
  }
  await trainer.evaluate(DATA);
}

testOnDevices("Trainer gives back all that it took,", async (backend: Backend, { name }) => {
  const device = new Device(backend, "test", 0, record);
  const rewirer = await openRewirer();
  const before = device.allocatedBytes;
  const rewiring = rewirer.allocatedBytes;
  for (let i = 0; i < (name === "webgpu" ? 5 : 20); i++) {
    using trainer = newTrainer(device);
    await exercise(trainer);
    assert.ok(device.allocatedBytes > before);
    assert.ok(rewirer.allocatedBytes > rewiring);
    trainer[Symbol.dispose]();
    assert.equal(device.allocatedBytes, before, `after trainer ${i}`);
    assert.equal(rewirer.allocatedBytes, rewiring, `after trainer ${i}`);
  }
});

testOnDevices("Trainer leaves what was there before it,", async (backend: Backend) => {
  const device = new Device(backend, "test", 0, record);
  const model = newModel();
  await device.place(model.parameters);
  const placed = device.allocatedBytes;
  let trained = NaN;
  {
    using trainer = newTrainer(device, model);
    await exercise(trainer);
    trained = (await trainer.evaluate(DATA)).loss;
  }
  {
    // The patterns come back with the model, as they were rewired.
    using other = newTrainer(device, model);
    assert.equal((await other.evaluate(DATA)).loss, trained);
  }
  for (const parameter of model.parameters) assert.ok(device.has(parameter));
  // Only the patterns came, which are read with the parameters.
  const kept = model.weights[0].values;
  const values = await device.readFloats(kept);
  using program = await device.compile([matrix(INPUTS, 32)], (x) => model(x));
  program.run([new Float32Array(INPUTS * 32)]);
  assert.deepEqual(await device.readFloats(kept), values);
  program.dispose();
  for (const { sparse } of model.weights) {
    for (
      const { span, index } of [sparse?.lists, sparse?.transposed].filter((l) => l !== undefined)
    ) {
      for (const list of [span, index]) if (device.has(list)) device.free(list);
    }
  }
  assert.equal(device.allocatedBytes, placed);
  for (const parameter of model.parameters) device.free(parameter);
});

Deno.test("Trainer leaves what another program uses", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = newModel();
  const trainer = newTrainer(device, model);
  await exercise(trainer);
  const program = await device.compile([matrix(INPUTS, 32)], (x) => model(x));
  const x = new Float32Array(INPUTS * 32).fill(1);
  program.run([x]);
  const before = await program.floats(0);
  trainer[Symbol.dispose]();
  program.run([x]);
  assert.deepEqual(await program.floats(0), before);
});

Deno.test("Trainer cannot be used after its end", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = newModel();
  const trainer = newTrainer(device, model);
  const events = trainer.fit(DATA, { epochs: 3, batchSize: 16, logEvery: 1 });
  await events.next();
  const checkpoint = await Deno.makeTempFile();
  await trainer.save(checkpoint);
  trainer[Symbol.dispose]();
  trainer[Symbol.dispose]();
  const gone = { name: "ReferenceError", message: /was disposed of; expected one that was not/ };
  await assert.rejects(events.next(), gone);
  await assert.rejects(trainer.fit(DATA, { epochs: 1, batchSize: 16 }).next(), gone);
  await assert.rejects(trainer.evaluate(DATA), gone);
  await assert.rejects(trainer.save(checkpoint), gone);
  await assert.rejects(trainer.restore(checkpoint), gone);
  assert.throws(() => trainer.topology.statistics(), gone);
  assert.match(trainer.topology.hash, /-/);
  // New random values in the place of those that were trained would be worse than an error.
  await assert.rejects(device.compile([matrix(INPUTS, 32)], (x) => model(x)), {
    name: "ReferenceError",
    message: /its memory was given back, and its values with it; expected a new model/,
  });
  using next = newTrainer(device);
  await next.restore(checkpoint);
  await next.evaluate(DATA);
  await Deno.remove(checkpoint);
});

Deno.test("Program shares what it took until the last user has ended", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = newModel();
  const compile = () => device.compile([matrix(INPUTS, 32)], (x) => model(x));
  const first = await compile();
  const one = device.allocatedBytes;
  const second = await compile();
  const x = new Float32Array(INPUTS * 32).fill(1);
  first.dispose();
  first.dispose();
  assert.ok(device.allocatedBytes <= one);
  second.run([x]);
  await second.floats(0);
  const gone = { name: "ReferenceError", message: /the program: it was disposed of; expected/ };
  assert.throws(() => first.run([x]), gone);
  await assert.rejects(first.measure([x]), gone);
  await assert.rejects(first.floats(0), gone);
  await assert.rejects(first.scalars(), gone);
  second.dispose();
  const stored = [
    ...model.parameters,
    ...model.weights.flatMap(({ sparse }) => {
      return sparse === undefined ? [] : [sparse.lists.span, sparse.lists.index];
    }),
  ];
  for (const resource of stored) device.free(resource);
  assert.equal(device.allocatedBytes, 0);
});

Deno.test("Device can be closed before its programs and trainers end, and twice", async () => {
  const device = await createDevice({ prefer: "wasm", threads: 1 });
  using trainer = newTrainer(device);
  await exercise(trainer);
  using program = await device.compile([matrix(4, 32)], (x) => x);
  device.close();
  device.close();
  assert.throws(() => program.run([new Float32Array(4 * 32)]), { name: "DeviceLostError" });
});

Deno.test("Explored and LayerRewiring cannot be used after their end", async () => {
  const rewirer = await openRewirer();
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const weight = new SparseWeight({ label: "w", rows: 8, inputs: 8, spec: fanIn(2) });
  await device.place([weight.values]);
  const { pattern } = weight;
  const before = rewirer.allocatedBytes;
  const explored = rewirer.explore(weight.geometry);
  explored.add(pattern);
  const values = new Float32Array(weight.values.length).fill(1);
  const work = rewirer.open({ name: "w", pattern, values, moments: [] });
  work.quota();
  for (const owner of [explored, work]) {
    owner[Symbol.dispose]();
    owner[Symbol.dispose]();
  }
  assert.equal(rewirer.allocatedBytes, before);
  const gone = { name: "ReferenceError", message: /they were disposed of/ };
  assert.throws(() => explored.add(pattern), gone);
  assert.throws(() => explored.words, gone);
  assert.throws(() => explored.fraction, gone);
  assert.throws(() => explored.restore(new Uint32Array(2)), gone);
  assert.throws(() => work.nonZero, gone);
  assert.throws(() => work.slots(), gone);
});
