/**
 * BERT as what a model of very many labels reads texts by: what a text is whatever stands behind it, gradients, and checkpoints.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LabelRows, TokenRows } from "../src/data/labels/rows.ts";
import { rankingSource } from "../src/data/labels/source.ts";
import { BERT_POOLINGS, bertEncoder } from "../src/models/bert_encoder.ts";
import { extremeClassifier, extremeClassifierLayer } from "../src/models/extreme_classifier.ts";
import { childOf } from "../src/nn/definition.ts";
import { transformerEncoderLayer } from "../src/nn/layers.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { bertEmbeddingsLayer } from "../src/models/bert_parts.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Device } from "../src/program/device.ts";
import { block, fanIn } from "../src/sparse/patterns/mod.ts";
import { sparseLabelRanking } from "../src/tasks/label_ranking.ts";
import { loadModel } from "../src/train/load.ts";
import { rankLabels } from "../src/train/rank.ts";
import { Trainer } from "../src/train/trainer.ts";
import { checkTaskGradients } from "./task_gradients.ts";
import { Source } from "./arbitraries.ts";

const VOCABULARY = 12, LABELS = 40, WIDTH = 8, POSITIONS = 5;

/** A small encoder. */
function encoderOf(options: Partial<Parameters<typeof bertEncoder>[0]> = {}) {
  const size = { layers: 1, features: WIDTH, heads: 2 };
  return bertEncoder({ size, vocabulary: VOCABULARY, positions: POSITIONS, ...options });
}

/** A small classifier behind one, whose feed-forward parts are sparse. */
function classifierOf({ dropout = 0, clusters = 0 } = {}) {
  return extremeClassifier({
    ...{ features: VOCABULARY, labels: LABELS, width: WIDTH, dropout },
    ...{ intermediate: 12, intermediateActivation: "relu" as const },
    ...(clusters === 0 ? {} : { clusters }),
    encoder: encoderOf({
      ...{ sparsity: 0.5, sparseLayers: [{ layers: "ff" }] },
      pattern: (density) => block(4, { density }),
    }),
    pattern: fanIn(4, { full: true }),
  });
}

/** Drawn texts of one token to five, and labels of which one is the first token. */
function texts(rows = 24) {
  const source = new Source(4);
  const lengths = Array.from({ length: rows }, () => 1 + source.below(POSITIONS));
  const offsets = Uint32Array.from(
    { length: rows + 1 },
    (_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0),
  );
  const tokens = Uint32Array.from({ length: offsets[rows] }, () => source.below(VOCABULARY));
  const sequences: TokenRows = { rows, columns: VOCABULARY, offsets, tokens };
  const labels: LabelRows = {
    ...{ rows, columns: LABELS, offsets: Uint32Array.from({ length: rows + 1 }, (_, i) => i) },
    labels: Uint32Array.from({ length: rows }, (_, i) => tokens[offsets[i]]),
  };
  const features = {
    ...{ rows, columns: VOCABULARY, offsets: labels.offsets, indices: labels.labels },
    values: new Float32Array(rows).fill(1),
  };
  return { sequences, labels, features, source: rankingSource({ sequences, labels, features }) };
}

Deno.test("rankingSource() gives tokens in their order, whose weights are a mean", async () => {
  const { sequences, labels, features, source } = texts();
  const [{ arrays: { tokens, weights } }] = source.epoch(0, {
    ...{ batchSize: 24, seed: 0, shuffle: false },
  });
  for (let row = 0; row < sequences.rows; row++) {
    const own = sequences.tokens.subarray(sequences.offsets[row], sequences.offsets[row + 1]);
    const at = (array: Float32Array | Uint32Array) =>
      Array.from({ length: POSITIONS }, (_, position) => array[32 * position + row]);
    const rest = new Array(POSITIONS - own.length).fill(0);
    assert.deepEqual(at(tokens), [...own, ...rest]);
    const each = Math.fround(1 / own.length);
    assert.deepEqual(at(weights), [...new Array(own.length).fill(each), ...rest]);
  }
  assert.equal(source.preparation.inputs, POSITIONS);
  const { train, test } = source.split({ share: 0.25 });
  assert.deepEqual([train.examples, test.examples, test.together], [18, 6, 32]);
  const other = { ...sequences, tokens: sequences.tokens.toReversed() };
  assert.notEqual(
    await source.fingerprint(),
    await rankingSource({ sequences: other, labels, features }).fingerprint(),
  );
  assert.throws(() => rankingSource({ sequences, labels, features, positions: 2 }), {
    name: "RangeError",
    message: /a sequence has 5 tokens, and positions are 2; expected no more/,
  });
  const fewer = { ...sequences, rows: 3 };
  assert.throws(() => rankingSource({ sequences: fewer, labels, features }), {
    name: "RangeError",
    message: /24 rows of features and 24 of labels, and 3 of tokens; expected as many/,
  });
});

Deno.test("bertEncoder() gives of a text the mean of its positions, or the first, whatever stands behind", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 2 });
  const { sequences, source } = texts();
  const [{ arrays: { tokens, weights } }] = source.epoch(0, {
    ...{ batchSize: 24, seed: 0, shuffle: false },
  });
  for (const pooling of BERT_POOLINGS) {
    const encoder = encoderOf({ pooling });
    const embeddings = childOf(encoder.children, "embeddings", bertEmbeddingsLayer);
    const layers = childOf(encoder.children, "encoder", transformerEncoderLayer);
    const specs = [
      { shape: [POSITIONS, 32], type: "u32" },
      { shape: [POSITIONS, 32], type: "f32" },
    ] as const;
    using padded = await device.compile(specs, (tokens, weights) => encoder({ tokens, weights }));
    padded.run([tokens, weights], { step: 0, totalSteps: 0 }, 24);
    const found = await padded.floats(0);
    for (let length = 1; length <= POSITIONS; length++) {
      // Texts of one length alone: nothing is masked, and what becomes of the positions is computed here.
      using plain = await device.compile(
        [{ shape: [length, 32], type: "u32" }],
        (tokens) => [layers(embeddings(tokens)), encoder(tokens)],
      );
      plain.run([tokens.slice(0, 32 * length)], { step: 0, totalSteps: 0 }, 24);
      const [hidden, pooled] = [await plain.floats(0), await plain.floats(1)];
      for (let row = 0; row < sequences.rows; row++) {
        if (sequences.offsets[row + 1] - sequences.offsets[row] !== length) continue;
        for (let feature = 0; feature < WIDTH; feature++) {
          const at = Array.from(
            { length },
            (_, position) => hidden[32 * (feature * length + position) + row],
          );
          const mean = at.reduce((sum, value) => sum + value, 0) / length;
          const expected = pooling === "mean" ? mean : at[0];
          for (const [what, value] of Object.entries({ found, pooled })) {
            // Numbers of a norm, around 1: a few roundings of float32.
            const off = Math.abs(value[32 * feature + row] - expected);
            assert.ok(off < 2e-6, `${pooling}, ${what}: text ${row} of ${length} is ${off} off`);
          }
        }
      }
    }
  }
});

Deno.test("the gradients behind a bertEncoder() are central differences, in float64", async () => {
  const model = classifierOf();
  const chosen = model.parameters.filter(({ label }) => !label.includes("head"));
  await checkTaskGradients({ model, task: sparseLabelRanking(), source: texts().source, chosen });
});

Deno.test("extremeClassifier() learns labels of texts behind a bertEncoder(), and is loaded as what it is", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
  using other = await createDevice({ prefer: "wasm", threads: 1, seed: 9 });
  const { source, labels } = texts(96);
  const model = classifierOf({ dropout: 0.1 });
  const sparse = model.weights.flatMap((weight) => weight.sparse === undefined ? [] : weight.label);
  assert.equal(sparse.filter((label) => /layer0\.(intermediate|output)/.test(label)).length, 2);
  const ways = [...treeOfModel(model).parameters.values()];
  assert.ok(ways.includes("bert.encoder.layer0.attention.query.weight"), `${ways}`);
  assert.ok(!ways.some((way) => way.includes("segments")), `${ways}`);
  using trainer = new Trainer({
    ...{ device, model, task: sparseLabelRanking(), seed: 1 },
    optimizer: adamw({ learningRate: 1e-2 }),
  });
  for await (const _ of trainer.fit(source, { epochs: 20, batchSize: 16 }));
  const firsts = async (on: Device, ranker: typeof model) => {
    const found: number[] = [];
    for await (const { labels } of rankLabels(on, ranker, source, { top: 1 })) {
      found.push(...labels);
    }
    return found;
  };
  const learnt = await firsts(device, model);
  const right = learnt.filter((label, row) => label === labels.labels[row]).length;
  assert.ok(right > 80, `${right} of 96 first labels apply`);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await trainer.save(path);
  const loaded = await loadModel(path, other, { as: extremeClassifierLayer });
  assert.deepEqual(await firsts(other, loaded.model), learnt);
  await Deno.remove(path);
});

Deno.test("extremeClassifier() refuses an encoder of tokens where there is no place for it", () => {
  const sizes = { features: VOCABULARY, labels: LABELS, encoder: encoderOf() };
  assert.throws(() => extremeClassifier({ ...sizes, width: 0 }), {
    name: "RangeError",
    message: /width 0 with encoder: its head stands on features/,
  });
  assert.throws(() => extremeClassifier({ ...sizes, width: WIDTH, frozenWords: true }), {
    name: "RangeError",
    message: /with frozenWords and an encoder of tokens: expected a table of features/,
  });
  const activated = { ...sizes, width: WIDTH, intermediateActivation: "relu" } as const;
  assert.throws(() => extremeClassifier(activated), {
    name: "RangeError",
    message: /activation "relu": there is no intermediate layer; expected its size/,
  });
});
