/**
 * Weights whose values are a dense master under a pattern, and the hooks of methods that change them in a step.
 *
 * @module
 */
import assert from "node:assert/strict";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { conv2d, flatten, image, linear, type Module, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { eachConnection } from "../src/sparse/convert.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { patternHash } from "../src/sparse/statistics.ts";
import type { StorageName } from "../src/sparse/storage/mod.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { loadModel } from "../src/train/load.ts";
import { snapshotLayers } from "../src/train/snapshot.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import {
  CLASSES,
  DATA,
  difference,
  EXAMPLES,
  fit,
  INPUTS,
  maskOf,
  Oracle,
  RATE,
  sparseOf,
} from "./masters.ts";

const PATTERNS: readonly SparseSpec[] = [
  fanIn(4),
  groupFanIn(5, 4),
  block(1, { density: 0.3 }),
  block(4, { density: 0.4 }),
  nm(2, 4),
];

/** A batch by columns, as programs take it: `[features, examples]`, padded to 32. */
function columnsOf({ features, labels: targets }: typeof DATA) {
  const x = new Float32Array(INPUTS * 32), y = new Uint32Array(32);
  for (let e = 0; e < EXAMPLES; e++) {
    for (let i = 0; i < INPUTS; i++) x[i * 32 + e] = features[e * INPUTS + i];
    y[e] = targets[e];
  }
  return { x, y };
}

function copyOf(model: Module, device: Device): Promise<Float32Array[]> {
  return Promise.all(model.parameters.map((parameter) => device.readFloats(parameter)));
}

testOnDevices("a master is trained straight through under every pattern", async (backend) => {
  for (const pattern of PATTERNS) {
    const device = new Device(backend, "test", 4, record);
    const model = linear(INPUTS, CLASSES, { pattern, storage: "master" });
    await device.place(model.parameters);
    const weight = sparseOf(model);
    const begin = await device.readFloats(weight.values);
    const oracle = new Oracle(begin, maskOf(weight.pattern));
    using trainer = new Trainer({ device, model, optimizer: sgd({ learningRate: RATE }) });
    await fit(trainer, 4);
    for (let i = 0; i < 4; i++) oracle.step();
    const end = await device.readFloats(weight.values);
    // Four steps of sums over 24 products in f32: about 4 * 24 roundings of 6e-8.
    const far = difference(end, oracle.weights);
    assert.ok(far < 1e-5, `${patternName(pattern)}: ${far}`);
    const moved = begin.filter((w, at) => oracle.mask[at] === 0 && w !== end[at]).length;
    assert.ok(moved > 0, "connections that do not exist are trained too");
    trainer[Symbol.dispose]();
    for (const parameter of model.parameters) if (device.has(parameter)) device.free(parameter);
  }
});

/** Layers of every kind over one pattern, or dense. */
function network(pattern?: SparseSpec, storage?: StorageName): Module {
  const options = {
    ...(pattern === undefined ? {} : { pattern }),
    ...(storage === undefined ? {} : { storage }),
  };
  return sequential(
    image({ channels: 2, height: 3, width: 3 }),
    conv2d(2, 4, { padding: 1, name: "first" }),
    relu(),
    conv2d(4, 6, { padding: 1, stride: 2, name: "middle", ...options }),
    relu(),
    flatten(),
    linear(24, CLASSES, { name: "last", ...options }),
  );
}

testOnDevices(
  "a master moves as a dense weight would whose inactive values are 0",
  async (backend) => {
    const device = new Device(backend, "test", 4, record);
    const [masters, dense] = [network(fanIn(5), "master"), network()];
    const stepOf = (model: Module) =>
      device.compile(
        [matrix(INPUTS, EXAMPLES), labels(EXAMPLES)],
        (x, y) => sgd({ learningRate: RATE }).update(crossEntropy(model(x), y)),
      );
    const programs = [await stepOf(masters), await stepOf(dense)];
    const begin = await copyOf(masters, device);
    masters.parameters.forEach((parameter, i) => {
      const weight = masters.weights.find(({ values }) => values === parameter)?.sparse;
      const mask = weight === undefined ? undefined : maskOf(weight.pattern);
      device.write(
        dense.parameters[i],
        begin[i].map((w, at) => mask === undefined ? w : w * mask[at]),
      );
    });
    const start = await copyOf(dense, device);
    const { x, y } = columnsOf(DATA);
    for (const program of programs) program.run([x, y], { step: 0, totalSteps: 1 }, EXAMPLES);
    const [one, other] = [await copyOf(masters, device), await copyOf(dense, device)];
    one.forEach((values, i) => {
      const moved = values.map((w, at) => w - begin[i][at]);
      const expected = other[i].map((w, at) => w - start[i][at]);
      // The difference of numbers of about 1, each rounded to 6e-8, over sums of some 200 products.
      const far = difference(moved, expected);
      assert.ok(far < 1e-5, `${masters.parameters[i].label}: ${far}`);
    });
  },
);

testOnDevices("the plan of a training over masters is exact", async (backend) => {
  for (const pattern of [fanIn(4), nm(2, 4), groupFanIn(5, 4)]) {
    const before = backend.allocatedBytes;
    const device = new Device(backend, "test", 1, record);
    const model = sequential(
      linear(INPUTS, 16, { pattern, storage: "master", name: "a" }),
      relu(),
      linear(16, CLASSES, { pattern, storage: "master", name: "b" }),
    );
    using trainer = new Trainer({
      device,
      model,
      optimizer: adamw({ learningRate: 0.01 }),
      method: rigl({ every: 2, until: 1 }),
    });
    const { bytes } = trainer.plan({ inputs: INPUTS, batchSize: EXAMPLES });
    await fit(trainer, 1);
    assert.equal(backend.allocatedBytes - before, bytes.total, patternName(pattern));
  }
});

for (const method of [set, rigl]) {
  testOnDevices(`${method.name}() moves connections over a master that stays`, async (backend) => {
    const device = new Device(backend, "test", 4, record);
    const model = linear(INPUTS, CLASSES, { pattern: fanIn(4), storage: "master" });
    await device.place(model.parameters);
    const weight = sparseOf(model);
    const first = patternHash(weight.pattern);
    // Too small to change anything.
    const optimizer = sgd({ learningRate: 1e-30 });
    using trainer = new Trainer({
      device,
      model,
      optimizer,
      method: method({ every: 1, until: 1 }),
    });
    const begin = await device.readFloats(weight.values);
    await fit(trainer, 4);
    assert.notEqual(patternHash(weight.pattern), first);
    assert.deepEqual(await device.readFloats(weight.values), begin, "the master stays as it is");
    // What the forward reads is the master under the new pattern.
    const trained = await trainer.evaluate(DATA);
    const oracle = new Oracle(begin, maskOf(weight.pattern));
    const loss = meanLoss(oracle);
    assert.ok(Math.abs(trained.loss - loss) < 1e-5, `${trained.loss}, expected ${loss}`);
  });
}

function meanLoss({ weights, mask, bias }: Oracle): number {
  let sum = 0;
  for (let e = 0; e < EXAMPLES; e++) {
    const logits = Array.from(bias, (b, c) => {
      for (let i = 0; i < INPUTS; i++) {
        b += mask[c * INPUTS + i] * weights[c * INPUTS + i] * DATA.features[e * INPUTS + i];
      }
      return b;
    });
    const total = logits.reduce((all, logit) => all + Math.exp(logit), 0);
    sum += Math.log(total) - logits[DATA.labels[e]];
  }
  return sum / EXAMPLES;
}

Deno.test("a model with masters is saved, restored, loaded, and exported as its view", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/model.safetensors`;
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 4 });
    using other = await createDevice({ prefer: "wasm", threads: 1, seed: 5 });
    const make = () => network(fanIn(5), "master");
    const trainerOn = (on: Device, model: Module) =>
      new Trainer({
        device: on,
        model,
        optimizer: adamw({ learningRate: 0.01 }),
        method: set({ every: 1, until: 1 }),
      });
    const model = make();
    using trainer = trainerOn(device, model);
    await fit(trainer, 3);
    await trainer.save(path);

    const again = make();
    using restored = trainerOn(other, again);
    await restored.restore(path);
    assert.deepEqual(await copyOf(again, other), await copyOf(model, device));
    const { model: loaded } = await loadModel(path, other);
    assert.deepEqual(await copyOf(loaded, other), await copyOf(model, device));
    assert.equal(sparseOf(loaded, 1).storage, "master");

    const layers = snapshotLayers(await readCheckpoint(path));
    for (const [at, { pattern, values }] of layers.entries()) {
      if (pattern === undefined) continue;
      const weight = sparseOf(model, at);
      const stored = await device.readFloats(weight.values);
      eachConnection(
        weight.pattern,
        (slot, row, input) => assert.equal(values[slot], stored[row * weight.inputs + input]),
      );
    }
    assert.equal(layers.filter(({ pattern }) => pattern !== undefined).length, 2);
    const compressed = network(fanIn(5));
    await assert.rejects(
      trainerOn(other, compressed).restore(path),
      /the pattern of .* is .*master/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a storage that cannot be had is refused by name", () => {
  assert.throws(() => linear(4, 4, { storage: "master" }), {
    name: "RangeError",
    message: /Cannot make "linear.weight" with the storage "master": its pattern is dense/,
  });
  const storage = JSON.parse('"heap"');
  assert.throws(() => linear(4, 4, { pattern: fanIn(2), storage }), {
    message: 'Cannot store a weight as "heap": expected one of compressed, subset, master, masked',
  });
});
