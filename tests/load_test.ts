/**
 * Models out of checkpoints alone.
 *
 * @module
 */
import assert from "node:assert/strict";
import { set } from "../src/methods/set.ts";
import type { Preparation } from "../src/data/preparation.ts";
import { shapeAfter } from "../src/nn/definition.ts";
import {
  defineLayer,
  type LayerDefinition,
  linear,
  makeModule,
  type Module,
  recordOf,
  relu,
  sequential,
} from "../src/nn/mod.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import type { Device } from "../src/program/device.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { checkpointFrom, readCheckpoint, saveCheckpoint } from "../src/train/checkpoint.ts";
import { encodeExport, exportModel, exportOf } from "../src/train/export.ts";
import { loadModel } from "../src/train/load.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { decodeSafetensors, sealSafetensors } from "../src/train/safetensors.ts";
import { snapshotLayers, snapshotOf } from "../src/train/snapshot.ts";
import { Trainer } from "../src/train/trainer.ts";
import { outputsOn, trainAndSave, TRAINED } from "./export_models.ts";

/** Calls `body` with a device, another one, and the path of a file that is yet to be written. */
async function withDevices(
  body: (device: Device, other: Device, path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 7 });
    using other = await createDevice({ prefer: "wasm", threads: 1, seed: 8 });
    await body(device, other, `${folder}/model.safetensors`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [name, example] of Object.entries(TRAINED)) {
  Deno.test(`loadModel() gives ${name} without the program that made it`, async () => {
    await withDevices(async (device, other, path) => {
      const model = await trainAndSave(device, example, path);
      const loaded = await loadModel(path, other);
      assert.ok(loaded.preparation !== undefined);
      const { data } = example;
      const expected = await outputsOn(device, model, data, loaded.preparation);
      assert.deepEqual(
        await outputsOn(other, loaded.model, data, loaded.preparation),
        expected,
        "the same bits",
      );
      const [paths, found] = [model, loaded.model].map((
        each,
      ) => [...treeOfModel(each).parameters.values()]);
      assert.deepEqual(found, paths);
      // What is saved of it is the same model again, and so are exports of all three.
      const again = path.replace("model", "again");
      await saveCheckpoint(again, { device: other, model: loaded.model });
      const [first, second] = [await readCheckpoint(path), await readCheckpoint(again)];
      assert.equal(second.metadata.model, first.metadata.model);
      assert.deepEqual(
        [...second.tensors.keys()],
        paths.flatMap((path) =>
          [...first.tensors.keys()].filter((name) =>
            name.split(":")[0] === path && !/:(m|e|y)/.test(name)
          )
        ),
      );
      const { preparation } = loaded;
      const bytes = await encodeExport(exportOf(snapshotOf(first), "condensed"));
      const out = path.replace("model", "export");
      await exportModel(out, { device: other, model: loaded.model, preparation });
      assert.deepEqual(await Deno.readFile(out), bytes);
    });
  });
}

Deno.test("loadModel() takes the newest checkpoint of a run folder", async () => {
  await withDevices(async (device, _, path) => {
    const folder = path.replace("model.safetensors", "run");
    await Deno.mkdir(`${folder}/checkpoints`, { recursive: true });
    for (const [step, width] of [[10, 3], [9, 4]]) {
      const model = sequential(linear(2, width), linear(width, 2));
      const file = `${folder}/checkpoints/step-${String(step).padStart(9, "0")}.safetensors`;
      await saveCheckpoint(file, { device, model });
    }
    const { model, preparation } = await loadModel(folder, device);
    assert.deepEqual(model.weights[0].shape, [3, 2]);
    assert.equal(preparation, undefined);
    await assert.rejects(() => loadModel(`${folder}/none`, device), CheckpointError);
  });
});

Deno.test("loadModel() and exportModel() name the layer that does not say what it does", async () => {
  await withDevices(async (device, _, path) => {
    const inner = linear(2, 2);
    const own = makeModule((x: Tensor) => inner(x), { kind: "my own", children: { inner } });
    const model = sequential(linear(2, 2), own);
    await saveCheckpoint(path, { device, model });
    await assert.rejects(
      () => loadModel(path, device),
      /its layer of the kind "my own" does not say what it does; expected layers of nn/,
    );
    await assert.rejects(
      () => exportModel(path, { device, model }),
      /Cannot export the model: its layer of the kind "my own" does not say what it does/,
    );
    // The patterns can be looked at all the same.
    assert.equal(snapshotLayers(await readCheckpoint(path)).length, 2);
  });
});

/** A layer of a program's own, with a definition: a parameter of its own beside what it is made of. */
function scaled(inner: Module, features: number, name = "scaled"): Module {
  const initial = () => Float32Array.from({ length: features }, (_, i) => i + 1);
  const options = { type: "f32", category: "parameters", trainable: true, initial } as const;
  const scale = new Resource({ label: `${name}.scale`, length: features, ...options });
  return makeModule((x: Tensor, context) => inner(x, context), {
    ...recordOf(scaledLayer, { features }),
    name,
    children: { inner },
    own: { scale },
  });
}

const scaledLayer: LayerDefinition = defineLayer({
  kind: "scaled",
  settings: { features: { type: "integer", least: 1, description: "Features of x" } },
  make: ({ settings: { features }, name, children: { inner } }) => scaled(inner, features, name),
  exported: {
    shape: ({ branches: [inner] }, input) => shapeAfter(inner, input),
    describe: ({ name, vectors: { scale }, branches: [inner] }, writer, input) => ({
      scale: writer.vector(scale, `${name}.scale`),
      body: writer.describe(inner, input),
    }),
  },
});

Deno.test("loadModel() and exportModel() take layers of a program's own by their definitions", async () => {
  await withDevices(async (device, other, path) => {
    const inner = sequential(linear(4, 3), relu());
    const model = sequential(scaled(inner, 3), linear(3, 2, { name: "head" }));
    await saveCheckpoint(path, { device, model });
    await assert.rejects(
      () => loadModel(path, other),
      /no layer of the kind "scaled"; expected one of nn, or its definition among the layers/,
    );
    const loaded = await loadModel(path, other, { layers: [scaledLayer] });
    const expected = ["scaled.scale", "scaled.inner.linear.weight", "scaled.inner.linear.bias"];
    const paths = [...treeOfModel(loaded.model).parameters.values()];
    assert.deepEqual(paths, [...expected, "head.weight", "head.bias"]);
    for (const [i, parameter] of loaded.model.parameters.entries()) {
      assert.deepEqual(
        await other.readFloats(parameter),
        await device.readFloats(model.parameters[i]),
      );
    }
    const out = path.replace("model", "export");
    await exportModel(out, { device, model, preparation: PREPARATION });
    const { tensors, metadata } = await decodeSafetensors(await Deno.readFile(out), out);
    const { operations: [own, head] } = JSON.parse(metadata.filigree);
    assert.deepEqual([own.operation, own.scale, own.shape], ["scaled", "scaled.scale", [3]]);
    assert.deepEqual(own.body.map((each: { operation: string }) => each.operation), [
      "linear",
      "relu",
    ]);
    assert.equal(head.name, "head");
    assert.deepEqual(tensors.get("scaled.scale")?.data, Float32Array.of(1, 2, 3));
  });
});

const PREPARATION: Preparation = {
  ...{ inputs: 4, scale: 1, normalization: [{ mean: 0, deviation: 1 }] },
  target: { kind: "class", classes: 2 },
};

Deno.test("a checkpoint with layers of equal names keeps each bias with its weight", async () => {
  await withDevices(async (device, _, path) => {
    const layers = [linear(4, 3), linear(3, 3, { pattern: fanIn(2) }), linear(3, 2)];
    const model = sequential(...layers);
    await device.place(model.parameters);
    const biases = model.parameters.filter(({ label }) => label.endsWith(".bias"));
    for (const [i, bias] of biases.entries()) {
      device.write(bias, new Float32Array(bias.length).fill(i + 1));
    }
    await saveCheckpoint(path, { device, model });
    const checkpoint = await readCheckpoint(path);
    const names = ["linear", "linear.2", "linear.3"];
    assert.deepEqual(snapshotLayers(checkpoint).map(({ name }) => name), names);
    for (const format of ["condensed", "dense"] as const) {
      const { tensors } = exportOf(snapshotOf(checkpoint), format);
      const arrays = new Map(tensors.map(({ name, data }) => [name, data]));
      assert.equal(arrays.size, tensors.length);
      for (const [i, name] of names.entries()) assert.equal(arrays.get(`${name}.bias`)?.[0], i + 1);
    }
  });
});

Deno.test("loadModel() refuses a description that does not fit the arrays, by what is wrong", async () => {
  await withDevices(async (device, _, path) => {
    const model = sequential(linear(4, 3), linear(3, 2));
    await saveCheckpoint(path, { device, model });
    const { tensors, metadata: { sha256: __, ...metadata } } = await readCheckpoint(path);
    const root = JSON.parse(metadata.model);
    const { linear: first, "linear.2": second } = root.children;
    const of = (children: unknown) => ({ ...root, children });
    const changed = (parameters: Record<string, unknown>, others: object = {}) =>
      of({
        a: first,
        b: { ...second, ...others, parameters: { ...second.parameters, ...parameters } },
      });
    const conv = { channels: 1, filters: 2, kernel: [2, 2], stride: 1, padding: 0, bias: true };
    const settings = (others: object) =>
      changed({}, { settings: { ...second.settings, ...others } });
    const cases: [unknown, RegExp][] = [
      ["[", /it does not say what its model does/],
      [[], /a module is \[\]; expected a kind/],
      [
        of({ a: first, b: { kind: "recurrence", settings: {} } }),
        /no layer of the kind "recurrence"/,
      ],
      [of({ a: first }), /no module uses its parameter "linear\.2\.weight"/],
      [changed({ weight: "other" }), /it lacks the parameter "other" of a linear/],
      [changed({ weight: "linear.bias" }), /"linear\.bias" and not all|is no weight|has shape/],
      [changed({ bias: "linear.bias" }), /two layers share the parameter "linear\.bias"/],
      [changed({ weight: -1 }), /weight of linear is -1; expected a name/],
      [changed({ weight: undefined }), /its linear has the parameters bias; expected bias, weight/],
      [settings({ inputs: 0.75 }), /inputs is 0\.75; expected integer >= 1/],
      [settings({ inputs: 8 }), /expected 16 elements: it is of another model/],
      [settings({ inputs: undefined }), /it does not say its inputs/],
      [settings({ strides: 2 }), /it has no option "strides"/],
      [changed({}, { kind: "conv2d", settings: { ...conv, kernel: [2] } }), /kernel is \[2\]/],
      [changed({}, { kind: "residual", settings: {} }), /a residual block of 0 modules/],
      [changed({}, { kind: "batchNorm", settings: { channels: 2 } }), /does not say its epsilon/],
    ];
    for (const [model, message] of cases) {
      const text = typeof model === "string" ? model : JSON.stringify(model);
      const bytes = await sealSafetensors([...tensors.values()], { ...metadata, model: text });
      const file = await checkpointFrom(path, await decodeSafetensors(bytes, path));
      const error = await loadModel(file, device).then(() => undefined, (e) => e);
      assert.ok(error instanceof CheckpointError, `${text}: ${error}`);
      assert.match(error.message, message, text);
    }
  });
});

Deno.test("Trainer tells layers of equal names apart in statistics and events", async () => {
  await withDevices(async (device) => {
    const pattern = fanIn(2);
    const model = sequential(linear(8, 8, { pattern }), linear(8, 8, { pattern }), linear(8, 2));
    const method = set({ every: 1 });
    using trainer = new Trainer({
      device,
      model,
      optimizer: adamw({ learningRate: 1e-3 }),
      method,
    });
    const features = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
    const data = { features, labels: new Uint8Array(8), examples: 8, inputs: 8, classes: 2 };
    const labels = ["linear.weight", "linear.2.weight"];
    const rewired = [];
    for await (const event of trainer.fit(data, { epochs: 3, batchSize: 8 })) {
      if (event.kind === "rewire") rewired.push(event.layers.map(({ label }) => label));
    }
    assert.ok(rewired.length > 0);
    for (const found of rewired) assert.deepEqual(found, labels);
    assert.deepEqual(trainer.topology.statistics().map(({ label }) => label), labels);
  });
});
