/** Files that `Trainer.save()` writes, read back by the format's own rules. */
import assert from "node:assert/strict";
import { linear, relu, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { fanIn, type Pattern, toDense } from "../src/sparse/pattern.ts";
import { encodeSafetensors, saveModel } from "../src/train/checkpoint.ts";
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
  assert.equal(header.__metadata__.format, "filigree 1");
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

Deno.test("saveModel() writes patterns, values and biases that give the model back", async () => {
  const { device, model } = await placed();
  const folder = await Deno.makeTempDir();
  try {
    await saveModel(`${folder}/model.safetensors`, device, model);
    assert.deepEqual([...Deno.readDirSync(folder)].map((f) => f.name), ["model.safetensors"]);
    const file = decode(await Deno.readFile(`${folder}/model.safetensors`));
    const weight = model.weights[0].sparse;
    assert.ok(weight !== undefined);
    const pattern: Pattern = {
      ...weight.pattern,
      span: words(file, "0.a.weight.span"),
      index: words(file, "0.a.weight.index"),
    };
    assert.deepEqual(
      toDense(pattern, floats(file, "0.a.weight.values")),
      toDense(weight.pattern, await device.readFloats(weight.values)),
    );
    assert.deepEqual(file.entries["2.b.weight"].shape, [4, 9]);
    for (const [i, name] of [[1, "1.a.bias"], [2, "2.b.weight"], [3, "3.b.bias"]] as const) {
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
    await assert.rejects(trainer.save(`${folder}/taken`), /Cannot save the model to ".*taken": /);
    await assert.rejects(trainer.save(`${folder}/no/such`), /expected a writable folder/);
    assert.deepEqual([...Deno.readDirSync(folder)].map((f) => f.name), ["taken"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
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
