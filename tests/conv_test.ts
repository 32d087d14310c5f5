import assert from "node:assert/strict";
import fc from "fast-check";
import type { Dataset } from "../src/data/dataset.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import {
  conv2d,
  flatten,
  image,
  linear,
  type Module,
  relu,
  residual,
  sequential,
} from "../src/nn/mod.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, matrix } from "../src/program/device.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { validatePattern } from "../src/sparse/validate.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES } from "./gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const SIZE = { channels: 2, height: 5, width: 4 };
const FEATURES = SIZE.channels * SIZE.height * SIZE.width;

/** Two convolutions, the second with a stride, and a linear layer. */
function network(pattern: PatternSpec | undefined): Module {
  const options = pattern === undefined ? {} : { pattern };
  return sequential(
    image(SIZE),
    conv2d(2, 4, { padding: 1, name: "a", ...options }),
    relu(),
    conv2d(4, 3, { kernel: [3, 2], stride: 2, padding: 1, name: "b", ...options }),
    relu(),
    flatten(),
    linear(3 * 3 * 3, CLASSES, { name: "c" }),
  );
}

const MODELS: Readonly<Record<string, () => Module>> = {
  "dense convolutions": () => network(undefined),
  "sparse convolutions": () => network(fanIn(5)),
  "convolutions in groups": () => network(groupFanIn(7, 4)),
  "convolutions in blocks": () => network(block(4, { density: 0.6 })),
  "convolutions of N:M": () => network(nm(2, 5)),
  "convolutions in residual blocks": () =>
    sequential(
      image(SIZE),
      conv2d(2, 3, { padding: 1, name: "a", pattern: fanIn(4), bias: false }),
      relu(),
      residual(sequential(
        conv2d(3, 3, { padding: 1, name: "b", pattern: fanIn(6) }),
        relu(),
        conv2d(3, 3, { padding: 1, name: "c", bias: false }),
      )),
      relu(),
      residual(
        conv2d(3, 2, { stride: 2, padding: 1, name: "d", pattern: fanIn(6) }),
        conv2d(3, 2, { kernel: 1, stride: 2, name: "e" }),
      ),
      flatten(),
      linear(2 * 3 * 2, CLASSES, { name: "f" }),
    ),
};

for (const [name, model] of Object.entries(MODELS)) {
  Deno.test(`differentiate() agrees with central differences for ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1e6 }),
        (seed) => checkGradients(model(), seed, { inputs: FEATURES }),
      ),
      { numRuns: 3 },
    );
  });
}

Deno.test("conv2d() refuses what does not fit", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const trace = (layer: Module, [channels, height, width]: readonly number[]) =>
    device.trace(
      [matrix(channels * height * width, 3)],
      (x) => layer(image({ channels, height, width })(x)),
    );
  assert.throws(
    () => trace(conv2d(3, 4), [2, 5, 5]),
    /expected x \[3, height, width, examples\]/,
  );
  assert.throws(() => trace(conv2d(2, 4), [2, 2, 5]), /expected a larger padding/);
  assert.throws(() => conv2d(2, 0), RangeError);
  assert.throws(() => conv2d(2, 2, { padding: 0.5 }), RangeError);
});

/** Images of noise with a bright square at a place that tells the class. */
function squares(examples: number): Dataset {
  const [side, inputs] = [8, 64];
  const features = Float32Array.from(
    { length: examples * inputs },
    (_, i) => Math.sin(i * 12.9898) / 3,
  );
  const labels = Uint8Array.from({ length: examples }, (_, i) => i % CLASSES);
  labels.forEach((label, example) => {
    for (const at of [0, 1, side, side + 1]) {
      features[example * inputs + 2 * side + 2 + 2 * label + at] += 2;
    }
  });
  return { features, labels, examples, inputs, classes: CLASSES };
}

const OFTEN = { every: 5, until: 1 };

/** Patterns, each with methods that rewire it. */
const REWIRED: readonly (readonly [PatternSpec, readonly Method[]])[] = [
  [fanIn({ density: 0.3 }), [set(OFTEN), rigl(OFTEN), srigl(OFTEN)]],
  [groupFanIn({ density: 0.3 }, 4), [srigl(OFTEN)]],
  [block(4, { density: 0.3 }), [rigl(OFTEN)]],
  [nm(1, 4), [rigl(OFTEN)]],
];

testOnDevices("a convolutional network learns and is rewired", async (backend) => {
  const data = squares(96);
  const cases = REWIRED.flatMap(([pattern, methods]) =>
    methods.map((method) => ({ pattern, method }))
  );
  for (const { pattern, method } of cases) {
    const about = `${patternName(pattern)} with ${method.name}`;
    const device = new Device(backend, "test", 3, record);
    const model = sequential(
      image({ channels: 1, height: 8, width: 8 }),
      conv2d(1, 8, { padding: 1, name: "a" }),
      relu(),
      conv2d(8, 8, { stride: 2, padding: 1, name: "b", pattern }),
      relu(),
      flatten(),
      linear(8 * 4 * 4, CLASSES, { name: "c", pattern }),
    );
    using trainer = new Trainer({
      device,
      model,
      optimizer: adamw({ learningRate: 0.01 }),
      method,
      seed: 3,
    });
    let grown = 0;
    for await (const event of trainer.fit(data, { epochs: 8, batchSize: 32 })) {
      if (event.kind !== "rewire") continue;
      for (const layer of event.layers) grown += layer.grown;
    }
    assert.ok(grown > 0, `${about} grew nothing`);
    for (const { sparse, label } of model.weights) {
      if (sparse !== undefined) validatePattern(sparse.pattern, label);
    }
    const { accuracy } = await trainer.evaluate(data);
    assert.ok(accuracy > 0.9, `${about}: accuracy ${accuracy}`);
  }
});
