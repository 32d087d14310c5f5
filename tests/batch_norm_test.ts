import assert from "node:assert/strict";
import fc from "fast-check";
import type { Dataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import {
  batchNorm,
  conv2d,
  flatten,
  image,
  linear,
  maxPool,
  type Module,
  relu,
  residual,
  sequential,
} from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix, vector } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { traceProgram } from "../src/program/program.ts";
import type { Mode } from "../src/nn/context.ts";
import { Trace } from "../src/program/trace.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { Trainer } from "../src/train/trainer.ts";
import { SEED, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";

const SIZE = { channels: 2, height: 3, width: 2 };

function first(features: number): Module {
  return linear(INPUTS, features, { name: "first", bias: false });
}

function last(features: number): Module {
  return linear(features, CLASSES, { name: "last" });
}

/** The batch of the check is padded, and a relu behind a normalisation is fused. */
const MODELS: Readonly<Record<string, () => Module>> = {
  "of features": () => sequential(first(7), batchNorm(7), last(7)),
  "of features before a relu": () => sequential(first(7), batchNorm(7), relu(), last(7)),
  "of the input": () => sequential(batchNorm(INPUTS), last(INPUTS)),
  "of images before a relu": () =>
    sequential(
      first(12),
      image(SIZE),
      batchNorm(2, { name: "a" }),
      relu(),
      conv2d(2, 3, { padding: 1, bias: false, pattern: fanIn(5) }),
      batchNorm(3, { name: "b" }),
      relu(),
      flatten(),
      last(18),
    ),
  "before a relu that no product is behind": () =>
    sequential(
      first(12),
      image(SIZE),
      batchNorm(2),
      relu(),
      maxPool({ size: 2, stride: 1 }),
      flatten(),
      last(4),
    ),
  "that a branch goes around": () =>
    sequential(
      first(7),
      residual(sequential(batchNorm(7, { name: "a" }), relu(), batchNorm(7, { name: "b" }))),
      relu(),
      last(7),
    ),
};

for (const [name, model] of Object.entries(MODELS)) {
  for (const mode of ["train", "score"] as const) {
    const test = `batchNorm() ${name} has the gradient of central differences in mode "${mode}"`;
    Deno.test(test, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 1e6 }),
          (seed) => checkGradients(model(), seed, { mode }),
        ),
        { numRuns: 4 },
      );
    });
  }
}

Deno.test("batchNorm() cannot be differentiated in mode evaluate, and says what can", async () => {
  await assert.rejects(
    checkGradients(sequential(first(7), batchNorm(7), last(7)), 1, { mode: "evaluate" }),
    (error) => error instanceof TypeError && error.message.includes('{ mode: "train" }'),
  );
});

const CHANNELS = 3;
const PIXELS = 4;
const PADDED = 32;
const EXAMPLES = 21;
const EPSILON = 1e-3;
const MOMENTUM = 0.25;
const NEAR = 1e-5;

/** Means and biased variances of the channels, as the definition says. */
function momentsOf(x: Float32Array): { means: number[]; variances: number[]; count: number } {
  const channels = Array.from({ length: CHANNELS }, (_, channel) => {
    const row = x.subarray(channel * PIXELS * PADDED, (channel + 1) * PIXELS * PADDED);
    return [...row].filter((_, i) => i % PADDED < EXAMPLES);
  });
  const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;
  const means = channels.map(mean);
  const variances = channels.map((c, i) => mean(c.map((v) => (v - means[i]) ** 2)));
  return { means, variances, count: PIXELS * EXAMPLES };
}

/** Normalised examples, without what the padding became. */
function normalised(
  x: Float32Array,
  { means, variances }: { means: number[]; variances: number[] },
): number[] {
  return [...x].flatMap((v, i) => {
    const channel = Math.floor(i / PIXELS / PADDED);
    const y = (v - means[channel]) / Math.sqrt(variances[channel] + EPSILON);
    return i % PADDED < EXAMPLES ? [y] : [];
  });
}

function assertNear(got: ArrayLike<number>, expected: readonly number[], note: string): void {
  assert.equal(got.length, expected.length, note);
  expected.forEach((value, i) => {
    const tolerance = NEAR * Math.max(1, Math.abs(value));
    assert.ok(Math.abs(got[i] - value) <= tolerance, `${note}: [${i}] ${got[i]}, not ${value}`);
  });
}

testOnDevices("batchNorm() normalises as its mode says and tracks in training only", async (
  backend,
) => {
  const source = new Source(SEED);
  const x = source.floats(CHANNELS * PIXELS * PADDED).map((v, i) =>
    // What the padding holds must make no difference.
    i % PADDED < EXAMPLES ? 2 * v + 5 : 1e6
  );
  const layer = batchNorm(CHANNELS, { epsilon: EPSILON, momentum: MOMENTUM });
  const [, , running] = layer.parameters;
  const device = new Device(backend, "test", 1, record);
  const run = async (mode: Mode): Promise<number[]> => {
    const program = await device.compile([matrix(CHANNELS * PIXELS, EXAMPLES)], (x) => {
      return flatten()(layer(image({ channels: CHANNELS, height: 2, width: 2 })(x), { mode }));
    });
    program.run([x], { step: 0, totalSteps: 1 }, EXAMPLES);
    const y = await program.floats(0);
    return [...y].filter((_, i) =>
      y.length === CHANNELS * PIXELS * EXAMPLES || i % PADDED < EXAMPLES
    );
  };
  const read = async (): Promise<number[]> => [...await device.read(running)];
  const ofBatch = momentsOf(x);
  const start = [0, 0, 0, 1, 1, 1];
  const note = `seed ${SEED}`;
  const byRunning = (state: number[]) => ({
    means: state.slice(0, CHANNELS),
    variances: state.slice(CHANNELS),
  });

  assertNear(await run("evaluate"), normalised(x, byRunning(start)), note);
  assertNear(await run("score"), normalised(x, ofBatch), note);
  assert.deepEqual(await read(), start);
  assertNear(await run("train"), normalised(x, ofBatch), note);
  const unbiased = ofBatch.variances.map((v) => v * ofBatch.count / (ofBatch.count - 1));
  const after = [...ofBatch.means, ...unbiased].map((v, i) => start[i] + MOMENTUM * (v - start[i]));
  const tracked = await read();
  assertNear(tracked, after, note);
  assertNear(await run("evaluate"), normalised(x, byRunning(tracked)), note);
  assert.deepEqual(await read(), tracked);
});

testOnDevices("batchNorm() answers a single example as it does a batch", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  const model = sequential(linear(5, 7), batchNorm(7), relu(), linear(7, 3));
  const [, , scale, shift, running] = model.parameters;
  await device.place(model.parameters);
  const source = new Source(SEED);
  for (const resource of [scale, shift]) device.write(resource, source.floats(7));
  device.write(running, source.floats(14).map((v, i) => i < 7 ? v : v * v + 0.1));
  const x = source.floats(5);
  const clock = { step: 0, totalSteps: 1 };
  const one = await device.compile([vector(5)], (x) => model(x));
  one.run([x], clock, 1);
  const many = await device.compile([matrix(5, 32)], (x) => model(x));
  many.run([Float32Array.from({ length: 160 }, (_, i) => x[Math.floor(i / 32)])], clock, 32);
  const columns = await many.floats(0);
  assertNear(await one.floats(0), [0, 1, 2].map((c) => columns[32 * c + 9]), `seed ${SEED}`);
});

const INPUT = 8;

function data(): Dataset {
  const random = new Random({ seed: 5, use: "noise" });
  // The last batch of an epoch is not full.
  const examples = 150;
  return {
    features: random.normals(examples * INPUT, 1).map((v) => 3 * v + 4),
    labels: Uint8Array.from({ length: examples }, () => random.below(CLASSES)),
    examples,
    inputs: INPUT,
    classes: CLASSES,
  };
}

function trainerOf(backend: Backend, method: "RigL" | "SET"): { trainer: Trainer; model: Module } {
  const model = sequential(
    linear(INPUT, 16, { name: "a", bias: false, pattern: fanIn(3) }),
    batchNorm(16, { name: "norm" }),
    relu(),
    linear(16, CLASSES, { name: "b", pattern: fanIn(6) }),
  );
  const trainer = new Trainer({
    device: new Device(backend, "test", 3, record),
    model,
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 }),
    method: method === "RigL" ? rigl({ every: 4 }) : set({ every: 4 }),
    seed: 3,
  });
  return { trainer, model };
}

async function lossesOf(
  trainer: Trainer,
  accumulate: number,
  stop?: { step: number; path: string },
): Promise<number[]> {
  const losses: number[] = [];
  const options = { epochs: 3, batchSize: 32 / accumulate, accumulate, logEvery: 1 };
  for await (const event of trainer.fit(data(), options)) {
    if (event.kind === "step") losses.push(...event.losses);
    if (stop !== undefined && trainer.step >= stop.step) {
      await trainer.save(stop.path);
      break;
    }
  }
  return losses;
}

testOnDevices("batchNorm() survives a checkpoint bit for bit", async (backend) => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [method, accumulate] of [["RigL", 1], ["SET", 2]] as const) {
      const path = `${folder}/${method}.safetensors`;
      const straight = trainerOf(backend, method);
      const expected = await lossesOf(straight.trainer, accumulate);
      const before = trainerOf(backend, method);
      const losses = await lossesOf(before.trainer, accumulate, { step: 6, path });
      const after = trainerOf(backend, method);
      await after.trainer.restore(path);
      assert.deepEqual(
        await after.trainer.evaluate(data()),
        await before.trainer.evaluate(data()),
        method,
      );
      losses.push(...await lossesOf(after.trainer, accumulate));
      assert.deepEqual(losses, expected, method);
      assert.deepEqual(
        await after.trainer.evaluate(data()),
        await straight.trainer.evaluate(data()),
        method,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, ({ name }) => name !== "wasm relaxed, 3 threads");

Deno.test("batchNorm() hides its running statistics from gradients", () => {
  const layer = batchNorm(4, { name: "norm" });
  assert.deepEqual(
    layer.parameters.map(({ label, length, category, trainable, decay }) => (
      { label, length, category, trainable, decay }
    )),
    [
      ["norm.scale", 4, true] as const,
      ["norm.shift", 4, true] as const,
      ["norm.running", 8, false] as const,
    ].map(([label, length, trainable]) => (
      { label, length, category: "parameters", trainable, decay: false }
    )),
  );
  const trace = new Trace(32);
  const [x, y] = [trace.input([4, 9], "f32"), trace.input([1, 9], "u32")];
  const gradients = differentiate(crossEntropy(layer(x, { mode: "train" }), y), add);
  const differentiated = [...gradients.keys()].flatMap(({ storage }) =>
    storage.kind === "resource" ? [storage.resource] : []
  );
  assert.deepEqual(new Set(differentiated), new Set(layer.parameters.slice(0, 2)));
});

Deno.test("batchNorm() takes a relu in, forwards and backwards", () => {
  const model = sequential(first(7), batchNorm(7), relu(), last(7));
  const optimizer = sgd({ learningRate: 0.1 });
  const { order } = traceProgram(
    [matrix(6, 9), labels(9)],
    (x, y) => optimizer.update(crossEntropy(model(x, { mode: "train" }), y)),
    record,
  );
  const kernels = order.map(({ kernel }) => kernel.name);
  assert.equal(kernels.filter((name) => name.startsWith("pointwise")).length, 0, String(kernels));
  assert.deepEqual(kernels.filter((name) => name.startsWith("batch_norm")), [
    ...["batch_norm_statistics", "batch_norm_track", "batch_norm"],
    ...["batch_norm_sums", "batch_norm_gradient"],
  ]);
});

Deno.test("batchNorm() refuses what it cannot normalise", () => {
  const x = new Trace().input([4, 9], "f32");
  assert.throws(
    () => batchNorm(5)(x),
    /\[4,9\] over 5 channels: expected x \[5, \.\.\., examples\]/,
  );
  assert.throws(() => batchNorm(0), /channels is 0; expected a whole number above 0/);
  assert.throws(() => batchNorm(4, { epsilon: 0 }), /epsilon is 0; expected a number above 0/);
  assert.throws(() => batchNorm(4, { epsilon: NaN }), RangeError);
  assert.throws(() => batchNorm(4, { momentum: 1.5 }), /momentum is 1.5; expected .* from 0 to 1/);
  assert.throws(() => batchNorm(4, { momentum: NaN, name: "n" }), /normalisation "n"/);
});
