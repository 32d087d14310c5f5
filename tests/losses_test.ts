/**
 * Losses of numbers, labels and weighted classes: their values and slopes against the published formulas, on every device.
 *
 * @module
 */
import assert from "node:assert/strict";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { bceWithLogits, binaryAccuracy, exactMatch, mae, mse } from "../src/ops/target_losses.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import type { InputSpec } from "../src/program/program.ts";
import type { Loss } from "../src/tasks/supervised.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";

const EXAMPLES = 20, ROWS = 3, COLUMNS = 32, SEED = 9;

/** Loss and slopes of outputs that a layer without bias gives for one-hot columns: its weights are the outputs. */
async function lossOf(
  device: Device,
  loss: Loss,
  outputs: Float32Array,
  targets: Float32Array | Uint32Array,
  examples: number,
): Promise<{ loss: number; slopes: Float32Array }> {
  const rows = outputs.length / examples;
  const layer = linear(examples, rows, { bias: false });
  const target: InputSpec = targets instanceof Uint32Array
    ? labels(examples)
    : matrix(rows, examples);
  const { values } = layer.weights[0];
  await device.place([values]);
  // A step of size 1: what it subtracts is the gradient.
  using step = await device.compile(
    [matrix(examples, examples), target],
    (x, y) => sgd({ learningRate: 1 }).update(loss(layer(x), y)),
  );
  device.write(values, outputs);
  const eye = Float32Array.from(
    { length: examples * COLUMNS },
    (_, i) => Math.floor(i / COLUMNS) === i % COLUMNS ? 1 : 0,
  );
  step.run([eye, targets], { step: 0, totalSteps: 1 }, examples);
  const [[value]] = await step.scalars();
  const after = await device.readFloats(values);
  return { loss: value, slopes: outputs.map((x, i) => x - after[i]) };
}

/** `[rows, 32]`, of which the first `examples` of each row are given. */
function padded(given: ArrayLike<number>, examples: number): Float32Array {
  const rows = given.length / examples;
  return Float32Array.from({ length: rows * COLUMNS }, (_, i) => {
    const column = i % COLUMNS;
    return column < examples ? given[Math.floor(i / COLUMNS) * examples + column] : 0;
  });
}

/** log(1 + exp(z)), PyTorch's `softplus`. */
function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

interface Formula {
  readonly loss: Loss;
  /** Loss of one output, and its slope. */
  of(x: number, t: number): readonly [number, number];
}

/** The formulas of PyTorch's documentation, written as they stand there; smoothing as Keras's `BinaryCrossentropy` has it. */
const FORMULAS: Readonly<Record<string, Formula>> = {
  "mse()": { loss: mse, of: (x, t) => [(x - t) ** 2, 2 * (x - t)] },
  "mae()": { loss: mae, of: (x, t) => [Math.abs(x - t), Math.sign(x - t)] },
  "bceWithLogits()": {
    loss: (x, t) => bceWithLogits(x, t),
    of: (x, t) => [t * softplus(-x) + (1 - t) * softplus(x), sigmoid(x) - t],
  },
  "bceWithLogits() with a positive weight and smoothing": {
    loss: (x, t) => bceWithLogits(x, t, { positiveWeight: 7, smoothing: 0.2 }),
    of: (x, t) => {
      const u = 0.8 * t + 0.1;
      return [
        7 * u * softplus(-x) + (1 - u) * softplus(x),
        (1 - u) * sigmoid(x) - 7 * u * sigmoid(-x),
      ];
    },
  },
};

for (const [name, { loss, of }] of Object.entries(FORMULAS)) {
  testOnDevices(`${name} is the mean over outputs and examples of its formula`, async (backend) => {
    for (const spread of [0.01, 1, 100]) {
      const device = new Device(backend, "test", 0, record);
      const source = new Source(SEED);
      const outputs = source.floats(ROWS * EXAMPLES).map((x) => spread * x);
      const targets = outputs.map(() => source.below(2));
      const found = await lossOf(device, loss, outputs, padded(targets, EXAMPLES), EXAMPLES);
      const each = [...outputs].map((x, i) => of(x, targets[i]));
      const mean = each.reduce((sum, [value]) => sum + value, 0) / each.length;
      const note = `spread ${spread}, seed ${SEED}`;
      // A few roundings of each term, and those of a sum of 60.
      close(found.loss, mean, 1e-5 * mean, note);
      each.forEach(([, slope], i) => {
        // The slope is a difference of weights after a step of size 1: it has the rounding of a weight.
        const error = 2 ** -23 * (Math.abs(outputs[i]) + 1) + 1e-5 * Math.abs(slope);
        close(found.slopes[i], slope / each.length, error, `${note}, output ${i}`);
      });
    }
  });

  Deno.test(`${name} agrees with central differences`, async () => {
    const model = sequential(
      linear(INPUTS, 7, { name: "a" }),
      relu(),
      linear(7, CLASSES, { name: "b" }),
    );
    await checkGradients(model, SEED, { loss, numbers: true });
  });
}

testOnDevices("bceWithLogits() is right where a logit is sure, right or wrong", async (backend) => {
  const device = new Device(backend, "test", 0, record);
  for (const sure of [100, 1000, 1e30]) {
    for (const [x, t] of [[sure, 1], [-sure, 0], [sure, 0], [-sure, 1]]) {
      const outputs = Float32Array.of(x), targets = padded([t], 1);
      const found = await lossOf(device, (x, t) => bceWithLogits(x, t), outputs, targets, 1);
      const wrong = (x > 0) !== (t > 0);
      // Of one that is right, e^-100 is left, which a device may take for 0.
      close(found.loss, wrong ? sure : 0, wrong ? 1e-6 * sure : 1e-37, `logit ${x}, target ${t}`);
      if (sure === 100) {
        close(found.slopes[0], wrong ? Math.sign(x) : 0, 1e-5, `logit ${x}, target ${t}`);
      }
    }
  }
});

testOnDevices("losses leave the columns of padding out", async (backend) => {
  const device = new Device(backend, "test", 0, record);
  const source = new Source(SEED);
  const outputs = source.floats(ROWS * COLUMNS);
  const targets = outputs.map(() => source.below(5) / 4);
  for (
    const measure of [mse, mae, binaryAccuracy, exactMatch, (x, t) => bceWithLogits(x, t)] as Loss[]
  ) {
    using program = await device.compile(
      [matrix(ROWS, COLUMNS), matrix(ROWS, COLUMNS)],
      measure,
    );
    const clock = { step: 0, totalSteps: 1 };
    program.run([outputs, targets], clock, 5);
    const noisy = [outputs, targets].map((x) => x.map((v, i) => i % COLUMNS < 5 ? v : 1e9));
    program.run(noisy, clock, 5);
    const [[quiet, loud]] = await program.scalars();
    assert.equal(quiet, loud);
  }
});

testOnDevices("binaryAccuracy() counts outputs and exactMatch() examples", async (backend) => {
  const device = new Device(backend, "test", 0, record);
  using program = await device.compile(
    [matrix(2, COLUMNS), matrix(2, COLUMNS)],
    (x, t) => [binaryAccuracy(x, t), exactMatch(x, t)],
  );
  // Of four examples one has both labels right, two have one, one has none; 0 says no.
  const outputs = padded([1, 1, 0, -3, -1, 2, -1, 4], 4);
  const targets = padded([1, 1, 1, 1, 0, 0, 0, 0], 4);
  program.run([outputs, targets], { step: 0, totalSteps: 1 }, 4);
  assert.deepEqual((await program.scalars()).map(([value]) => value), [0.5, 0.25]);
});

testOnDevices("crossEntropy() weights examples by class, as the formula says", async (backend) => {
  const device = new Device(backend, "test", 0, record);
  const source = new Source(SEED);
  const weights = [0.5, 0, 4];
  const outputs = source.floats(ROWS * EXAMPLES);
  const classes = source.integers(EXAMPLES, ROWS);
  const targets = new Uint32Array(COLUMNS);
  targets.set(classes);
  for (const smoothing of [0, 0.1]) {
    const loss: Loss = (x, t) => crossEntropy(x, t, { weights, smoothing });
    const found = await lossOf(device, loss, outputs, targets, EXAMPLES);
    let sum = 0, total = 0;
    const slopes = new Float64Array(outputs.length);
    classes.forEach((label, c) => {
      const logits = [0, 1, 2].map((i) => outputs[i * EXAMPLES + c]);
      const all = Math.log(logits.reduce((s, x) => s + Math.exp(x), 0));
      logits.forEach((x, i) => {
        const target = smoothing / ROWS + (i === label ? 1 - smoothing : 0);
        sum += weights[label] * target * (all - x);
        slopes[i * EXAMPLES + c] = weights[label] * (Math.exp(x - all) - target);
      });
      total += weights[label];
    });
    close(found.loss, sum / total, 1e-5, `seed ${SEED}`);
    found.slopes.forEach((slope, i) =>
      close(slope, slopes[i] / total, 1e-6, `logit ${i}, seed ${SEED}`)
    );
  }
});

testOnDevices("crossEntropy() of examples that weigh nothing is 0", async (backend) => {
  const device = new Device(backend, "test", 0, record);
  const loss: Loss = (x, t) => crossEntropy(x, t, { weights: [0, 1, 1] });
  const outputs = new Source(SEED).floats(ROWS * 2);
  const found = await lossOf(device, loss, outputs, new Uint32Array(COLUMNS), 2);
  assert.deepEqual([found.loss, ...found.slopes], [0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("crossEntropy() with class weights agrees with central differences", async () => {
  const loss: Loss = (x, t) => crossEntropy(x, t, { weights: [1, 0.2, 3], smoothing: 0.1 });
  await checkGradients(linear(INPUTS, CLASSES), SEED, { loss });
});

testOnDevices("losses refuse what does not fit, and name what does", (backend) => {
  const device = new Device(backend, "test", 0, record);
  const refuse = (specs: readonly InputSpec[], loss: Loss, message: RegExp, type = TypeError) =>
    assert.throws(
      () => device.trace(specs, loss),
      (error) => error instanceof type && message.test(error.message),
    );
  refuse([matrix(3, 4), labels(4)], mse, /mse of outputs \[3,4\] and u32 target.*crossEntropy/);
  refuse([matrix(3, 4), matrix(2, 4)], mae, /f32 target of the same shape/);
  // Of the shape of the logits they are shares of classes.
  refuse(
    [matrix(3, 4), matrix(2, 4)],
    crossEntropy,
    /u32 target \[1, ..., examples\]; mse and bce/,
  );
  const specs = [matrix(3, 4), labels(4)];
  for (
    const [weights, what] of [[[1, 2], /got 2 weights.*3 classes/], [[1, -1, 2], /class 1 is -1/], [
      [NaN, 1, 1],
      /class 0 is NaN/,
    ], [[0, 0, 0], /all weights are 0/]] as const
  ) {
    refuse(specs, (x, t) => crossEntropy(x, t, { weights }), what, RangeError);
  }
  const both = [matrix(3, 4), matrix(3, 4)];
  refuse(both, (x, t) => bceWithLogits(x, t, { smoothing: 1 }), /share in \[0, 1\)/, RangeError);
  refuse(both, (x, t) => bceWithLogits(x, t, { positiveWeight: 0 }), /above 0/, RangeError);
  return Promise.resolve();
}, ({ name }) => name === "wasm");

function close(got: number, expected: number, error: number, note: string): void {
  assert.ok(Math.abs(got - expected) <= error, `${note}: ${got}, expected ${expected}`);
}
