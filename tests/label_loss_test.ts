/**
 * Losses over all labels of a head: their values and derivatives, updates by chunks, and memory.
 *
 * @module
 */
import assert from "node:assert/strict";
import { deviceBytes } from "../src/device/backend.ts";
import { permutation, Random } from "../src/device/random.ts";
import { labelHead } from "../src/nn/label_head.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { labelLoss, type LabelLossOptions } from "../src/ops/label_loss.ts";
import { labelTop } from "../src/ops/label_top.ts";
import { linear } from "../src/ops/linear.ts";
import type { Matrix } from "../src/ops/matrix.ts";
import { gelu } from "../src/ops/pointwise/gelu.ts";
import { bceWithLogits } from "../src/ops/target_losses.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, matrix, openDevice } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import type { InputSpec } from "../src/program/program.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { dense, fanIn, groupFanIn } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { centralDifference } from "./central_difference.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { WatchedBackend } from "./reference_backend.ts";

const CLOCK = { step: 0, totalSteps: 1 };

const PATTERNS: Readonly<Record<string, PatternSpec>> = {
  dense: dense(),
  "fan-in": fanIn(3, { full: true }),
  "group-4": groupFanIn(3, 4, { full: true }),
  "fan-in-replacement": fanIn(4, { replacement: true }),
  "group-8-replacement": groupFanIn(4, 8, { replacement: true }),
};

function labelsSpec(most: number, examples: number): InputSpec {
  return { shape: [most, examples], type: "u32" };
}

/** Labels of each example, ascending; the number of labels stands for none. */
function drawLabels(source: Source, labels: number, most: number, columns: number): Uint32Array {
  const drawn = new Uint32Array(most * columns).fill(labels);
  for (let c = 0; c < columns; c++) {
    source.distinct(source.below(most + 1), labels).forEach((label, i) => {
      drawn[i * columns + c] = label;
    });
  }
  return drawn;
}

function parameter(label: string, numbers: Float32Array): Resource {
  return new Resource({
    ...{ label, type: "f32", length: numbers.length, category: "parameters", trainable: true },
    initial: () => numbers,
  });
}

for (const [name, pattern] of Object.entries(PATTERNS)) {
  testOnDevices(`labelLoss() of a ${name} head is that of its logits`, async (backend) => {
    const [inputs, labels, examples, most, seed] = [9, 201, 37, 4, 3];
    const source = new Source(seed);
    const device = new Device(backend, "test", 0, record);
    const layer = labelHead(inputs, labels, { pattern });
    const weight: Matrix = layer.weights[0].sparse ??
      { kind: "dense", rows: labels, inputs, values: layer.weights[0].values };
    const [, bias] = layer.parameters;
    const specs = [matrix(inputs, examples), matrix(labels, examples), labelsSpec(most, examples)];
    using program = await device.compile(specs, (x, targets, given) => [
      bceWithLogits(linear(x, weight, { bias }), targets),
      ...[64, 128, 2048].map((chunk) =>
        labelLoss(x, layer(x).head, given, { loss: "bce", over: "mean", chunk })
      ),
      labelLoss(x, layer(x).head, given, { loss: "squared-hinge" }),
      labelLoss(x, layer(x).head, given, { loss: "softmax", chunk: 64 }),
      linear(x, weight, { bias }),
    ]);
    device.write(bias, source.floats(labels));
    const x = source.floats(inputs * 64);
    const given = drawLabels(source, labels, most, 64);
    const targets = new Float32Array(labels * 64);
    given.forEach((label, at) => {
      if (label < labels) targets[label * 64 + at % 64] = 1;
    });
    program.run([x, targets, given], CLOCK, examples);
    const [[expected], ...measured] = await program.scalars();
    const [softmax] = measured.pop() ?? [];
    const [hinge] = measured.pop() ?? [];
    for (const [each] of measured) {
      assert.ok(Math.abs(each / expected - 1) < 1e-5, `${each} of ${expected} (seed ${seed})`);
    }
    const logits = await program.floats(0);
    let sum = 0;
    for (let at = 0; at < labels * 64; at++) {
      if (at % 64 >= examples) continue;
      sum += Math.max(0, 1 - (2 * targets[at] - 1) * logits[at]) ** 2 / examples;
    }
    assert.ok(Math.abs(hinge / sum - 1) < 1e-5, `${hinge} of ${sum} (seed ${seed})`);
    let entropy = 0;
    for (let c = 0; c < examples; c++) {
      const own = Array.from({ length: labels }, (_, label) => logits[label * 64 + c]);
      const all = Math.log(own.reduce((total, z) => total + Math.exp(z), 0));
      const applying = own.filter((_, label) => targets[label * 64 + c] === 1);
      for (const z of applying) entropy += (all - z) / applying.length / examples;
    }
    assert.ok(Math.abs(softmax / entropy - 1) < 1e-5, `${softmax} of ${entropy} (seed ${seed})`);
  });
}

function same(loss: Tensor): Tensor {
  return loss;
}

/** Ways in which the loss is used. */
const USES: Readonly<Record<string, { options: LabelLossOptions; of?: (loss: Tensor) => Tensor }>> =
  {
    "squared hinge": { options: {} },
    bce: { options: { loss: "bce", over: "mean" } },
    softmax: { options: { loss: "softmax" } },
    "squared hinge inside of another function": { options: { over: "mean" }, of: gelu },
  };

for (const [i, [name, pattern]] of Object.entries(PATTERNS).entries()) {
  // What multiplies gradients does not know what they are of.
  for (const [use, { options, of = same }] of Object.entries(USES).slice(0, i === 1 ? 4 : 2)) {
    Deno.test(`labelLoss() by ${use} of a ${name} head agrees with central differences`, async () => {
      const [inputs, labels, examples, most, seed] = [4, 65, 3, 3, 17];
      const source = new Source(seed);
      const backend = new WatchedBackend();
      const device = new Device(backend, "test", 0, record);
      const layer = labelHead(inputs, labels, { pattern });
      const x = parameter("x", source.floats(inputs * 32));
      const weights = new Resource({
        ...{ label: "weights", type: "f32", length: labels, category: "indices" },
        initial: () => source.floats(labels).map((w) => 1 + Math.abs(w)),
      });
      const lossOf = (given: Tensor): Tensor => {
        const features = given.trace.resource(x, [inputs, 32]);
        const { head } = layer(features);
        return of(labelLoss(features, head, given, { ...options, weights, chunk: 64 }));
      };
      const specs = [labelsSpec(most, 32)];
      const forward = await device.compile(specs, lossOf);
      const names: string[] = [];
      const backward = await device.compile(specs, (given) => {
        const gradients = differentiate(lossOf(given), add);
        return [...gradients].map(([{ storage }, gradient]) => {
          if (storage.kind === "resource") names.push(storage.resource.label);
          return gradient;
        });
      });
      // The features, and two chunks of values and biases.
      assert.equal(names.length, 5);
      const given = [drawLabels(source, labels, most, 32)];
      const loss = (): number => {
        const at = forward.runs;
        forward.run(given, CLOCK, examples);
        return backend.numbers("ring 0")[at % 1024];
      };
      backward.run(given, CLOCK, examples);
      for (const [i, label] of names.entries()) {
        const begin = Number(/\[(\d+),/.exec(label)?.[1] ?? 0);
        const numbers = backend.numbers(label.replace(/\[.*/, ""));
        const gradient = await backward.floats(i);
        // Some of the numbers stand for all: a loss of oracles takes its time.
        for (let j = i % 5; j < gradient.length; j += gradient.length > 99 ? 5 : 1) {
          if (label === "x" && j % 32 >= examples) {
            assert.equal(gradient[j], 0, `padding (seed ${seed})`);
            continue;
          }
          const slope = centralDifference(numbers, begin + j, loss);
          // Truncation of 1e-10, where hinges bend 1e-5, and the rounding of the gradient that was read.
          assert.ok(
            Math.abs(gradient[j] - slope) < 1e-5 + 1e-5 * Math.abs(slope),
            `"${label}"[${j}]: ${gradient[j]}, by differences ${slope} (seed ${seed})`,
          );
        }
      }
    });
  }
}

Deno.test("labelLoss() under adamw takes the memory of one chunk, planned to the byte", async () => {
  const [inputs, labels, examples, most, chunk, each] = [64, 1025, 32, 3, 128, 5];
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  const layer = labelHead(inputs, labels, { pattern: fanIn(each, { full: true }) });
  const optimizer = adamw({ learningRate: 0.1 });
  const encoder = labelHead(inputs, inputs);
  const traced = device.trace(
    [matrix(inputs, examples), labelsSpec(most, examples)],
    (x, given) => {
      const { trace } = x;
      const weight = { ...encoder.weights[0], kind: "dense" as const, rows: inputs, inputs };
      const features = linear(x, weight, { bias: encoder.parameters[1] });
      assert.ok(trace.wantsGradient(features));
      return optimizer.update(labelLoss(features, layer(features).head, given, { chunk }));
    },
  );
  const { bytes, kernels } = device.plan([traced]);
  const chunks = Math.ceil(labels / chunk);
  assert.equal(kernels.label_losses, chunks);
  assert.equal(kernels.adamw, 2 * chunks + 2);
  const slots = labels * 8;
  const parameters = sumOf([4 * slots, 4 * labels, 4 * inputs * inputs, 4 * inputs]);
  assert.equal(bytes.parameters, parameters);
  assert.equal(bytes.moments, 2 * parameters);
  // Inputs of connections, and where the lists of a chunk lie.
  assert.equal(bytes.indices, sumOf([2 * slots, 8 * chunk]));
  // Of a chunk: those of values, which are larger than the encoder's, of biases, and of the encoder's.
  assert.ok(bytes.gradients <= sumOf([4 * inputs * inputs, 4 * chunk * 8, 4 * chunk, 4 * chunk]));
  // The logits of a chunk; features, their gradient, and what an encoder needs.
  const activations = sumOf([4 * chunk * examples, ...Array(3).fill(4 * inputs * examples)]);
  assert.ok(bytes.activations < activations + 2048, `${bytes.activations} of ${activations}`);
  using _program = await device.prepare(traced);
  assert.equal(device.allocatedBytes, bytes.total);
});

function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, bytes) => sum + deviceBytes(bytes), 0);
}

testOnDevices(
  "labelTop() of any chunk and order are the largest logits, the lowest label first",
  async (backend) => {
    const [inputs, labels, examples, top, seed] = [5, 300, 32, 7, 4];
    const source = new Source(seed);
    const device = new Device(backend, "test", 0, record);
    const layer = labelHead(inputs, labels);
    const [values, bias] = layer.parameters;
    const plain = Uint32Array.from({ length: labels }, (_, label) => label);
    const order = permutation(new Random({ seed, use: "order" }), labels);
    const numbers = new Resource({
      ...{ label: "numbers", type: "u32", length: labels, category: "inputs" },
      initial: () => order,
    });
    const ways = [{ chunk: 64 }, { chunk: 2048 }, { chunk: 64, numbers }, { chunk: 2048, numbers }];
    using program = await device.compile([matrix(inputs, examples)], (x) => [
      linear(x, { kind: "dense", rows: labels, inputs, values }, { bias }),
      ...ways.flatMap((options) => {
        const { scores, labels } = labelTop(x, layer(x).head, top, options);
        return [scores, labels];
      }),
    ]);
    // Small integers tie, and no rounding parts them.
    device.write(values, source.floats(values.length, "integers"));
    device.write(bias, source.floats(labels, "integers"));
    program.run([source.floats(inputs * examples, "integers")], CLOCK);
    const logits = await program.floats(0);
    for (const [way, { numbers }] of ways.entries()) {
      const [scores, found] = [
        await program.floats(2 * way + 1),
        await program.words(2 * way + 2),
      ];
      const labelOf = numbers === undefined ? plain : order;
      for (let c = 0; c < examples; c++) {
        const rows = Array.from(plain).sort((a, b) =>
          logits[b * 32 + c] - logits[a * 32 + c] || labelOf[a] - labelOf[b]
        );
        for (let i = 0; i < top; i++) {
          const what = `place ${i} of example ${c} (seed ${seed})`;
          assert.equal(found[i * 32 + c], labelOf[rows[i]], what);
          assert.equal(scores[i * 32 + c], logits[rows[i] * 32 + c], what);
        }
      }
    }
  },
);

Deno.test("labelHead() of many labels has several weights, and a loss over all of them", async () => {
  const [inputs, labels, examples, most, seed] = [6, 4200, 32, 2, 5];
  const source = new Source(seed);
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  const pattern = groupFanIn(2, 8, { full: true });
  const layer = labelHead(inputs, labels, { pattern, shard: 2048 });
  assert.deepEqual(
    layer.weights.map(({ label, shape: [rows] }) => [label, rows]),
    [["labelHead.weight", 2048], ["labelHead.weight.2", 2048], ["labelHead.weight.3", 104]],
  );
  const specs = [matrix(inputs, examples), labelsSpec(most, examples)];
  using program = await device.compile(specs, (x, given) => [
    labelLoss(x, layer(x).head, given, { chunk: 1024 }),
    ...layer(x).head.shards.map(({ weight, bias }) => linear(x, weight, { bias })),
  ]);
  const given = drawLabels(source, labels, most, 32);
  program.run([source.floats(inputs * 32), given], CLOCK);
  const [[loss]] = await program.scalars();
  let expected = 0;
  for (let shard = 0, first = 0; shard < 3; shard++) {
    const logits = await program.floats(shard);
    logits.forEach((z, at) => {
      const label = first + Math.floor(at / 32);
      const applies = given.some((each, i) => each === label && i % 32 === at % 32);
      expected += Math.max(0, 1 - (applies ? z : -z)) ** 2 / examples;
    });
    first += logits.length / 32;
  }
  assert.ok(Math.abs(loss / expected - 1) < 1e-5, `${loss} of ${expected} (seed ${seed})`);
});

Deno.test("labelLoss() and labelTop() refuse what does not fit", async () => {
  const device = new Device(new WatchedBackend(), "test", 0, record);
  const layer = labelHead(4, 100);
  const tracing = (x: InputSpec, labels: InputSpec, options: LabelLossOptions = {}) =>
    device.compile([x, labels], (x, given) => labelLoss(x, layer(x).head, given, options));
  await assert.rejects(tracing(matrix(5, 8), labelsSpec(2, 8)), {
    name: "TypeError",
    message: /of x \[5,8\] with a head of 4 features: expected x \[4, examples\]/,
  });
  await assert.rejects(tracing(matrix(4, 8), matrix(2, 8)), /with f32 labels \[2,8\]/);
  await assert.rejects(tracing(matrix(4, 8), labelsSpec(2, 8), { chunk: 100 }), {
    name: "RangeError",
    message: /in chunks of 100: expected a multiple of 64/,
  });
  await assert.rejects(
    tracing(matrix(4, 8), labelsSpec(2, 8), { loss: "softmax", over: "mean" }),
    { name: "RangeError", message: /by softmax over the mean of the labels/ },
  );
  // @ts-expect-error A program without types may say any.
  await assert.rejects(tracing(matrix(4, 8), labelsSpec(2, 8), { loss: "hinge" }), {
    name: "RangeError",
    message: /by "hinge": expected one of squared-hinge, bce, softmax/,
  });
  const loose = labelHead(4, 100, { pattern: fanIn(2) });
  await assert.rejects(
    device.compile([matrix(4, 8), labelsSpec(2, 8)], (x, y) => labelLoss(x, loose(x).head, y)),
    /expected a dense weight, or a compressed one whose lists are full/,
  );
  await assert.rejects(
    device.compile([matrix(4, 8)], (x) => Object.values(labelTop(x, layer(x).head, 101))),
    /Cannot take the largest 101 of 100 labels/,
  );
  const numbers = parameter("numbers", new Float32Array(100));
  await assert.rejects(
    device.compile(
      [matrix(4, 8)],
      (x) => Object.values(labelTop(x, layer(x).head, 5, { numbers })),
    ),
    { name: "TypeError", message: /labels of a head of 100 by 100 f32 numbers: expected u32/ },
  );
});

testOnDevices("labelLoss() checks labels on the host", async (backend) => {
  const device = new Device(backend, "test", 0, record);
  const layer = labelHead(4, 100);
  using program = await device.compile(
    [matrix(4, 8), labelsSpec(2, 8)],
    (x, given) => labelLoss(x, layer(x).head, given),
  );
  const given = new Uint32Array(64).fill(100);
  given[3] = 101;
  assert.throws(() => program.run([new Float32Array(4 * 32), given], CLOCK), {
    name: "RangeError",
    message: /is 101; expected labels, or none, below 101/,
  });
}, ({ name }) => name === "wasm");
