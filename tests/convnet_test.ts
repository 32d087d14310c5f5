import assert from "node:assert/strict";
import type { Dataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { convnet } from "../src/models/convnet.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device } from "../src/program/device.ts";
import { patternNamed } from "../src/sparse/lookup.ts";
import { dense } from "../src/sparse/patterns/mod.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { exportOf } from "../src/train/export.ts";
import { snapshotOf } from "../src/train/snapshot.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES } from "./gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const IMAGE = { channels: 2, height: 6, width: 5 };
const INPUTS = 60;

/** Images of noise; the share of bright rows tells the class. */
function rows(examples: number): Dataset {
  const labels = Uint8Array.from({ length: examples }, (_, i) => i % CLASSES);
  const features = Float32Array.from({ length: examples * INPUTS }, (_, i) => {
    const row = Math.floor(i % INPUTS / IMAGE.width) % IMAGE.height;
    const bright = row % 3 < labels[Math.floor(i / INPUTS)];
    return Math.sin(i * 78.233) / 3 + (bright ? 1 : 0);
  });
  return { features, labels, examples, inputs: INPUTS, classes: CLASSES, image: IMAGE };
}

Deno.test("convnet() has the layers of the paper", () => {
  const image = { channels: 3, height: 32, width: 32 };
  const model = convnet({ image, classes: 10, blocks: 3 });
  // Twenty layers, and the two shortcuts that change the number of channels.
  assert.equal(model.weights.length, 22);
  const weights = model.weights.reduce((sum, { shape: [rows, inputs] }) => sum + rows * inputs, 0);
  assert.equal(weights, 270_896);
  assert.deepEqual(model.weights[0].shape, [16, 27]);
  assert.deepEqual(model.weights.at(-1)?.shape, [10, 64]);
});

Deno.test("convnet() spreads the density over all layers", () => {
  const image = { channels: 1, height: 28, width: 28 };
  for (const sparsity of [0.8, 0.9, 0.95, 0.99]) {
    const model = convnet({ image, classes: 10, sparsity });
    let all = 0, active = 0;
    for (const { shape, sparse } of model.weights) {
      all += shape[0] * shape[1];
      active += sparse?.budget ?? shape[0] * shape[1];
    }
    assert.ok(Math.abs(active / all - (1 - sparsity)) < 1e-3, `${active / all} at ${sparsity}`);
  }
  assert.throws(() => convnet({ image, classes: 10, widths: [] }), RangeError);
  assert.throws(() => convnet({ image, classes: 10, blocks: 0 }), RangeError);
});

Deno.test("convnet() gives gradients that agree with central differences", async () => {
  for (const sparsity of [0, 0.5]) {
    const model = convnet({ image: IMAGE, classes: CLASSES, widths: [2, 3], sparsity });
    await checkGradients(model, 5, { inputs: INPUTS });
  }
});

const OFTEN = { every: 4, until: 1 };

/** Patterns, each with a method that rewires it; the first one on every device. */
const REWIRED: readonly { readonly name: string; readonly method: Method }[] = [
  { name: "fan-in", method: srigl(OFTEN) },
  { name: "group-4", method: srigl(OFTEN) },
  { name: "block-4", method: rigl(OFTEN) },
  { name: "2:5", method: set(OFTEN) },
];

for (const [i, { name, method }] of REWIRED.entries()) {
  testOnDevices(
    `a convnet of the pattern ${name} learns, and goes on bit for bit`,
    (backend) => learnsAndGoesOn(backend, name, method),
    (device) => i === 0 || device.name !== "webgpu",
  );
}

async function learnsAndGoesOn(backend: Backend, name: string, method: Method): Promise<void> {
  const data = rows(80);
  const pattern = (density: number) => patternNamed(name, density) ?? dense();
  const open = () => {
    const device = new Device(backend, "test", 4, record);
    const size = { image: IMAGE, classes: CLASSES, widths: [8, 12] };
    const model = convnet({ ...size, sparsity: 0.6, pattern });
    const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
    return new Trainer({ device, model, optimizer, method, seed: 4 });
  };
  const options = { epochs: 8, batchSize: 32 };
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    using straight = open();
    for await (const event of straight.fit(data, options)) {
      if (event.kind === "epoch" && event.epoch === 2) await straight.save(path);
    }
    const { accuracy, loss } = await straight.evaluate(data);
    assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
    using second = open();
    await second.restore(path);
    for await (const _ of second.fit(data, options));
    assert.equal(second.topology.hash, straight.topology.hash);
    assert.equal((await second.evaluate(data)).loss, loss);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a convnet's export holds every layer and the norms", async () => {
  const device = new Device(new ReferenceBackend(), "test", 4, record);
  const model = convnet({ image: IMAGE, classes: CLASSES, widths: [3, 4], sparsity: 0.5 });
  using trainer = new Trainer({
    device,
    model,
    optimizer: sgd({ learningRate: 0.1 }),
    method: rigl({ every: 2 }),
  });
  for await (const _ of trainer.fit(rows(8), { epochs: 1, batchSize: 4 }));
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await trainer.save(path);
    const checkpoint = await readCheckpoint(path);
    const snapshot = snapshotOf(checkpoint);
    const tensors = new Map(exportOf(snapshot, "dense").tensors.map((t) => [t.name, t]));
    assert.deepEqual(tensors.get("stem.weight")?.shape, [3, 2, 3, 3]);
    assert.deepEqual(tensors.get("stage1.block0.shortcut.weight")?.shape, [4, 3, 1, 1]);
    assert.deepEqual(tensors.get("head.weight")?.shape, [CLASSES, 4]);
    assert.equal(tensors.get("head.bias")?.data.length, CLASSES);
    for (const part of ["scale", "shift", "running"]) {
      assert.ok(tensors.has(`stem.norm.${part}`), part);
    }
    assert.equal(tensors.size, model.parameters.length);
    const names = exportOf(snapshot, "condensed").tensors.map(({ name }) => name);
    assert.ok(names.includes("stage0.block0.conv0.index"));
  } finally {
    await Deno.remove(path);
  }
});
