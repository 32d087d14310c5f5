/**
 * Checkpoints of the version before modules were a tree: read, resumed bit for bit, loaded, measured, asked, exported.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createDevice, type Device } from "../mod.ts";
import { sha256 } from "../src/data/digest.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { checkpointFrom, readCheckpoint, saveCheckpoint } from "../src/train/checkpoint.ts";
import { encodeExport, exportModel, exportOf } from "../src/train/export.ts";
import { loadModel } from "../src/train/load.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { decodeSafetensors, sealSafetensors } from "../src/train/safetensors.ts";
import { snapshotLayers, snapshotOf } from "../src/train/snapshot.ts";
import {
  OLD_DATA,
  OLD_MODELS,
  type OldName,
  type Rest,
  scoresOf,
  trainerOf,
  trainRest,
} from "./old_models.ts";

const FOLDER = new URL("./checkpoints/", import.meta.url);

interface Expected {
  readonly rest: Rest;
  readonly evaluation: Rest["evaluation"];
  readonly scores: readonly (readonly number[])[];
  /** SHA-256 of the export of the model that was loaded. */
  readonly export: string;
}

const EXPECTED: Readonly<Record<OldName, Expected>> = JSON.parse(
  await Deno.readTextFile(new URL("expected.json", FOLDER)),
);

const NAMES = Object.keys(EXPECTED).filter((name): name is OldName => name in OLD_MODELS);

function pathOf(name: OldName): string {
  return decodeURIComponent(new URL(`${name}.safetensors`, FOLDER).pathname);
}

function newDevice(): Promise<Device> {
  return createDevice({ prefer: "wasm", threads: 1, seed: 9 });
}

Deno.test("there is a checkpoint of every old model", () => {
  assert.deepEqual(NAMES, Object.keys(OLD_MODELS));
});

/**
 * Asserts that two values are the same, numbers to 1e-5 of their size: powers of e have had other last bits since the checkpoints were
 * written, which some steps make a little larger.
 */
function assertNear(actual: unknown, expected: unknown): void {
  const rounded = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (_, each) => typeof each === "number" ? 0 : each);
  assert.deepEqual(rounded(actual), rounded(expected));
  const numbers = (value: unknown): number[] => {
    if (typeof value === "number") return [value];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbers) : [];
  };
  const [own, others] = [numbers(actual), numbers(expected)];
  for (const [i, value] of own.entries()) {
    const error = Math.abs(value - others[i]);
    assert.ok(error <= 1e-5 * Math.max(1, Math.abs(others[i])), `${value} is not ${others[i]}`);
  }
}

for (const name of NAMES) {
  const expected = EXPECTED[name];
  Deno.test(`Trainer.restore() goes on with an old run: ${name}`, async () => {
    using device = await newDevice();
    using trainer = trainerOf(name, device);
    await trainer.restore(pathOf(name));
    assertNear(await trainer.evaluate(OLD_DATA), expected.evaluation);
    const scores = await scoresOf(trainer);
    assertNear(scores.slice(0, expected.scores.length), expected.scores);
    assertNear(await trainRest(trainer), expected.rest);
  });

  Deno.test(`loadModel() and exports take an old checkpoint: ${name}`, async () => {
    using device = await newDevice();
    const checkpoint = await readCheckpoint(pathOf(name));
    const { model, preparation } = await loadModel(checkpoint, device);
    using trainer = trainerOf(name, device);
    await trainer.restore(checkpoint);
    const weights = trainer.topology.statistics();
    assert.deepEqual(
      snapshotLayers(checkpoint).filter(({ pattern }) => pattern).length,
      weights.length,
    );
    // From the file alone: the same bytes as the version before wrote.
    const direct = await encodeExport(exportOf(snapshotOf(checkpoint), "condensed"));
    assert.equal(await sha256(direct), expected.export);
    // Saved again, it is a checkpoint of this version, of the same model.
    const path = await Deno.makeTempFile({ suffix: ".safetensors" });
    try {
      await saveCheckpoint(path, { device, model });
      const again = await readCheckpoint(path);
      assert.equal(again.metadata.format, "filigree 3");
      const [first, second] = [checkpoint, again].map((each) =>
        exportOf(snapshotOf(each), "dense")
      );
      assert.deepEqual(
        second.tensors.map(({ data, shape }) => ({ data, shape })),
        first.tensors.map(({ data, shape }) => ({ data, shape })),
      );
      await exportModel(path, { device, model, preparation });
      // Layers without names are called by their places in the tree now.
      if (name !== "everything") assert.deepEqual(await Deno.readFile(path), direct);
    } finally {
      await Deno.remove(path);
    }
  });
}

Deno.test("an old checkpoint of a built-in model has the paths of the model of this version", async () => {
  using device = await newDevice();
  for (const name of ["fan-in", "dense", "convnet", "shared"] as const) {
    const { model, checkpoint } = await loadModel(pathOf(name), device);
    const paths = [...treeOfModel(OLD_MODELS[name]().model).parameters.values()];
    assert.deepEqual([...treeOfModel(model).parameters.values()], paths);
    assert.deepEqual(checkpoint.places, paths);
  }
});

Deno.test("an old checkpoint of another model, or a damaged one, is refused by what is wrong", async () => {
  using device = await newDevice();
  using other = trainerOf("dense", device);
  await assert.rejects(other.restore(pathOf("fan-in")), CheckpointError);
  const path = pathOf("dense");
  const { tensors, metadata: { sha256: _, ...metadata } } = await decodeSafetensors(
    await Deno.readFile(path),
    path,
  );
  const [first, relu, second] = JSON.parse(metadata.operations);
  const cases: [unknown, RegExp][] = [
    ["[", /it does not say what its model does/],
    [{}, /expected a list/],
    [[{ operation: "telepathy" }], /no layer of the kind "telepathy"/],
    [[first], /no module uses its parameter "layer1\.weight"/],
    [[first, relu, { ...second, weight: 9 }], /it lacks the parameter 9/],
    [[first, relu, { ...second, weight: 1 }], /its parameter 1 is no weight of a layer/],
    [[first, relu, { ...second, bias: 1 }], /two layers share the parameter "layer0\.bias"/],
    [[first, relu, { ...second, weight: -1 }], /weight of linear is -1; expected a whole number/],
    [[first, { operation: "unknown", kind: "mine" }], /kind "mine" does not say what it does/],
    [
      [first, relu, { ...second, operation: "conv2d", kernel: [4, 2], stride: 1, padding: 0 }],
      /its model cannot be made \(.*channels is 0.75/,
    ],
  ];
  for (const [operations, message] of cases) {
    const text = typeof operations === "string" ? operations : JSON.stringify(operations);
    const bytes = await sealSafetensors([...tensors.values()], { ...metadata, operations: text });
    const read = async () => {
      const file = await checkpointFrom(path, await decodeSafetensors(bytes, path));
      await loadModel(file, device);
    };
    await assert.rejects(read, (error) => {
      assert.ok(error instanceof CheckpointError, `${text}: ${error}`);
      assert.match(error.message, message, text);
      return true;
    });
  }
});

Deno.test("an old checkpoint of a layer of one's own is restored by the program that has it", async () => {
  using device = await newDevice();
  const path = pathOf("dense");
  const file = await decodeSafetensors(await Deno.readFile(path), path);
  const { sha256: _, operations: __, ...metadata } = file.metadata;
  const operations = JSON.stringify([{ operation: "unknown", kind: "mine" }]);
  const bytes = await sealSafetensors([...file.tensors.values()], { ...metadata, operations });
  const checkpoint = await checkpointFrom(path, await decodeSafetensors(bytes, path));
  using trainer = trainerOf("dense", device);
  await trainer.restore(checkpoint);
  assert.deepEqual(await trainer.evaluate(OLD_DATA), EXPECTED.dense.evaluation);
  assert.equal(snapshotLayers(checkpoint).length, 2);
});
