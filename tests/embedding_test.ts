/**
 * Embeddings and bags of them: what they give on every device, their derivative, and what they refuse.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  embedding as embeddingLayer,
  embeddingBag as embeddingBagLayer,
  flatten,
  linear,
  type Module,
  sequential,
} from "../src/nn/mod.ts";
import { embedding, embeddingBag, type EmbeddingBagOptions } from "../src/ops/embedding.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import type { DenseMatrix } from "../src/ops/matrix.ts";
import { reshape } from "../src/ops/reshape.ts";
import { mse } from "../src/ops/target_losses.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, matrix } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import type { InputSpec } from "../src/program/program.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { loadModel } from "../src/train/load.ts";
import { Trainer } from "../src/train/trainer.ts";
import { centralDifference } from "./central_difference.ts";
import { seeds, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { WatchedBackend } from "./reference_backend.ts";

const CLOCK = { step: 0, totalSteps: 1 };

/** A table of drawn numbers. */
function tableOf(source: Source, vocabulary: number, features: number): DenseMatrix {
  const numbers = source.floats(vocabulary * features);
  const values = new Resource({
    ...{ label: "table", type: "f32", length: numbers.length, category: "parameters" },
    trainable: true,
    initial: () => numbers,
  });
  return { kind: "dense", rows: vocabulary, inputs: features, values };
}

function tokensOf(...shape: number[]): InputSpec {
  return { shape, type: "u32" };
}

/** `[rows, 32]`, of which the first `examples` columns are drawn. */
function drawn<T extends Float32Array | Uint32Array>(
  array: T,
  examples: number,
  next: () => number,
): T {
  for (let i = 0; i < array.length; i++) array[i] = i % 32 < examples ? next() : 0;
  return array;
}

testOnDevices("embedding() gives the row of each token, bit for bit", async (backend) => {
  await fc.assert(fc.asyncProperty(seeds(), async (seed) => {
    const source = new Source(seed);
    const [vocabulary, features, positions] = [20, 33, 7].map((most) => 1 + source.below(most));
    const examples = 1 + source.below(32);
    const table = tableOf(source, vocabulary, features);
    const numbers = await table.values.initial({ seed: 0, stream: 0 });
    assert(numbers !== undefined);
    const device = new Device(backend, "test", 0, record);
    using program = await device.compile(
      [tokensOf(positions, examples)],
      (tokens) => embedding(tokens, table),
    );
    const tokens = drawn(
      new Uint32Array(positions * 32),
      examples,
      () => source.below(vocabulary),
    );
    program.run([tokens], CLOCK);
    const rows = await program.floats(0);
    rows.forEach((value, i) => {
      const feature = Math.floor(i / tokens.length);
      const token = tokens[i % tokens.length];
      assert.equal(value, numbers[token * features + feature], `element ${i} of seed ${seed}`);
    });
  }));
});

const BAGS: readonly [EmbeddingBagOptions, weighted: boolean][] = [
  [{}, false],
  [{ reduce: "sum" }, false],
  [{ reduce: "sum" }, true],
  [{ padding: 0 }, false],
  [{ padding: 0 }, true],
  [{ padding: 2, reduce: "sum" }, false],
];

testOnDevices("embeddingBag() adds or averages the rows of an example", async (backend) => {
  const source = new Source(3);
  const [vocabulary, features, positions, examples] = [9, 21, 6, 20];
  const table = tableOf(source, vocabulary, features);
  const numbers = await table.values.initial({ seed: 0, stream: 0 });
  assert(numbers !== undefined);
  const device = new Device(backend, "test", 0, record);
  for (const [options, weighted] of BAGS) {
    using program = await device.compile(
      [tokensOf(positions, examples), matrix(positions, examples)],
      (tokens, weights) => [
        embeddingBag(tokens, table, { ...options, ...(weighted ? { weights } : {}) }),
      ],
    );
    const tokens = drawn(new Uint32Array(positions * 32), examples, () => source.below(4));
    const weights = drawn(new Float32Array(positions * 32), examples, () => source.below(3) / 2);
    program.run([tokens, weights], CLOCK);
    const bags = await program.floats(0);
    for (let column = 0; column < examples; column++) {
      let total = 0;
      const sums = new Array<number>(features).fill(0);
      for (let at = column; at < tokens.length; at += 32) {
        const weight = tokens[at] === options.padding ? 0 : weighted ? weights[at] : 1;
        total += weight;
        sums.forEach((_, f) => sums[f] += weight * numbers[tokens[at] * features + f]);
      }
      const divisor = options.reduce === "sum" ? 1 : total;
      sums.forEach((sum, f) => {
        const expected = divisor === 0 ? 0 : sum / divisor;
        const error = Math.abs(bags[f * 32 + column] - expected);
        // A few roundings of numbers below 20.
        assert(error < 1e-5, `${JSON.stringify(options)}: off by ${error} in column ${column}`);
      });
    }
  }
});

/** Values of features, one of them 0, in a batch of four positions and five examples. */
const FEATURE_VALUES = new Resource({
  ...{ label: "features", type: "f32", length: 4 * 32, category: "parameters" },
  initial: () => Float32Array.from({ length: 4 * 32 }, (_, i) => i % 7 / 4 - 0.5),
});

const DIFFERENTIATED: Readonly<Record<string, (tokens: Tensor, table: DenseMatrix) => Tensor>> = {
  "embedding()": (tokens, table) => embedding(tokens, table),
  "embedding() with padding": (tokens, table) => embedding(tokens, table, { padding: 1 }),
  "embeddingBag()": (tokens, table) => embeddingBag(tokens, table),
  "embeddingBag() of sums": (tokens, table) => embeddingBag(tokens, table, { reduce: "sum" }),
  "embeddingBag() with padding": (tokens, table) => embeddingBag(tokens, table, { padding: 0 }),
  "embeddingBag() of sparse features": (tokens, table) =>
    embeddingBag(tokens, table, {
      ...{ padding: 0, reduce: "sum" },
      weights: tokens.trace.resource(FEATURE_VALUES, tokens.shape),
    }),
};

for (const [name, look] of Object.entries(DIFFERENTIATED)) {
  Deno.test(`${name} agrees with central differences`, async () => {
    const [vocabulary, features, positions, examples, seed] = [6, 3, 4, 5, 11];
    const source = new Source(seed);
    const table = tableOf(source, vocabulary, features);
    const backend = new WatchedBackend();
    const device = new Device(backend, "test", 0, record);
    const bag = name.startsWith("embeddingBag");
    const rows = bag ? features : features * positions;
    const specs = [tokensOf(positions, examples), matrix(rows, examples)];
    const loss = (tokens: Tensor, targets: Tensor): Tensor => {
      return mse(reshape(look(tokens, table), [rows]), targets);
    };
    const forward = await device.compile(specs, loss);
    const backward = await device.compile(specs, (tokens, targets) => {
      const gradients = [...differentiate(loss(tokens, targets), add)];
      return gradients.filter(([t]) => t.storage.kind === "resource").map(([, g]) => g);
    });
    const tokens = drawn(new Uint32Array(positions * 32), examples, () => source.below(vocabulary));
    const targets = drawn(new Float32Array(rows * 32), examples, () => source.normal());
    const ring = (): Float64Array => backend.numbers("ring 0");
    const lossNow = (): number => {
      const at = forward.runs;
      forward.run([tokens, targets], CLOCK, examples);
      return ring()[at];
    };
    backward.run([tokens, targets], CLOCK, examples);
    const gradient = await backward.floats(0);
    const values = backend.numbers("table");
    for (let i = 0; i < vocabulary * features; i++) {
      const slope = centralDifference(values, i, lossNow, 1e-3);
      // A square has no third derivative: what is left is the rounding of the gradient that was read.
      assert(
        Math.abs(gradient[i] - slope) < 1e-6,
        `[${i}]: ${gradient[i]}, by differences ${slope}`,
      );
    }
  });
}

testOnDevices(
  "embedding() refuses a token that is no row, by its example and position",
  async (backend) => {
    const device = new Device(backend, "test", 0, record);
    const table = tableOf(new Source(1), 10, 4);
    using program = await device.compile([tokensOf(3, 5)], (tokens) => embedding(tokens, table));
    const tokens = new Uint32Array(3 * 32);
    tokens[2 * 32 + 4] = 10;
    assert.throws(() => program.run([tokens], CLOCK), {
      name: "RangeError",
      message: /row 2 of example 4 of input 0 is 10; expected tokens of the vocabulary below 10/,
    });
  },
);

testOnDevices(
  "nn.embeddingBag() takes tokens with weights, as the operation does",
  async (backend) => {
    const device = new Device(backend, "test", 5, record);
    const layer = embeddingBagLayer(9, 5, { padding: 0, reduce: "sum" });
    using program = await device.compile([tokensOf(3, 4), matrix(3, 4)], (tokens, weights) => {
      const plain = layer(tokens);
      return [layer({ tokens, weights }), plain];
    });
    const source = new Source(8);
    const tokens = drawn(new Uint32Array(3 * 32), 4, () => 1 + source.below(8));
    program.run([tokens, new Float32Array(3 * 32).fill(2)], CLOCK);
    const [weighted, plain] = [await program.floats(0), await program.floats(1)];
    assert.ok(plain.some((value) => value !== 0));
    // Twice as much rounds alike.
    assert.deepEqual(weighted, plain.map((value) => 2 * value));
  },
);

testOnDevices("nn.embeddingBag() comes out of a checkpoint as it went in", async (backend) => {
  const device = new Device(backend, "test", 5, record);
  const model = sequential(
    embeddingLayer(12, 4, { padding: 3, name: "table" }),
    flatten(),
    linear(4 * 2, 3),
  );
  const bag = sequential(embeddingBagLayer(12, 4, { reduce: "sum" }), linear(4, 3));
  for (const made of [model, bag]) {
    const path = await Deno.makeTempFile({ suffix: ".safetensors" });
    const optimizer = sgd({ learningRate: 1 });
    const tokens = drawn(new Uint32Array(2 * 32), 5, () => 3 + new Source(1).below(9));
    const outputs = async (of: Module): Promise<Float32Array> => {
      using program = await device.compile([tokensOf(2, 5)], (x) => of(x));
      program.run([tokens], CLOCK);
      return await program.floats(0);
    };
    const before = await outputs(made);
    {
      using trainer = new Trainer({ device, model: made, optimizer });
      await trainer.save(path);
    }
    const { model: loaded } = await loadModel(path, device);
    assert.deepEqual(await outputs(loaded), before);
    assert.deepEqual(loaded.weights.map(({ label }) => label), made.weights.map((w) => w.label));
    await Deno.remove(path);
  }
});

Deno.test("nn.embedding() begins with the deviation that it is asked for, and zeros for padding", async () => {
  const layer = embeddingLayer(1000, 64, { padding: 2, deviation: 0.5 });
  const values = await layer.parameters[0].initial({ seed: 3, stream: 0 });
  assert(values instanceof Float32Array);
  assert(values.subarray(128, 192).every((value) => value === 0));
  const squares = values.reduce((sum, value) => sum + value ** 2, 0);
  // Of 63,936 numbers; six deviations of their mean square.
  assert(Math.abs(squares / (999 * 64) / 0.25 - 1) < 6 * Math.sqrt(2 / (999 * 64)));
});

Deno.test("nn.embedding() refuses a padding that is no token, and a deviation below 0", () => {
  assert.throws(() => embeddingLayer(10, 4, { padding: 10 }), {
    name: "RangeError",
    message: 'Cannot make embedding "embedding": the padding is 10; expected a token below 10',
  });
  assert.throws(() => embeddingBagLayer(10, 4, { deviation: -1, name: "words" }), {
    name: "RangeError",
    message: 'Cannot make embedding "words": the deviation is -1; expected a number of 0 or more',
  });
  assert.throws(() => embeddingLayer(0, 4), /vocabulary is 0; expected a whole number above 0/);
});

Deno.test("embedding() refuses what is no tensor of tokens", async () => {
  const device = new Device(new WatchedBackend(), "test", 0, record);
  const table = tableOf(new Source(1), 10, 4);
  const tracing = (spec: InputSpec, look: (x: Tensor) => Tensor) =>
    device.compile([spec], (x) => look(x));
  await assert.rejects(tracing(matrix(3, 5), (x) => embedding(x, table)), {
    name: "TypeError",
    message:
      "Cannot compute embedding of f32 tokens [3,5]: expected u32 tokens [positions, examples]",
  });
  await assert.rejects(tracing(tokensOf(3, 5), (x) => embedding(x, table, { padding: 10 })), {
    name: "RangeError",
    message: "Cannot compute embedding: the padding is 10; expected a token below 10",
  });
  await assert.rejects(tracing(tokensOf(3, 5), (x) => embeddingBag(x, table, { weights: x })), {
    name: "TypeError",
    message: /embeddingBag of tokens \[3,5\] with u32 weights \[3,5\]: expected .* f32 weights/,
  });
  await assert.rejects(tracing(tokensOf(3, 2, 5), (x) => embeddingBag(x, table)), {
    name: "TypeError",
    message: /embeddingBag of tokens \[3,2,5\]: expected tokens \[positions, examples\]/,
  });
});

testOnDevices(
  "nn.embeddingBag() leaves a frozen table as it is, and what is behind it learns",
  async (backend) => {
    for (const frozen of [true, false]) {
      const device = new Device(backend, "test", 0, record);
      const words = embeddingBagLayer(6, 4, { padding: 0, deviation: 1, frozen });
      const model = sequential(words, linear(4, 1));
      const optimizer = sgd({ learningRate: 0.1 });
      using program = await device.compile(
        [tokensOf(3, 2), matrix(1, 2)],
        (tokens, targets) => optimizer.update(mse(model(tokens), targets)),
      );
      const [table, weight] = model.parameters;
      const [before, behind] = [await device.readFloats(table), await device.readFloats(weight)];
      const tokens = drawn(new Uint32Array(3 * 32), 2, () => 4);
      program.run([tokens, drawn(new Float32Array(32), 2, () => 1)], CLOCK);
      const after = await device.readFloats(table);
      if (frozen) assert.deepEqual(after, before);
      else assert.notDeepEqual(after, before);
      assert.notDeepEqual(await device.readFloats(weight), behind);
    }
  },
);
