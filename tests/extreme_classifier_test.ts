/**
 * The model of very many labels over sparse features: what it reads, that it learns, and how its labels are ranked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withClusters } from "../src/data/labels/auxiliary.ts";
import { clusterRows } from "../src/data/labels/clusters.ts";
import { RankingMetrics } from "../src/data/labels/ranking.ts";
import type { FeatureRows, LabelRows } from "../src/data/labels/rows.ts";
import { rankingSource } from "../src/data/labels/source.ts";
import { syntheticRows } from "../src/data/labels/synthetic.ts";
import { extremeClassifier } from "../src/models/extreme_classifier.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { times } from "../src/ops/times.ts";
import { adamw } from "../src/optim/adamw.ts";
import { openDevice } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { sparseLabelRanking } from "../src/tasks/label_ranking.ts";
import { rankLabels } from "../src/train/rank.ts";
import { Trainer } from "../src/train/trainer.ts";
import { checkOperation } from "./operation_gradients.ts";

const FEATURES: FeatureRows = {
  ...{ rows: 3, columns: 10, offsets: Uint32Array.of(0, 3, 3, 5) },
  indices: Uint32Array.of(2, 5, 9, 0, 4),
  values: Float32Array.of(0.5, -2, 0.5, 1, 3),
};
const LABELS: LabelRows = {
  ...{ rows: 3, columns: 7, offsets: Uint32Array.of(0, 1, 3, 3) },
  labels: Uint32Array.of(6, 0, 3),
};

const FACTOR = new Resource({
  ...{ label: "factor", type: "f32", length: 32, category: "parameters" },
  initial: () => new Float32Array(32).fill(0.3),
});

Deno.test("rankingSource() keeps the features of the largest magnitude, the lower ones among equals", () => {
  const source = rankingSource({ features: FEATURES, labels: LABELS, positions: 2 });
  const [{ arrays: { tokens, weights, labels }, examples }] = source.epoch(0, {
    ...{ batchSize: 3, seed: 0, shuffle: false },
  });
  assert.equal(examples, 3);
  assert.deepEqual([...tokens.subarray(0, 4)], [3, 0, 1, 0]);
  assert.deepEqual([...tokens.subarray(32, 36)], [6, 0, 5, 0]);
  assert.deepEqual([...weights.subarray(32, 36)], [-2, 0, 3, 0]);
  assert.deepEqual([...labels.subarray(0, 4)], [6, 0, 7, 7]);
});

Deno.test("rankingSource() sets a share of its examples aside, and tells contents apart", async () => {
  const source = rankingSource({ features: FEATURES, labels: LABELS });
  const { train, test } = source.split?.({ share: 0.34 }) ?? {};
  assert.deepEqual([train?.examples, test?.examples], [2, 1]);
  assert.deepEqual(train?.inputs.tokens, source.inputs.tokens);
  const other = rankingSource({
    labels: LABELS,
    features: { ...FEATURES, values: FEATURES.values.map((value) => 2 * value) },
  });
  assert.equal(
    await source.fingerprint(),
    await rankingSource({ features: FEATURES, labels: LABELS }).fingerprint(),
  );
  assert.notEqual(await source.fingerprint(), await other.fingerprint());
});

Deno.test("rankingSource() refuses rows that do not belong together", () => {
  assert.throws(() => rankingSource({ features: FEATURES, labels: { ...LABELS, rows: 2 } }), {
    name: "RangeError",
    message: /there are 3 rows of features and 2 of labels; expected as many, above 0/,
  });
  assert.throws(() => rankingSource({ features: FEATURES, positions: 0 }), {
    name: "RangeError",
    message: /positions are 0; expected a whole number above 0/,
  });
});

Deno.test("withClusters() gives clusters whose share falls to 0, and leaves out what a run has seen", () => {
  const clusters = clusterRows(LABELS, Uint32Array.of(0, 1, 1, 2, 2, 0, 1), 3);
  const plain = rankingSource({ features: FEATURES, labels: LABELS });
  const source = withClusters(plain, { clusters, share: 2, epochs: 2 });
  const sharesOf = (epoch: number, skip = 0) =>
    Array.from(
      source.epoch(epoch, { batchSize: 2, seed: 5, shuffle: true, skip }),
      ({ arrays: { share, clusters }, examples }) => [share[0], examples, clusters[0], clusters[1]],
    );
  const [first, second] = sharesOf(0);
  assert.deepEqual([first[0], second[0]], [2, Math.fround(1 + Math.cos(Math.PI / 4))]);
  assert.deepEqual(sharesOf(2).map(([share]) => share), [0, 0]);
  assert.deepEqual(sharesOf(1, 1), sharesOf(1).slice(1));
  assert.throws(() => withClusters(plain, { clusters, share: -1, epochs: 2 }), {
    name: "RangeError",
    message: /with a share of -1 over 2 epochs: expected as many examples, a share of 0 or more/,
  });
});

Deno.test("sparseLabelRanking() applies a model once for labels and clusters of them", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  const model = extremeClassifier({ features: 9, labels: 64, width: 32, clusters: 3 });
  const { loss } = sparseLabelRanking({ auxiliary: true });
  const lists = { shape: [2, 32], type: "u32" } as const;
  const specs = [lists, { ...lists, type: "f32" }, lists, lists, {
    shape: [1, 32],
    type: "f32",
  }] as const;
  let calls = 0;
  using _ = await device.compile(
    specs,
    (tokens, weights, labels, clusters, share) =>
      loss((input) => {
        calls++;
        return model(input);
      }, { tokens, weights, labels, clusters, share }),
  );
  assert.equal(calls, 1);
});

Deno.test("times() has the gradient of central differences", async () => {
  await checkOperation((x) => times(x, x.trace.resource(FACTOR, [1, 32])), [[3]], 4);
});

Deno.test("extremeClassifier() learns which labels apply to sparse features", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1, seed: 3 }, record);
  const { features, labels } = syntheticRows({ rows: 256, labels: 300, features: 200, seed: 1 });
  const source = rankingSource({ features, labels });
  for (
    const between of [
      {},
      { intermediate: 64 },
      { intermediate: 128, intermediateActivation: "relu" },
    ] as const
  ) {
    const model = extremeClassifier({
      ...{ features: 200, labels: 300, width: 32, pattern: fanIn(16, { full: true }) },
      ...between,
    });
    const precision = async (): Promise<number> => {
      const metrics = new RankingMetrics({ truth: labels, ks: [1] });
      for await (const { labels, examples } of rankLabels(device, model, source, { top: 2 })) {
        metrics.add(labels, examples);
      }
      return metrics.scores().at[0].precision;
    };
    using trainer = new Trainer({
      ...{ device, model, task: sparseLabelRanking() },
      optimizer: adamw({
        learningRate: 3e-3,
        groups: [{ parameters: "head", learningRate: 1e-2 }],
      }),
    });
    for await (const _ of trainer.fit(source, { epochs: 12, batchSize: 32 }));
    const learnt = await precision();
    assert.ok(learnt > 0.5, `P@1 is ${learnt} with ${JSON.stringify(between)}`);
  }
});

Deno.test("rankLabels() refuses logits that are not finite, by the example", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1, seed: 3 }, record);
  const model = extremeClassifier({ features: 10, labels: 300, width: 32 });
  const first = async (features: FeatureRows): Promise<number[]> => {
    const labels: number[] = [];
    const source = rankingSource({ features });
    for await (const ranked of rankLabels(device, model, source, { top: 1, batchSize: 2 })) {
      labels.push(...ranked.labels);
    }
    return labels;
  };
  assert.equal((await first(FEATURES)).length, 3);
  const { words } = model.children;
  const [table] = words.parameters;
  // The numbers of feature 4, which the last example alone has.
  const row = 32 * (4 + 1);
  device.write(table, (await device.readFloats(table)).fill(NaN, row, row + 32));
  await assert.rejects(first(FEATURES), /example 2 has logits that are not finite; expected/);
});

Deno.test("extremeClassifier() has a ReLU behind its words where one is asked for", () => {
  const sizes = { features: 10, labels: 64, width: 8, pattern: fanIn(4, { full: true }) };
  const layers = (model: ReturnType<typeof extremeClassifier>) =>
    Object.keys(model.children.encoder.children);
  assert.deepEqual(layers(extremeClassifier(sizes)), ["norm"]);
  assert.deepEqual(layers(extremeClassifier({ ...sizes, activation: "relu" })), ["norm", "relu"]);
});

Deno.test("extremeClassifier() freezes words alone, and refuses to where there are none", () => {
  const sizes = { features: 10, labels: 64, pattern: fanIn(4, { full: true }) };
  const model = extremeClassifier({ ...sizes, width: 8, frozenWords: true });
  const fixed = model.parameters.filter(({ trainable }) => !trainable);
  assert.deepEqual(fixed, [model.weights[0].values]);
  assert.throws(() => extremeClassifier({ ...sizes, width: 0, frozenWords: true }), {
    name: "RangeError",
    message: /width 0 with frozenWords: its head stands on features/,
  });
});
