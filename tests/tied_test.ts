/**
 * A model whose embedding is its head's table too: training, evaluation and checkpoints know one parameter.
 *
 * @module
 */
import assert from "node:assert/strict";
import { arraySource } from "../src/data/array_source.ts";
import { embedding } from "../src/nn/embedding.ts";
import { makeModule, type Module } from "../src/nn/module.ts";
import { makeBias } from "../src/nn/parameters.ts";
import { createDevice } from "../src/ops/device.ts";
import type { DenseMatrix } from "../src/ops/matrix.ts";
import { vocabularyAccuracy, vocabularyCrossEntropy } from "../src/ops/vocabulary.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Device } from "../src/program/device.ts";
import type { Task } from "../src/tasks/task.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source } from "./arbitraries.ts";

const VOCABULARY = 20, FEATURES = 8, POSITIONS = 3, EXAMPLES = 64;

/** Texts that are to be read aloud. */
const TOKENS = new Source(3).integers(EXAMPLES * POSITIONS, VOCABULARY);
const SOURCE = arraySource({
  arrays: {
    tokens: { data: TOKENS, shape: [POSITIONS], below: VOCABULARY },
    words: { data: TOKENS, shape: [POSITIONS] },
  },
  examples: EXAMPLES,
});

/** A model of tied embeddings, and the task of its words. */
function tied(): { readonly model: Module; readonly task: Task<"tokens", "words"> } {
  const tokens = embedding(VOCABULARY, FEATURES, { name: "tokens", deviation: 0.5 });
  const bias = makeBias("bias", VOCABULARY);
  const model = makeModule((x, context) => tokens(x, context), {
    ...{ kind: "tied", children: { tokens }, own: { bias } },
  });
  const [{ values }] = tokens.weights;
  const table: DenseMatrix = { kind: "dense", rows: VOCABULARY, inputs: FEATURES, values };
  const head = { table, bias };
  const task: Task<"tokens", "words"> = {
    ...{ name: "read aloud", inputs: ["tokens"], targets: ["words"] },
    output: (forward, batch) => forward(batch.tokens),
    loss: (forward, batch) => vocabularyCrossEntropy(forward(batch.tokens), head, batch.words),
    metrics: { accuracy: (output, { words }) => vocabularyAccuracy(output, head, words) },
    answer: (values) => ({ values }),
  };
  return { model, task };
}

function trainerOn(device: Device, made: ReturnType<typeof tied>): Trainer {
  return new Trainer({ device, ...made, optimizer: adamw({ learningRate: 0.05 }), seed: 4 });
}

async function train(trainer: Trainer, epochs: number): Promise<void> {
  for await (const _ of trainer.fit(SOURCE, { epochs, batchSize: 32 }));
}

async function valuesOf(device: Device, { parameters }: Module): Promise<Float32Array[]> {
  return await Promise.all(parameters.map((parameter) => device.readFloats(parameter)));
}

Deno.test("Trainer trains, saves and restores a tied table as one parameter", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  const first = tied(), second = tied();
  using trainer = trainerOn(device, first);
  const { bytes, kernels } = trainer.plan({ inputs: SOURCE.inputs, batchSize: 32 });
  assert.ok(bytes.parameters < 4 * 2 * VOCABULARY * FEATURES);
  assert.equal(kernels.adamw, 2);
  await train(trainer, 60);
  const { loss, accuracy } = await trainer.evaluate(SOURCE);
  assert.ok(loss < 0.1 && accuracy > 0.99, `loss ${loss}, accuracy ${accuracy}`);
  await trainer.save(path);
  const bytesOf = await Deno.readFile(path);
  const length = Number(new DataView(bytesOf.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytesOf.subarray(8, 8 + length));
  // The table, and the moments of it and the bias.
  assert.equal(header.split('"shape":[20,8]').length - 1, 1, header);
  assert.equal(header.split(":moments.").length - 1, 4, header);
  using again = trainerOn(device, second);
  await again.restore(path);
  assert.deepEqual(await valuesOf(device, second.model), await valuesOf(device, first.model));
  await Deno.remove(path);
});
