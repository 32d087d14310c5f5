/**
 * A head of many labels in a trainer: it learns, is rewired, saved and restored like any other layer.
 *
 * @module
 */
import assert from "node:assert/strict";
import { arraySource } from "../src/data/array_source.ts";
import { labelArray } from "../src/data/labels/batches.ts";
import type { Method } from "../src/methods/method.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { labelHead, type LabelOutput, linear, makeModule, type Module } from "../src/nn/mod.ts";
import { labelHeadLayer } from "../src/nn/label_head.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { openDevice } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import { fanIn, groupFanIn } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { labelRanking } from "../src/tasks/label_ranking.ts";
import { loadModel } from "../src/train/load.ts";
import { Trainer } from "../src/train/trainer.ts";
import { Source } from "./arbitraries.ts";

const [EXAMPLES, FEATURES, LABELS, MOST] = [64, 12, 2100, 3];

/** Examples whose features say their labels. */
function dataOf(seed: number) {
  const source = new Source(seed);
  const lists = Array.from({ length: EXAMPLES }, (_, i) => source.distinct(1 + i % MOST, LABELS));
  const offsets = new Uint32Array(EXAMPLES + 1);
  lists.forEach((list, i) => offsets[i + 1] = offsets[i] + list.length);
  const labels = Uint32Array.from(lists.flat());
  const array = labelArray({ rows: EXAMPLES, columns: LABELS, offsets, labels });
  const filled = new Uint32Array(MOST * EXAMPLES);
  array.fill(lists.keys().toArray(), filled);
  // Examples one behind the other.
  const data = Uint32Array.from(
    { length: filled.length },
    (_, i) => filled[(i % MOST) * EXAMPLES + Math.floor(i / MOST)],
  );
  return arraySource({
    arrays: {
      features: { data: source.floats(EXAMPLES * FEATURES), shape: [FEATURES] },
      labels: { data, shape: [MOST] },
    },
    examples: EXAMPLES,
  });
}

function modelOf(pattern: PatternSpec): Module<Tensor, LabelOutput> {
  const encoder = linear(FEATURES, 16);
  const head = labelHead(16, LABELS, { pattern, shard: 2048 });
  return makeModule((x: Tensor, context) => head(encoder(x, context), context), {
    kind: "labels",
    children: { encoder, head },
  });
}

const METHODS: readonly Method[] = [
  set({ every: 3, fraction: 0.3 }),
  rigl({ every: 3, fraction: 0.3 }),
  set({ every: 3, threshold: 0.35, grown: "inherited" }),
];

for (
  const [pattern, method, fresh] of [
    [fanIn(6, { full: true }), METHODS[0], "reset"],
    [groupFanIn(6, 4, { full: true }), METHODS[0], "seeded"],
    [fanIn(6, { full: true }), METHODS[1], "local"],
    [groupFanIn(6, 4, { full: true }), METHODS[1], "reset"],
    [groupFanIn(6, 4, { full: true }), METHODS[2], "inherited"],
  ] as const
) {
  Deno.test(`a head of labels (${pattern.kind}) learns, is rewired by ${method.name} (${fresh}), and goes on as it was saved`, async () => {
    using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
    const data = dataOf(7);
    const [model, again] = [modelOf(pattern), modelOf(pattern)];
    const trainerOf = (model: Module<Tensor, LabelOutput>) =>
      new Trainer({
        ...{ device, model, task: labelRanking({ loss: "bce" }) },
        optimizer: adamw({
          learningRate: 1e-3,
          fresh,
          groups: [{
            ...{ parameters: "head", learningRate: 3e-2 },
            flush: fresh === "local" ? 0 : 1e-30,
          }],
        }),
        method,
      });
    // A batch that goes into scores updates nothing.
    const options = { epochs: method.growth === "gradient" ? 6 : 4, batchSize: 32 };
    const path = await Deno.makeTempFile({ suffix: ".safetensors" });
    const losses: number[] = [];
    using whole = trainerOf(model);
    let epochs = 0, replaced = 0;
    for await (const event of whole.fit(data, options)) {
      if (event.kind === "rewire") {
        replaced += event.layers.reduce((sum, { grown }) => sum + grown, 0);
      }
      if (event.kind !== "epoch") continue;
      losses.push(event.loss);
      if (++epochs === 2) await whole.save(path);
    }
    assert.ok(losses[options.epochs - 1] < 0.8 * losses[0], `${losses}`);
    assert.ok(replaced > 100, `${replaced} units`);
    using rest = trainerOf(again);
    await rest.restore(path);
    for await (const _ of rest.fit(data, options));
    for (const [i, parameter] of model.parameters.entries()) {
      assert.deepEqual(
        await device.readFloats(parameter),
        await device.readFloats(again.parameters[i]),
      );
    }
    for (const [i, { sparse }] of model.weights.entries()) {
      if (sparse === undefined) continue;
      const { span, index } = sparse.pattern;
      assert.deepEqual(index, again.weights[i].sparse?.pattern.index);
      assert.ok(span.every((end, at) => end === (at >> 1) * 8 + (at % 2) * 6));
    }
    await Deno.remove(path);
  });
}

Deno.test("loadModel() makes a head of labels of several weights out of a checkpoint", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  const pattern = groupFanIn(6, 4, { full: true });
  const head = labelHead(FEATURES, LABELS, { pattern, shard: 1024 });
  const task = labelRanking({ loss: "softmax" });
  const optimizer = adamw({ learningRate: 1e-2 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  using trainer = new Trainer({ device, model: head, task, optimizer });
  for await (const _ of trainer.fit(dataOf(9), { epochs: 1, batchSize: 32 }));
  await trainer.save(path);
  const { model } = await loadModel(path, device, { as: labelHeadLayer });
  assert.deepEqual(model.weights.map(({ shape }) => shape[0]), [1024, 1024, 52]);
  for (const [i, parameter] of head.parameters.entries()) {
    assert.deepEqual(
      await device.readFloats(parameter),
      await device.readFloats(model.parameters[i]),
    );
    const [own, loaded] = [head, model].map(({ weights }) => weights[i]?.sparse?.pattern.index);
    assert.deepEqual(own, loaded);
  }
  await Deno.remove(path);
});
