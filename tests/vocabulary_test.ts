/**
 * The head of a vocabulary: its loss and accuracy on every device, its derivatives, its memory, and a table that is tied.
 *
 * @module
 */
import assert from "node:assert/strict";
import { add as addTensors } from "../src/ops/add.ts";
import { accuracy, crossEntropy } from "../src/ops/cross_entropy.ts";
import { embedding } from "../src/ops/embedding.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { linear } from "../src/ops/linear.ts";
import type { DenseMatrix } from "../src/ops/matrix.ts";
import { gelu } from "../src/ops/pointwise/mod.ts";
import { reshape } from "../src/ops/reshape.ts";
import {
  vocabularyAccuracy,
  vocabularyCrossEntropy,
  type VocabularyHead,
  type VocabularyLossOptions,
} from "../src/ops/vocabulary.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, matrix } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import type { InputSpec } from "../src/program/program.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { WatchedBackend } from "./reference_backend.ts";

const CLOCK = { step: 0, totalSteps: 1 };

/** A parameter that begins with drawn numbers. */
function drawnParameter(label: string, source: Source, length: number): Resource {
  const numbers = source.floats(length);
  return new Resource({
    ...{ label, type: "f32", length, category: "parameters", trainable: true },
    initial: () => numbers,
  });
}

function headOf(source: Source, vocabulary: number, features: number) {
  const values = drawnParameter("table", source, vocabulary * features);
  const table: DenseMatrix = { kind: "dense", rows: vocabulary, inputs: features, values };
  return { table, bias: drawnParameter("bias", source, vocabulary) };
}

function specOf(type: "f32" | "u32", ...shape: number[]): InputSpec {
  return { shape, type };
}

testOnDevices(
  "vocabularyCrossEntropy() and vocabularyAccuracy() are those of the logits",
  async (backend) => {
    const source = new Source(5);
    const [vocabulary, features, places, examples] = [131, 7, 3, 40];
    const { table } = headOf(source, vocabulary, features);
    // A few words that are often the likeliest.
    const numbers = source.floats(vocabulary).map((offset, word) => word < 3 ? 4 + offset : offset);
    const bias = new Resource({
      ...{ label: "bias", type: "f32", length: vocabulary, category: "parameters" },
      initial: () => numbers,
    });
    const head = { table, bias };
    const device = new Device(backend, "test", 0, record);
    const specs = [specOf("f32", features, places, examples), specOf("u32", places, examples)];
    for (const smoothing of [0, 0.1]) {
      using program = await device.compile(specs, (x, words) => {
        const logits = linear(x, head.table, { bias: head.bias });
        const target = reshape(words, [1, places]);
        return [
          crossEntropy(logits, target, { smoothing }),
          accuracy(logits, target),
          ...[32, 64, 1000].map((chunk) =>
            vocabularyCrossEntropy(x, head, words, { smoothing, chunk })
          ),
          vocabularyAccuracy(x, head, words, { chunk: 32 }),
        ];
      });
      const x = source.floats(features * places * 64);
      const words = source.integers(places * 64, 4);
      program.run([x, words], CLOCK, 37);
      const [[loss], [right], ...measured] = await program.scalars();
      const [share] = measured.pop() ?? [];
      assert.ok(right > 0 && Math.abs(share - right) < 1e-6, `${share} of ${right}`);
      // Sums of 111 losses below 20, in float32.
      for (const [each] of measured) assert.ok(Math.abs(each - loss) < 1e-5, `${each} of ${loss}`);
    }
  },
);

testOnDevices(
  "vocabularyCrossEntropy() counts what weights say, nothing where all are 0",
  async (backend) => {
    const source = new Source(6);
    const [vocabulary, features, examples] = [10, 4, 5];
    const head = headOf(source, vocabulary, features);
    const device = new Device(backend, "test", 0, record);
    const specs = [
      specOf("f32", features, 2, examples),
      specOf("u32", 2, examples),
      specOf("f32", 2, examples),
    ];
    using program = await device.compile(specs, (x, words, weights) => [
      vocabularyCrossEntropy(x, head, words, { weights }),
      vocabularyAccuracy(x, head, words, { weights }),
    ]);
    using single = await device.compile([matrix(features, 1), specOf("u32", 1, 1)], (x, words) => [
      vocabularyCrossEntropy(x, head, words),
    ]);
    const x = source.floats(features * 64), words = source.integers(64, vocabulary);
    const weights = new Float32Array(64);
    [weights[1], weights[34]] = [3, 1];
    // Behind the examples: padding.
    weights[10] = 7;
    const run = async (): Promise<number[]> => {
      program.run([x, words, weights], CLOCK, examples);
      return (await program.scalars()).map(([value]) => value);
    };
    const [loss] = await run();
    let expected = 0;
    for (const [at, weight] of [[1, 3], [34, 1]]) {
      const one = new Float32Array(features * 32);
      for (let f = 0; f < features; f++) one[32 * f] = x[64 * f + at];
      single.run([one, new Uint32Array(32).fill(words[at])], CLOCK);
      expected += weight / 4 * (await single.scalars())[0][0];
    }
    assert.ok(Math.abs(loss - expected) < 1e-5, `${loss} of ${expected}`);
    weights.fill(0);
    assert.deepEqual(await run(), [0, 0]);
  },
);

/** How the loss is used, and how that is called. */
const USES: Readonly<Record<string, { options: VocabularyLossOptions; of(loss: Tensor): Tensor }>> =
  {
    "of several chunks": { options: { chunk: 32 }, of: (loss) => loss },
    "with smoothing": { options: { smoothing: 0.2 }, of: (loss) => loss },
    "inside of another function": { options: { chunk: 32 }, of: (loss) => gelu(loss) },
    "beside itself": { options: {}, of: (loss) => addTensors(loss, gelu(loss)) },
  };

for (const [name, { options, of }] of Object.entries(USES)) {
  Deno.test(`vocabularyCrossEntropy() ${name} agrees with central differences`, async () => {
    const [vocabulary, features, places, examples, seed] = [5, 3, 2, 4, 12];
    const source = new Source(seed);
    const head = headOf(source, vocabulary, features);
    const x = drawnParameter("x", source, features * places * 32);
    const backend = new WatchedBackend();
    const device = new Device(backend, "test", 0, record);
    const parameters = [x, head.table.values, head.bias];
    const lossOf = (words: Tensor, weights: Tensor): Tensor => {
      const hidden = words.trace.resource(x, [features, places, 32]);
      return of(vocabularyCrossEntropy(hidden, head, words, { ...options, weights }));
    };
    const specs = [specOf("u32", places, 32), specOf("f32", places, 32)];
    const forward = await device.compile(specs, lossOf);
    const backward = await device.compile(specs, (words, weights) => {
      const gradients = differentiate(lossOf(words, weights), add);
      return parameters.map((parameter) => {
        const gradient = gradients.get(words.trace.resource(parameter));
        assert.ok(gradient !== undefined, `"${parameter.label}" has no gradient`);
        return gradient;
      });
    });
    const given = [
      source.integers(places * 32, vocabulary),
      source.floats(places * 32).map(Math.abs),
    ];
    const loss = (): number => {
      const at = forward.runs;
      forward.run(given, CLOCK, examples);
      return backend.numbers("ring 0")[at % 1024];
    };
    backward.run(given, CLOCK, examples);
    for (const [i, { label, length }] of parameters.entries()) {
      const values = backend.numbers(label);
      const gradient = await backward.floats(i);
      for (let j = 0; j < length; j++) {
        const before = values[j];
        values[j] = before + 1e-5;
        const up = loss();
        values[j] = before - 1e-5;
        const slope = (up - loss()) / 2e-5;
        values[j] = before;
        // Truncation of 1e-10, and the rounding of the gradient that was read.
        assert.ok(
          Math.abs(gradient[j] - slope) < 1e-7 + 1e-5 * Math.abs(slope),
          `"${label}"[${j}]: ${gradient[j]}, by differences ${slope} (seed ${seed})`,
        );
      }
    }
  });
}

Deno.test("vocabularyCrossEntropy() keeps the logits of one chunk, and computes no product twice", () => {
  const device = new Device(new WatchedBackend(), "test", 0, record);
  const [vocabulary, features, places, examples] = [30_522, 64, 160, 32];
  const head = headOf(new Source(1), vocabulary, features);
  const planOf = (chunk: number) => {
    const traced = device.trace(
      [specOf("u32", places, examples), specOf("u32", places, examples)],
      (tokens, words) => {
        const x = embedding(tokens, head.table);
        return [
          sgd({ learningRate: 1 }).update(vocabularyCrossEntropy(x, head, words, { chunk })),
          vocabularyAccuracy(x, head, words),
        ];
      },
    );
    return device.plan([traced]);
  };
  const [narrow, wide] = [planOf(256), planOf(places * examples)];
  const columns = places * examples;
  // The logits and the softmax of their parts; hidden states, their gradient, and copies of the chunks of both.
  const most = 4 * (1.1 * vocabulary * 256 + 4.5 * features * columns);
  assert.ok(narrow.bytes.activations < most, `${narrow.bytes.activations} of ${most}`);
  assert.ok(wide.bytes.activations > 4 * vocabulary * columns);
  assert.equal(narrow.kernels.vocabulary_losses, 20);
  assert.equal(narrow.kernels.gemm + narrow.kernels.gemm_add, 3 * 20);
  assert.equal(narrow.flops, wide.flops);
});

Deno.test("vocabularyAccuracy() beside nothing that is differentiated computes no gradient", () => {
  const device = new Device(new WatchedBackend(), "test", 0, record);
  const head = headOf(new Source(1), 100, 8);
  const traced = device.trace([specOf("f32", 8, 3, 32), specOf("u32", 3, 32)], (x, words) => [
    vocabularyCrossEntropy(x, head, words),
    vocabularyAccuracy(x, head, words),
  ]);
  const { kernels } = device.plan([traced]);
  assert.equal(kernels.gemm, 1);
  assert.equal(kernels.vocabulary_gradient, undefined);
});

testOnDevices(
  "a table of an embedding and a vocabulary's head is one parameter",
  async (backend) => {
    const [vocabulary, features, places, rate, seed] = [9, 4, 3, 0.5, 8];
    const source = new Source(seed);
    const head = headOf(source, vocabulary, features);
    const device = new Device(backend, "test", 0, record);
    const numbers = async (resource: Resource): Promise<number[]> => {
      const data = await resource.initial({ seed: 0, stream: 0 });
      assert(data instanceof Float32Array);
      return [...data];
    };
    const expected = { table: await numbers(head.table.values), bias: await numbers(head.bias) };
    const specs = [specOf("u32", places, 32), specOf("u32", places, 32)];
    const optimizer = sgd({ learningRate: rate });
    const traced = device.trace(specs, (tokens, words) => stepOf(optimizer, tokens, words, head));
    // One update of the table, and one of the bias.
    assert.equal(device.plan([traced]).kernels.sgd, 2);
    // One gradient of the table, which the embedding's is added to, and no second one.
    assert.equal(device.plan([traced]).kernels.embedding_gradient_add, 1);
    assert.equal(device.plan([traced]).kernels.add, undefined);
    assert.equal(device.plan([traced]).bytes.parameters, 4 * vocabulary * features + 4 * 12);
    using program = await device.compile(
      specs,
      (tokens, words) => stepOf(optimizer, tokens, words, head),
    );
    for (let step = 0; step < 4; step++) {
      const tokens = source.integers(places * 32, vocabulary);
      const words = source.integers(places * 32, vocabulary);
      program.run([tokens, words], { step, totalSteps: 4 });
      descend(expected, { tokens, words, vocabulary, features, rate });
    }
    for (const [name, resource] of Object.entries({ table: head.table.values, bias: head.bias })) {
      const got = await device.readFloats(resource);
      expected[name as "table" | "bias"].forEach((value, i) => {
        // Four steps of float32 from numbers below 4.
        assert.ok(Math.abs(got[i] - value) < 2e-5, `${name}[${i}]: ${got[i]}, expected ${value}`);
      });
    }
  },
);

function stepOf(
  optimizer: ReturnType<typeof sgd>,
  tokens: Tensor,
  words: Tensor,
  head: VocabularyHead,
): Tensor {
  return optimizer.update(vocabularyCrossEntropy(embedding(tokens, head.table), head, words));
}

/** A step of SGD in float64: hidden states are rows of the table, which the logits are made of too. */
function descend(
  { table, bias }: { readonly table: number[]; readonly bias: number[] },
  { tokens, words, vocabulary, features, rate }: {
    readonly tokens: Uint32Array;
    readonly words: Uint32Array;
    readonly vocabulary: number;
    readonly features: number;
    readonly rate: number;
  },
): void {
  const slope = { table: table.map(() => 0), bias: bias.map(() => 0) };
  for (const [c, token] of tokens.entries()) {
    const hidden = table.slice(token * features, (token + 1) * features);
    const logits = bias.map((offset, word) => {
      return hidden.reduce((sum, value, f) => sum + value * table[word * features + f], offset);
    });
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (let word = 0; word < vocabulary; word++) {
      const chance = Math.exp(logits[word]) / total;
      const by = (chance - (word === words[c] ? 1 : 0)) / tokens.length;
      slope.bias[word] += by;
      for (let f = 0; f < features; f++) {
        slope.table[word * features + f] += by * hidden[f];
        slope.table[token * features + f] += by * table[word * features + f];
      }
    }
  }
  slope.table.forEach((by, i) => table[i] -= rate * by);
  slope.bias.forEach((by, i) => bias[i] -= rate * by);
}

testOnDevices(
  "vocabularyCrossEntropy() refuses a word that is none, by its example and position",
  async (backend) => {
    const device = new Device(backend, "test", 0, record);
    const head = headOf(new Source(1), 10, 4);
    using program = await device.compile(
      [specOf("f32", 4, 3, 5), specOf("u32", 3, 5)],
      (x, words) => vocabularyCrossEntropy(x, head, words),
    );
    const words = new Uint32Array(3 * 32);
    words[2 * 32 + 4] = 10;
    assert.throws(() => program.run([new Float32Array(12 * 32), words], CLOCK), {
      name: "RangeError",
      message: /row 2 of example 4 of input 1 is 10; expected words of the vocabulary below 10/,
    });
  },
  ({ name }) => name === "wasm",
);

Deno.test("vocabularyCrossEntropy() refuses what does not fit", async () => {
  const device = new Device(new WatchedBackend(), "test", 0, record);
  const head = headOf(new Source(1), 10, 4);
  const tracing = (
    spec: InputSpec,
    words: InputSpec,
    options: VocabularyLossOptions,
    other: VocabularyHead = head,
  ) => device.compile([spec, words], (x, w) => vocabularyCrossEntropy(x, other, w, options));
  const hidden = specOf("f32", 4, 3, 5), words = specOf("u32", 3, 5);
  await assert.rejects(tracing(specOf("f32", 5, 3, 5), words, {}), {
    name: "TypeError",
    message:
      /of x \[5,3,5\] with a table \[10, 4\], a bias of 10, u32 words \[3,5\]: expected x \[4, /,
  });
  await assert.rejects(tracing(hidden, specOf("f32", 3, 5), {}), /f32 words \[3,5\]/);
  await assert.rejects(tracing(hidden, specOf("u32", 2, 5), {}), /u32 words \[2,5\]/);
  const short = drawnParameter("short", new Source(1), 9);
  await assert.rejects(tracing(hidden, words, {}, { ...head, bias: short }), /a bias of 9,/);
  await assert.rejects(tracing(hidden, words, { chunk: 31 }), {
    name: "RangeError",
    message: /in chunks of 31 columns: expected a whole number from 32 on/,
  });
  await assert.rejects(tracing(hidden, words, { smoothing: 1 }), { name: "RangeError" });
});
