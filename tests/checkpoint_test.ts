/**
 * Checkpoints: written and read back by the format's own rules, and refused where they are damaged.
 *
 * @module
 */
import assert from "node:assert/strict";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { toDense } from "../src/sparse/convert.ts";
import type { Pattern } from "../src/sparse/pattern.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { readCheckpoint, saveCheckpoint } from "../src/train/checkpoint.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { decodeSafetensors, encodeSafetensors, sealSafetensors } from "../src/train/safetensors.ts";
import { loadModel } from "../src/train/load.ts";
import { Trainer } from "../src/train/trainer.ts";
import { ReferenceBackend } from "./reference_backend.ts";

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Reads a safetensors file: header length (u64), JSON header, data. */
function decode(bytes: Uint8Array): { entries: Record<string, Entry>; data: Uint8Array } {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  assert.equal(length % 8, 0, "the data are aligned to 8 bytes");
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  assert.ok(header.__metadata__.format.startsWith("filigree "));
  delete header.__metadata__;
  return { entries: header, data: bytes.slice(8 + length) };
}

function floats({ entries, data }: ReturnType<typeof decode>, name: string): Float32Array {
  assert.equal(entries[name].dtype, "F32");
  return new Float32Array(data.slice(...entries[name].data_offsets).buffer);
}

function words({ entries, data }: ReturnType<typeof decode>, name: string): Uint32Array {
  assert.equal(entries[name].dtype, "U32");
  return new Uint32Array(data.slice(...entries[name].data_offsets).buffer);
}

async function placed(): Promise<{ device: Device; model: ReturnType<typeof sequential> }> {
  const device = new Device(new ReferenceBackend(), "test", 5, record);
  const model = sequential(
    linear(12, 9, { name: "a", pattern: fanIn(3) }),
    relu(),
    linear(9, 4, { name: "b" }),
  );
  await device.compile([matrix(12, 8), labels(8)], (x, y) => crossEntropy(model(x), y));
  return { device, model };
}

Deno.test("saveCheckpoint() writes patterns, values and biases that give the model back", async () => {
  const { device, model } = await placed();
  const folder = await Deno.makeTempDir();
  try {
    await saveCheckpoint(`${folder}/model.safetensors`, { device, model });
    assert.deepEqual([...Deno.readDirSync(folder)].map((f) => f.name), ["model.safetensors"]);
    const file = decode(await Deno.readFile(`${folder}/model.safetensors`));
    const weight = model.weights[0].sparse;
    assert.ok(weight !== undefined);
    const pattern: Pattern = {
      ...weight.pattern,
      span: words(file, "a.weight:span"),
      index: words(file, "a.weight:index"),
    };
    assert.deepEqual(
      toDense(pattern, floats(file, "a.weight:values")),
      toDense(weight.pattern, await device.readFloats(weight.values)),
    );
    assert.deepEqual(file.entries["b.weight"].shape, [4, 9]);
    for (const [i, name] of [[1, "a.bias"], [2, "b.weight"], [3, "b.bias"]] as const) {
      assert.deepEqual(floats(file, name), await device.readFloats(model.parameters[i]));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Trainer.save() keeps the file before it when it fails, and leaves nothing else", async () => {
  const { device, model } = await placed();
  const trainer = new Trainer({ device, model, optimizer: sgd({ learningRate: 0.1 }) });
  const folder = await Deno.makeTempDir();
  try {
    // A folder in the file's place: the rename must fail.
    await Deno.mkdir(`${folder}/taken/inside`, { recursive: true });
    await assert.rejects(
      trainer.save(`${folder}/taken`),
      /Cannot save the checkpoint to ".*taken": /,
    );
    await assert.rejects(trainer.save(`${folder}/no/such`), /expected a writable folder/);
    assert.deepEqual([...Deno.readDirSync(folder)].map((f) => f.name), ["taken"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Trainer.encode() gives what save() writes, and a trainer and a device take the bytes", async () => {
  const { device, model } = await placed();
  const trainer = new Trainer({ device, model, optimizer: sgd({ learningRate: 0.1 }) });
  const path = await Deno.makeTempFile();
  try {
    await trainer.save(path, { by: "test" });
    const bytes = await trainer.encode({ by: "test" });
    assert.deepEqual(bytes, await Deno.readFile(path));
    const { metadata } = await trainer.restore(bytes);
    assert.equal(metadata.by, "test");
    await trainer.load(bytes);
    assert.deepEqual((await loadModel(bytes, device)).checkpoint.metadata, metadata);
    bytes[bytes.length - 1] ^= 1;
    await assert.rejects(
      trainer.restore(bytes),
      /Cannot read the checkpoint "in memory": its content/,
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("encodeSafetensors() lays tensors out one after the other, without gaps", () => {
  const bytes = encodeSafetensors([
    { name: "x", shape: [2], data: new Float32Array([1, 2]) },
    { name: "y", shape: [3], data: new Uint32Array([3, 4, 5]) },
  ], { format: "filigree 1" });
  const { entries, data } = decode(bytes);
  assert.deepEqual(entries.x.data_offsets, [0, 8]);
  assert.deepEqual(entries.y.data_offsets, [8, 20]);
  assert.equal(data.length, 20);
});

/** Files that are no checkpoints, or no longer. */
async function damaged(): Promise<[name: string, bytes: Uint8Array, message: RegExp][]> {
  const good = await sealSafetensors([
    { name: "x", shape: [2], data: new Float32Array([1, 2]) },
    { name: "y", shape: [1, 3], data: new Uint32Array([3, 4, 5]) },
  ], { format: "filigree 3" });
  const edited = (edit: (bytes: Uint8Array) => void): Uint8Array => {
    const copy = good.slice();
    edit(copy);
    return copy;
  };
  const withHeader = (header: unknown): Uint8Array => {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const file = new Uint8Array(8 + text.length + 8);
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
    file.set(text, 8);
    return file;
  };
  const x = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  return [
    ["an empty file", new Uint8Array(), /it has 0 bytes/],
    ["a file cut in its data", good.subarray(0, good.length - 1), /checksum|lies from byte/],
    ["a file cut in its header", good.subarray(0, 40), /its header claims \d+ bytes at byte 8/],
    [
      "a header that claims more than the file holds",
      edited((bytes) => bytes.fill(0xff, 0, 8)),
      /claims 18446744073709551615 bytes/,
    ],
    ["a foreign file", new TextEncoder().encode("PK\u0003\u0004 and so on"), /claims|not JSON/],
    ["a flipped bit of the data", edited((bytes) => bytes[bytes.length - 1] ^= 1), /damaged/],
    ["a byte too many", Uint8Array.of(...good, 0), /damaged/],
    ["a type that is not read", withHeader({ x: { ...x, dtype: "F64" } }), /"F64"; expected "F32"/],
    ["a shape that is none", withHeader({ x: { ...x, shape: [-2] } }), /no shape or no offsets/],
    ["a shape that is too large", withHeader({ x: { ...x, shape: [2 ** 40] } }), /expected 4398/],
    [
      "arrays with a gap",
      withHeader({ x: { ...x, data_offsets: [4, 12] } }),
      /lies from byte 4 to 12 of 8; expected 8 bytes from 0 on/,
    ],
    ["data that belong to nothing", withHeader({}), /expected 10, the end of its last array/],
    ["metadata that are no text", withHeader({ __metadata__: { a: 1 } }), /not text fields/],
  ];
}

Deno.test("decodeSafetensors() undoes sealSafetensors()", async () => {
  const tensors = [
    { name: "x", shape: [2], data: new Float32Array([1, -0]) },
    { name: "y", shape: [1, 3], data: new Uint32Array([3, 4, 0xffffffff]) },
    { name: "nothing", shape: [0], data: new Float32Array() },
  ];
  const file = await decodeSafetensors(await sealSafetensors(tensors, { a: "\u00fc" }), "file");
  assert.deepEqual([...file.tensors.values()], tensors);
  assert.equal(file.metadata.a, "\u00fc");
});

Deno.test("decodeSafetensors() says what is wrong with a file", async () => {
  for (const [name, bytes, message] of await damaged()) {
    await assert.rejects(decodeSafetensors(bytes, "file"), (error) => {
      assert.ok(error instanceof CheckpointError, name);
      assert.match(error.message, message, name);
      assert.match(error.message, /^Cannot read the checkpoint "file": /);
      return true;
    });
  }
});

Deno.test("readCheckpoint() finds every flipped bit", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { device, model } = await placed();
    const path = `${folder}/model.safetensors`;
    await saveCheckpoint(path, { device, model });
    await readCheckpoint(path);
    const good = await Deno.readFile(path);
    for (let i = 0; i < 200; i++) {
      const bad = good.slice();
      const bit = Math.floor(Math.random() * 8 * bad.length);
      bad[bit >> 3] ^= 1 << (bit & 7);
      await Deno.writeFile(path, bad);
      await assert.rejects(readCheckpoint(path), CheckpointError, `bit ${bit}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
