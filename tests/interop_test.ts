/**
 * Files that other programs read, checked with those programs: safetensors and TensorBoard, from PyPI.
 *
 * They need a Python with the packages of `tests/interop/requirements.txt`: the one that `FILIGREE_PYTHON` names, or the
 * virtual environment `tests/interop/.venv`. Without one the tests are not run, and fail with `CI=true`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeSafetensors, type NamedTensor, sealSafetensors } from "../src/train/safetensors.ts";
import { createRunFolder, openRunFolder, type RunFolder } from "../src/train/run_folder.ts";

const HERE = new URL("interop/", import.meta.url);
const PYTHON = Deno.env.get("FILIGREE_PYTHON") ?? new URL(".venv/bin/python", HERE).pathname;
const MISSING = await missing();

async function missing(): Promise<string | undefined> {
  try {
    const modules = "import safetensors, tensorboard, numpy";
    const { success, stderr } = await new Deno.Command(PYTHON, { args: ["-c", modules] }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Registers a test that is not run, or fails in CI, without Python. */
function testWithPython(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: MISSING === undefined ? name : `${name} (not run: ${MISSING})`,
    ignore: MISSING !== undefined && Deno.env.get("CI") !== "true",
    fn: async () => {
      if (MISSING !== undefined) throw new Error(`Cannot ask Python: ${MISSING}`);
      const folder = await Deno.makeTempDir();
      try {
        await body(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Steps and values by tag. */
type Scalars = Record<string, [step: number, value: number][]>;

// deno-lint-ignore no-explicit-any
async function ask(verb: string, path: string): Promise<any> {
  const args = [new URL("peer.py", HERE).pathname, verb, path];
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

testWithPython("safetensors reads what sealSafetensors() wrote", async (folder) => {
  const tensors: NamedTensor[] = [
    { name: "0.weight.values", shape: [2, 1, 2], data: Float32Array.of(1, -2, 0.5, 1e-30) },
    { name: "0.weight.span", shape: [1, 2], data: Uint32Array.of(0, 4) },
    { name: "nothing", shape: [0], data: new Float32Array() },
  ];
  const path = `${folder}/a.safetensors`;
  await Deno.writeFile(path, await sealSafetensors(tensors, { format: "filigree 2" }));
  const read = await ask("read-safetensors", path);
  assert.deepEqual(Object.keys(read).sort(), tensors.map(({ name }) => name).sort());
  for (const { name, shape, data } of tensors) {
    const dtype = data instanceof Float32Array ? "float32" : "uint32";
    assert.deepEqual(read[name], { shape, dtype, numbers: [...data] });
  }
});

testWithPython("decodeSafetensors() reads what safetensors wrote", async (folder) => {
  const path = `${folder}/b.safetensors`;
  await ask("write-safetensors", path);
  const { tensors, metadata } = await decodeSafetensors(await Deno.readFile(path), path);
  assert.equal(metadata.from, "python");
  assert.deepEqual(tensors.get("z"), {
    name: "z",
    shape: [2, 3],
    data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25),
  });
  assert.deepEqual([...tensors.get("a")?.data ?? []], [1, 2, 0xffffffff]);
  assert.deepEqual(tensors.get("empty")?.shape, [0, 4]);
});

testWithPython("TensorBoard reads the events of a run folder", async (folder) => {
  const path = `${folder}/run`;
  const values = [0.5, 0.25, 1e-20];
  {
    using run = await createRunFolder(path, { config: "", environment: {} });
    await run.sink({ step: 1, seconds: 0.1, loss: values[0], layers: { "0": { density: 0.05 } } });
    await run.sink({ step: 300, seconds: 0.2, loss: values[1] });
  }
  {
    using run = await openRunFolder(path);
    await run.sink({ step: 2 ** 31, seconds: 0.3, loss: values[2] });
  }
  for (const read of Object.values<Scalars>(await ask("read-events", path))) {
    assert.deepEqual(read.loss, [[1, 0.5], [300, 0.25], [2 ** 31, Math.fround(1e-20)]]);
    assert.deepEqual(read["layers/0/density"], [[1, Math.fround(0.05)]]);
  }
  const lines = (await Deno.readTextFile(`${path}/metrics.jsonl`)).trim().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).loss), values);
});

testWithPython("all readers of TensorBoard see each step of a resumed run once", async (folder) => {
  const path = `${folder}/run`;
  // Ends of epochs at every third step; values tell the parts of the run apart.
  const train = async (run: RunFolder, from: number, to: number, value: number): Promise<void> => {
    for (let step = from + 1; step <= to; step++) {
      await run.sink({ step, seconds: step, loss: value });
      if (step % 3 === 0) await run.sink({ step, seconds: step, epochLoss: value });
    }
  };
  {
    using run = await createRunFolder(path);
    await train(run, 0, 10, 1);
  }
  for (const [from, to, value] of [[4, 9, 2], [9, 13, 3], [0, 5, 4], [5, 8, 5]]) {
    using run = await openRunFolder(path, from);
    // Where the checkpoint was saved before the end of the epoch.
    if (from % 3 === 0 && from > 0) await run.sink({ step: from, seconds: from, epochLoss: value });
    await train(run, from, to, value);
  }
  const steps = (count: number, every: number) =>
    Array.from({ length: count }, (_, i) => every * (i + 1));
  const read: Record<string, Scalars> = await ask("read-events", path);
  assert.deepEqual(Object.keys(read), ["accumulator", "plugin", "server"]);
  for (const [reader, { loss, epochLoss, seconds }] of Object.entries(read)) {
    assert.deepEqual(loss, steps(8, 1).map((step) => [step, step < 6 ? 4 : 5]), reader);
    assert.deepEqual(epochLoss, [[3, 4], [6, 5]], reader);
    assert.deepEqual(seconds, steps(8, 1).map((step) => [step, step]), reader);
  }
});
