/**
 * Labels in an order of a head's own: frequent ones first, groups that are alike; a dense head and a sparse one as one; and that
 * whoever asks hears of the labels by the numbers that they have in the data.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { labelOrder, labelsInOrder } from "../src/data/labels/order.ts";
import { RankingMetrics } from "../src/data/labels/ranking.ts";
import type { LabelRows } from "../src/data/labels/rows.ts";
import { isOfRanking, rankingSource } from "../src/data/labels/source.ts";
import { syntheticRows } from "../src/data/labels/synthetic.ts";
import { permutation, Random } from "../src/device/random.ts";
import { extremeClassifier, extremeClassifierLayer } from "../src/models/extreme_classifier.ts";
import { labelHead, labelHeads } from "../src/nn/mod.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { labelLoss } from "../src/ops/label_loss.ts";
import { adamw } from "../src/optim/adamw.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, matrix, openDevice } from "../src/program/device.ts";
import { toDense } from "../src/sparse/convert.ts";
import { dense, groupFanIn } from "../src/sparse/patterns/mod.ts";
import { sparseLabelRanking } from "../src/tasks/label_ranking.ts";
import { loadModel } from "../src/train/load.ts";
import { rankLabels } from "../src/train/rank.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";

/** Labels of which those of one remainder by `kinds` have the same features; label l has about `labels - l` examples. */
function planted(labels: number, kinds: number) {
  const lists = Array.from({ length: labels }, (_, row) => [row % kinds]);
  const applying = Array.from(
    { length: labels },
    (_, row) =>
      Array.from({ length: labels }, (_, label) => label)
        .filter((label) => label % kinds === row % kinds && label <= row),
  );
  const offsetsOf = (rows: readonly (readonly number[])[]) => {
    const offsets = new Uint32Array(rows.length + 1);
    rows.forEach((row, i) => offsets[i + 1] = offsets[i] + row.length);
    return offsets;
  };
  return {
    features: {
      ...{ rows: labels, columns: kinds, offsets: offsetsOf(lists) },
      ...{ indices: Uint32Array.from(lists.flat()), values: new Float32Array(labels).fill(1) },
    },
    labels: {
      ...{ rows: labels, columns: labels, offsets: offsetsOf(applying) },
      labels: Uint32Array.from(applying.flat()),
    },
  };
}

Deno.test("labelOrder() puts the most frequent labels first, and labels that are alike behind them", () => {
  const rows = planted(60, 4);
  const counts = (order: Uint32Array) =>
    [...order].map((label) => rows.labels.labels.filter((each) => each === label).length);
  const order = labelOrder(rows, { frequent: 20, group: 10, seed: 3 });
  assert.deepEqual([...order].sort((a, b) => a - b), [...Array(60).keys()]);
  // Labels 0 to 3 have as many examples, and so have the next four: the lower ones are first.
  assert.deepEqual([...order.subarray(0, 20)], [...Array(20).keys()]);
  assert.ok(Math.min(...counts(order.subarray(0, 20))) >= Math.max(...counts(order.subarray(20))));
  for (let first = 20; first < 60; first += 10) {
    const kinds = new Set(order.subarray(first, first + 10).map((label) => label % 4));
    assert.ok(kinds.size <= 2, `labels ${order.subarray(first, first + 10)}`);
  }
  assert.deepEqual(order, labelOrder(rows, { frequent: 20, group: 10, seed: 3 }));
  assert.deepEqual([...labelOrder(rows, { frequent: 7 })], [...Array(60).keys()]);
  assert.throws(() => labelOrder(rows, { frequent: 61 }), {
    name: "RangeError",
    message: /the 61 most frequent labels first: there are 60; expected a whole number up to that/,
  });
  assert.throws(() => labelOrder(rows, { group: 0 }), /into groups of 0/);
});

Deno.test("labelOrder() has each label once, the frequent ones by their counts, whatever the rows", () => {
  const seeds = fc.record({ seed: fc.nat(999), labels: fc.integer({ min: 2, max: 90 }) });
  fc.assert(
    fc.property(seeds, ({ seed, labels: count }) => {
      const { features, labels } = syntheticRows({
        ...{ rows: 40, labels: count, features: 30, seed },
      });
      const counts = Array<number>(count).fill(0);
      for (const label of labels.labels) counts[label]++;
      const expected = counts.map((_, label) => label)
        .sort((a, b) => counts[b] - counts[a] || a - b);
      for (const frequent of [0, Math.floor(count / 3), count]) {
        for (const group of [undefined, 8]) {
          const options = { frequent, seed, ...(group === undefined ? {} : { group }) };
          const order = [...labelOrder({ features, labels }, options)];
          assert.deepEqual(order.slice(0, frequent), expected.slice(0, frequent));
          const rest = order.slice(frequent);
          const sorted = rest.toSorted((a, b) => a - b);
          assert.deepEqual(sorted, expected.slice(frequent).sort((a, b) => a - b));
          if (group === undefined) assert.deepEqual(rest, sorted);
        }
      }
    }),
    { numRuns: 20 },
  );
});

const LABELS: LabelRows = {
  ...{ rows: 3, columns: 4, offsets: Uint32Array.of(0, 2, 2, 3) },
  labels: Uint32Array.of(0, 3, 2),
};
const FEATURES = {
  ...{ rows: 3, columns: 2, offsets: Uint32Array.of(0, 1, 2, 3) },
  ...{ indices: Uint32Array.of(0, 1, 0), values: Float32Array.of(1, 1, 2) },
};

Deno.test("rankingSource() with an order gives places to the head, and keeps the labels themselves", async () => {
  const order = Uint32Array.of(3, 2, 0, 1);
  assert.deepEqual([...labelsInOrder(LABELS, order).labels], [0, 2, 1]);
  const plain = rankingSource({ features: FEATURES, labels: LABELS });
  const source = plain.inOrder(order);
  assert.equal(source.truth, LABELS);
  const [{ arrays: { labels } }] = source.epoch(0, { batchSize: 3, seed: 0, shuffle: false });
  assert.deepEqual([...labels.subarray(0, 3), ...labels.subarray(32, 35)], [0, 4, 1, 2, 4, 4]);
  assert.deepEqual(source.preparation.order, [3, 2, 0, 1]);
  assert.ok(isOfRanking(source.preparation) && plain.preparation.order === undefined);
  const part = source.split({ share: 0.34, seed: 0 }).train;
  assert.deepEqual(part.preparation.order, [3, 2, 0, 1]);
  assert.notEqual(await plain.fingerprint(), await source.fingerprint());
  const asked = rankingSource({ features: FEATURES, order });
  assert.equal(asked.preparation.labels, 4);
  for (const wrong of [Uint32Array.of(0, 1, 2), Uint32Array.of(0, 1, 2, 2)]) {
    assert.throws(() => plain.inOrder(wrong), {
      name: "RangeError",
      message: /Cannot put 4 labels in an order of \d: expected each of them once/,
    });
  }
});

testOnDevices("a head of a dense and a sparse part learns what loops say", async (backend) => {
  const [inputs, first, rest, most, examples, rate, seed] = [6, 64, 21, 3, 32, 0.5, 8];
  const labels = first + rest;
  const source = new Source(seed);
  const device = new Device(backend, "test", seed, record);
  const pattern = groupFanIn(3, 8, { full: true });
  const head = labelHeads({
    frequent: labelHead(inputs, first, { bias: -0.5 }),
    rest: labelHead(inputs, rest, { pattern }),
  });
  assert.deepEqual(head.weights.map(({ label }) => label), ["frequent.weight", "rest.weight"]);
  const specs = [matrix(inputs, examples), { shape: [most, examples], type: "u32" } as const];
  const optimizer = sgd({ learningRate: rate });
  using program = await device.compile(
    specs,
    (x, given) => optimizer.update(labelLoss(x, head(x).head, given, { loss: "bce", chunk: 64 })),
  );
  const sparse = head.weights[1].sparse?.pattern;
  assert.ok(sparse !== undefined);
  const read = async (): Promise<{ w: number[]; b: number[] }> => {
    const [dense, denseBias, values, bias] = await Promise.all(
      head.parameters.map((parameter) => device.readFloats(parameter)),
    );
    return { w: [...dense, ...toDense(sparse, values)], b: [...denseBias, ...bias] };
  };
  const exists = [
    ...Array(first * inputs).fill(1),
    ...toDense(sparse, new Float32Array(sparse.capacity * 8).fill(1)),
  ];
  const x = source.floats(inputs * examples);
  const given = new Uint32Array(most * examples).fill(labels);
  for (let c = 0; c < examples; c++) {
    source.distinct(source.below(most + 1), labels).forEach((label, i) => {
      given[i * examples + c] = label;
    });
  }
  const before = await read();
  program.run([x, given], { step: 0, totalSteps: 1 });
  const after = await read();
  const [[measured]] = await program.scalars();
  let loss = 0;
  for (let label = 0; label < labels; label++) {
    const slope = Array<number>(inputs + 1).fill(0);
    for (let c = 0; c < examples; c++) {
      let z = before.b[label];
      for (let i = 0; i < inputs; i++) z += before.w[label * inputs + i] * x[i * examples + c];
      const applies = given.some((each, at) => each === label && at % examples === c) ? 1 : 0;
      loss += (Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - applies * z) / examples;
      const dz = (1 / (1 + Math.exp(-z)) - applies) / examples;
      for (let i = 0; i < inputs; i++) slope[i] += dz * x[i * examples + c];
      slope[inputs] += dz;
    }
    for (let i = 0; i < inputs; i++) {
      const at = label * inputs + i;
      // A few roundings of numbers of about 1.
      const expected = before.w[at] - rate * slope[i] * exists[at];
      assert.ok(
        Math.abs(after.w[at] - expected) < 2e-6,
        `label ${label}, input ${i} (seed ${seed})`,
      );
    }
    const bias = before.b[label] - rate * slope[inputs];
    assert.ok(Math.abs(after.b[label] - bias) < 2e-6, `bias of label ${label} (seed ${seed})`);
  }
  assert.ok(Math.abs(measured / loss - 1) < 1e-5, `${measured} of ${loss} (seed ${seed})`);
});

Deno.test("rankLabels() of an order tells the labels of the data, the lower one of equal scores", async () => {
  const [labels, width, seed] = [130, 8, 6];
  using device = await openDevice({ prefer: "wasm", threads: 1, seed }, record);
  const source = new Source(seed);
  const { features } = syntheticRows({ rows: 40, labels, features: 30, seed });
  const order = Uint32Array.from(permutation(new Random({ seed, use: "order" }), labels));
  const [plain, ordered] = [1, 2].map(() =>
    extremeClassifier({ features: 30, labels, width, pattern: dense() })
  );
  // Rows of integers, most of which come several times.
  const row = Array.from({ length: 9 }, () => source.floats(width, "integers"));
  const rowOf = Array.from({ length: labels }, () => source.below(9));
  await device.place([...plain.parameters, ...ordered.parameters], { seed });
  for (const [i, parameter] of plain.parameters.slice(0, -2).entries()) {
    device.write(ordered.parameters[i], await device.readFloats(parameter));
  }
  for (const [model, labelOf] of [[plain, order.toSorted()], [ordered, order]] as const) {
    const [values] = model.parameters.slice(-2);
    device.write(
      values,
      Float32Array.from([...labelOf].flatMap((label) => [...row[rowOf[label]]])),
    );
  }
  const ranked = async (model: typeof plain, given: Parameters<typeof rankLabels>[2]) =>
    await Array.fromAsync(rankLabels(device, model, given, { top: 40, batchSize: 32 }));
  const expected = await ranked(plain, rankingSource({ features }));
  const found = await ranked(ordered, rankingSource({ features, order }));
  assert.deepEqual(found, expected);
  assert.ok(expected[0].scores[0] === expected[0].scores[1], "there are no ties");
});

Deno.test("extremeClassifier() with dense labels learns, and is loaded out of its checkpoint", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1, seed: 3 }, record);
  const { features, labels } = syntheticRows({ rows: 256, labels: 300, features: 200, seed: 1 });
  const order = labelOrder({ features, labels }, { frequent: 64, group: 8 });
  const source = rankingSource({ features, labels, order });
  const model = extremeClassifier({
    ...{ features: 200, labels: 300, width: 32, denseLabels: 64 },
    pattern: groupFanIn(16, 8, { full: true }),
  });
  const precisionOf = async (ranker: typeof model): Promise<number> => {
    const metrics = new RankingMetrics({ truth: labels, ks: [1] });
    for await (const { labels, examples } of rankLabels(device, ranker, source, { top: 2 })) {
      metrics.add(labels, examples);
    }
    return metrics.scores().at[0].precision;
  };
  using trainer = new Trainer({
    ...{ device, model, task: sparseLabelRanking() },
    optimizer: adamw({ learningRate: 3e-3, groups: [{ parameters: "head", learningRate: 1e-2 }] }),
  });
  for await (const _ of trainer.fit(source, { epochs: 12, batchSize: 32 }));
  const learnt = await precisionOf(model);
  assert.ok(learnt > 0.5, `P@1 is ${learnt}`);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await trainer.save(path);
  const loaded = await loadModel(path, device, { as: extremeClassifierLayer });
  assert.equal(await precisionOf(loaded.model), learnt);
  assert.deepEqual(Object(loaded.preparation).order, [...order]);
  await Deno.remove(path);
});

Deno.test("labelHeads() and extremeClassifier() refuse parts that do not go together", () => {
  assert.throws(() => labelHeads({}), {
    name: "RangeError",
    message: /there are none; expected the same features, and a multiple of 64 labels of each but/,
  });
  for (const [inputs, first] of [[9, 64], [8, 65]] as const) {
    const heads = { a: labelHead(inputs, first), b: labelHead(8, 10) };
    assert.throws(() => labelHeads(heads), {
      name: "RangeError",
      message:
        /"a" has \d+ labels of \d features, "b" has 10 labels of 8 features; expected the same/,
    });
  }
  for (const denseLabels of [63, 128, -64]) {
    assert.throws(
      () => extremeClassifier({ features: 9, labels: 128, width: 64, denseLabels }),
      {
        name: "RangeError",
        message: /with -?\d+ dense labels of 128: expected a multiple of 64, fewer than all/,
      },
    );
  }
  assert.throws(
    () => extremeClassifier({ features: 99, labels: 128, width: 0, denseLabels: 64 }),
    /width 0 with denseLabels: its head stands on features/,
  );
});
