/**
 * BERT: its parameters by name, gradients, devices, plans, checkpoints, and runs that go on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { arraySource } from "../src/data/array_source.ts";
import type { Backend } from "../src/device/backend.ts";
import { dynsparse } from "../src/methods/dynsparse.ts";
import { type Bert, bert, bertClassifier, bertLayer, classifierOf } from "../src/models/bert.ts";
import { flopsPerSequence } from "../src/models/flops.ts";
import { bertNames } from "../src/train/huggingface/names.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { createDevice } from "../src/ops/device.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { firstPosition } from "../src/ops/first_position.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device } from "../src/program/device.ts";
import { block } from "../src/sparse/patterns/block.ts";
import { taskNamed } from "../src/tasks/mod.ts";
import { pretraining } from "../src/tasks/pretraining.ts";
import { ofSentences } from "../src/tasks/sentences.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { loadModel } from "../src/train/load.ts";
import { Trainer } from "../src/train/trainer.ts";
import { checkTaskGradients } from "./task_gradients.ts";
import { Source } from "./arbitraries.ts";
import { checkOperation } from "./operation_gradients.ts";
import { DEVICES, testOnDevices } from "./devices.ts";

const VOCABULARY = 12, POSITIONS = 5, PLACES = 2, EXAMPLES = 40;

/** A BERT of small layers. */
function small({ dropout = 0, layers = 2 } = {}): Bert {
  return bert({
    size: { layers, features: 8, heads: 2 },
    ...{ vocabulary: VOCABULARY, positions: POSITIONS, sparsity: 0.5, dropout },
    pattern: (density) => block(4, { density }),
  });
}

/** Texts of drawn pieces, of which the last position is padding in some. */
function texts(seed = 2) {
  const source = new Source(seed);
  const numbers = (length: number, below: number) => source.integers(EXAMPLES * length, below);
  return arraySource({
    arrays: {
      tokens: { data: numbers(POSITIONS, VOCABULARY), shape: [POSITIONS], below: VOCABULARY },
      segments: { data: numbers(POSITIONS, 2), shape: [POSITIONS], below: 2 },
      mask: {
        data: Float32Array.from(
          { length: EXAMPLES * POSITIONS },
          (_, i) => i % POSITIONS === POSITIONS - 1 && i % 2 === 0 ? 0 : 1,
        ),
        shape: [POSITIONS],
      },
      places: { data: numbers(PLACES, POSITIONS), shape: [PLACES], below: POSITIONS },
      words: { data: numbers(PLACES, VOCABULARY), shape: [PLACES], below: VOCABULARY },
      weights: {
        data: Float32Array.from({ length: EXAMPLES * PLACES }, (_, i) => i % 3 === 0 ? 0 : 1),
        shape: [PLACES],
      },
      next: { data: numbers(1, 2), below: 2 },
    },
    examples: EXAMPLES,
    task: "pretraining",
  });
}

function trainerOn(device: Device, model = small()): Trainer {
  const optimizer = adamw({ learningRate: 0.01, weightDecay: 0.01, clipNorm: 1 });
  const method = dynsparse({ every: 2, until: 1 });
  return new Trainer({ device, model, task: pretraining(), optimizer, method, seed: 5 });
}

Deno.test("bert() and bertClassifier() have the parameters that Hugging Face knows", () => {
  const ways = (model: Parameters<typeof treeOfModel>[0]) =>
    [...treeOfModel(model).parameters.values()].sort();
  const known = bertNames(2).map(([way]) => way);
  const heads = /^(masked|next)\./, classifier = /^classifier\./;
  assert.deepEqual(ways(small()), known.filter((way) => !classifier.test(way)).sort());
  const options = { size: { layers: 2, features: 8, heads: 2 }, vocabulary: VOCABULARY };
  const classes = bertClassifier({ ...options, classes: 3 });
  assert.deepEqual(ways(classes), known.filter((way) => !heads.test(way)).sort());
  assert.deepEqual(ways(classifierOf(small(), 3)), ways(classes));
});

Deno.test("bert() has six sparse matrices of one density in every layer", () => {
  const sparse = small().weights.filter((weight) => weight.sparse !== undefined);
  assert.equal(sparse.length, 12);
  for (const { sparse: weight, shape: [rows, inputs] } of sparse) {
    assert.equal(weight?.geometry.budget, rows * inputs / 16 / 2);
  }
  assert.throws(
    () => bert({ vocabulary: VOCABULARY, sparsity: 1 }),
    /sparsity 1: expected a share in \[0, 1\)/,
  );
});

Deno.test("firstPosition() has the gradient of central differences", async () => {
  await checkOperation(firstPosition, [[2, 3]], 4);
});

Deno.test("flopsPerSequence() gives the four figures that Dietrich et al. print", () => {
  const of = (layers: number, features: number, density = 1) =>
    flopsPerSequence({ layers, features }, { positions: 128, density });
  assert.equal(of(4, 256).toExponential(3), "2.617e+9");
  assert.equal(of(4, 512).toExponential(3), "1.007e+10");
  assert.equal(of(8, 512, 0.1).toExponential(3), "2.738e+9");
  // 8.335e9, of which the paper prints 8.33e9.
  assert.equal(Math.trunc(of(12, 768, 0.1) / 1e7), 833);
});

/** One parameter of each kind, and places in it that are looked at. */
const LOOKED_AT = [
  "embeddings.words.weight",
  "embeddings.positions.weight",
  "embeddings.segments.weight",
  "embeddings.norm.gain",
  "embeddings.norm.bias",
  "encoder.layer0.attention.query.weight",
  "encoder.layer0.attention.key.bias",
  "encoder.layer0.attention.value.weight",
  "encoder.layer0.attention.output.weight",
  "encoder.layer0.attention.norm.gain",
  "encoder.layer0.intermediate.weight",
  "encoder.layer0.output.weight",
  "encoder.layer0.norm.bias",
  "pooler.weight",
  "masked.transform.weight",
  "masked.norm.gain",
  "masked.bias",
  "next.weight",
];

Deno.test("the gradients of a BERT are central differences, in float64", async () => {
  const model = small({ layers: 1 });
  const byWay = new Map([...treeOfModel(model).parameters].map(([one, way]) => [way, one]));
  const chosen = LOOKED_AT.map((way) => byWay.get(way) ?? assert.fail(way));
  await checkTaskGradients({
    ...{ model, task: pretraining(), source: texts(), chosen },
    // The largest one is no padding; another one may be.
    another: ({ label, length }, values) => {
      const at = Math.floor(length / 2);
      return values[at] === 0 && label.endsWith(".weight") ? undefined : at;
    },
  });
});

/** Devices that differ in how they compute. */
const AMONG = ["wasm", "wasm relaxed, 2 threads", "webgpu"];

/** What a model gives after a few steps: its loss and metrics. */
async function measured(backend: Backend): Promise<number[]> {
  const device = new Device(backend, "test", 1, record);
  using trainer = trainerOn(device);
  const source = texts();
  const before = await trainer.evaluate(source, { batchSize: 16 });
  for await (const _ of trainer.fit(source, { epochs: 1, batchSize: 16 }));
  const after = await trainer.evaluate(source, { batchSize: 16 });
  return [before, after].flatMap((found) => Object.values(found));
}

Deno.test("a BERT gives the same on every device, before and after training", async () => {
  const backends = DEVICES.filter(({ name }) => AMONG.includes(name))
    .flatMap(({ backend }) => "missing" in backend ? [] : [backend]);
  const [first, ...others] = await Promise.all(backends.map(measured));
  assert.ok(first.every(Number.isFinite), String(first));
  for (const other of others) {
    // Adam's steps of 0.01 amplify the rounding of gradients near 0.
    first.forEach((value, i) => assert.ok(Math.abs(value - other[i]) < 1e-4, `${first} ${other}`));
  }
});

testOnDevices("a pre-training that goes on is the one that never stopped", async (backend) => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/run.safetensors`;
  const device = new Device(backend, "test", 1, record);
  const options = { epochs: 3, batchSize: 16, logEvery: 1 };
  const losses: number[] = [];
  const hashes: string[] = [];
  {
    using trainer = trainerOn(device, small({ dropout: 0.1 }));
    for await (const event of trainer.fit(texts(), options)) {
      if (event.kind !== "step") continue;
      losses.push(event.loss);
      if (event.step === 4) await trainer.save(path);
    }
    hashes.push(trainer.topology.hash);
  }
  const others: number[] = [];
  {
    using trainer = trainerOn(device, small({ dropout: 0.1 }));
    await trainer.restore(path);
    for await (const event of trainer.fit(texts(), options)) {
      if (event.kind === "step") others.push(event.loss);
    }
    hashes.push(trainer.topology.hash);
  }
  assert.equal(losses.length, 9);
  assert.deepEqual(others, losses.slice(4));
  assert.equal(hashes[0], hashes[1]);
  await Deno.remove(folder, { recursive: true });
}, ({ name }) => AMONG.includes(name));

Deno.test("the plan of a BERT says the bytes that training takes", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  using trainer = trainerOn(device);
  const source = texts();
  const plan = trainer.plan({ inputs: source.inputs, batchSize: 16 });
  const before = device.allocatedBytes;
  for await (const _ of trainer.fit(source, { epochs: 1, batchSize: 16 }));
  assert.equal(device.allocatedBytes - before, plan.bytes.total);
});

Deno.test("loadModel() gives a BERT as what it is, and nothing else", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  using other = await createDevice({ prefer: "wasm", threads: 1, seed: 9 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  using trainer = trainerOn(device, small({ dropout: 0.1 }));
  for await (const _ of trainer.fit(texts(), { epochs: 1, batchSize: 16 }));
  await trainer.save(path);
  const { model } = await loadModel(path, other, { as: bertLayer });
  const optimizer = adamw({ learningRate: 0.01 });
  using again = new Trainer({ device: other, model, task: pretraining(), optimizer });
  assert.deepEqual(await again.evaluate(texts()), await trainer.evaluate(texts()));
  await assert.rejects(() => loadModel(path, other), (error) => {
    assert.ok(error instanceof CheckpointError);
    assert.match(error.message, /its model is of the kind "bert", which takes several tensors/);
    return true;
  });
  await Deno.remove(path);
});

Deno.test("Trainer.load() takes the encoder of a pre-training and leaves its heads", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  const model = small(), classifier = classifierOf(small(), 3);
  const optimizer = adamw({ learningRate: 0.01 });
  using trainer = trainerOn(device, model);
  await trainer.save(path);
  const task = ofSentences(taskNamed("class"));
  using other = new Trainer({ device, model: classifier, optimizer, task });
  const except = ["classifier."];
  await assert.rejects(() => other.load(path, { except }), /it holds "masked\./);
  await other.load(path, { except, leave: ["masked.", "next."] });
  const [words] = classifier.parameters;
  assert.deepEqual(await device.readFloats(words), await device.readFloats(model.parameters[0]));
  await Deno.remove(path);
});
