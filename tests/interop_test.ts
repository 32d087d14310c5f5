/**
 * Files that other programs read, checked with those programs: safetensors and TensorBoard, from PyPI, and the reader of
 * exports in `examples/`; and figures of rankings as napkinxc has them.
 *
 * They need a Python with the packages of `tests/interop/requirements.txt`: the one that `FILIGREE_PYTHON` names, or the
 * virtual environment `tests/interop/.venv`. Without one the tests are not run, and fail with `CI=true`.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ClassDataset } from "../src/data/dataset.ts";
import { createDevice } from "../src/ops/device.ts";
import { exportModel } from "../src/train/export.ts";
import { loadModel } from "../src/train/load.ts";
import { readArray } from "../src/data/arrays.ts";
import { fileSource } from "../src/data/files.ts";
import { npyHead } from "../src/data/npy.ts";
import { inversePropensities, PROPENSITIES } from "../src/data/labels/propensity.ts";
import { rankingFigures, RankingMetrics } from "../src/data/labels/ranking.ts";
import { readTable } from "../src/data/table.ts";
import { decodeSafetensors, type NamedTensor, sealSafetensors } from "../src/train/safetensors.ts";
import { createRunFolder, openRunFolder, type RunFolder } from "../src/train/run_folder.ts";
import { npy } from "./idx_files.ts";
import { rowsOf } from "./label_lists.ts";
import { outputsOn, trainAndSave, TRAINED } from "./export_models.ts";
import { ask, PYTHON, testWithPython } from "./interop_python.ts";
import { outputsOfTexts, textExample } from "./text_models.ts";

/** Steps and values by tag. */
type Scalars = Record<string, [step: number, value: number][]>;

testWithPython("safetensors reads what sealSafetensors() wrote", async (folder) => {
  const tensors: NamedTensor[] = [
    { name: "weight:values", shape: [2, 1, 2], data: Float32Array.of(1, -2, 0.5, 1e-30) },
    { name: "weight:span", shape: [1, 2], data: Uint32Array.of(0, 4) },
    { name: "nothing", shape: [0], data: new Float32Array() },
  ];
  const path = `${folder}/a.safetensors`;
  await Deno.writeFile(path, await sealSafetensors(tensors, { format: "filigree 3" }));
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
  // Killed while it wrote: the last record, of a step after the checkpoint, is cut off.
  const [first] = [...Deno.readDirSync(path)].filter(({ name }) => name.startsWith("events"));
  const { size } = await Deno.stat(`${path}/${first.name}`);
  await Deno.truncate(`${path}/${first.name}`, size - 5);
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

const READER = new URL("../examples/read_export.py", import.meta.url).pathname;

/** The outputs that the example in Python computes for an array of features. */
async function readByExample(model: string, features: string) {
  const args = [READER, model, features];
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, { args }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const rows = out.trim().split("\n").map((line) => line.split(" ").map(Number));
  return { success, rows, err };
}

/** Writes features as an array of NumPy. */
async function writeNpy(
  path: string,
  features: ClassDataset["features"],
  inputs: number,
): Promise<void> {
  const kind = features instanceof Uint8Array ? "u1" : "f4";
  await Deno.writeFile(path, npy([features.length / inputs, inputs], kind, [...features]));
}

for (const [name, example] of Object.entries(TRAINED)) {
  testWithPython(`examples/read_export.py computes the outputs of ${name}`, async (folder) => {
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
    const path = `${folder}/checkpoint.safetensors`;
    await trainAndSave(device, example, path);
    using other = await createDevice({ prefer: "wasm", threads: 1 });
    const { model, preparation } = await loadModel(path, other);
    assert.ok(preparation !== undefined);
    const { data } = example;
    const expected = await outputsOn(other, model, data, preparation);
    const largest = expected.flat().reduce((most, y) => Math.max(most, Math.abs(y)), 0);
    await writeNpy(`${folder}/examples.npy`, data.features, data.inputs);
    for (const format of ["condensed", "dense"] as const) {
      const out = `${folder}/${format}.safetensors`;
      await exportModel(out, { device: other, model, preparation, format });
      const { rows, err } = await readByExample(out, `${folder}/examples.npy`);
      assert.equal(err, "");
      assert.deepEqual(rows.map(({ length }) => length), expected.map(({ length }) => length));
      // The model adds up at most 96 products in f32 in each of ten operations, NumPy in f64: 10 * 96 roundings of 6e-8 at
      // worst. One of them goes through a batch norm, which divides by deviations above a tenth.
      const within = 6e-5 * Math.max(1, largest);
      const worst = rows.flatMap((row, i) => row.map((y, j) => Math.abs(y - expected[i][j])));
      const error = worst.reduce((most, each) => Math.max(most, each), 0);
      assert.ok(error <= within, `${format}: off by ${error} of ${largest}`);
    }
  });
}

for (const name of ["bag", "sequence"] as const) {
  testWithPython(
    `examples/read_export.py computes the outputs of a model of texts (${name})`,
    async (folder) => {
      using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
      const example = textExample(name);
      const { positions, source, model, preparation } = example;
      const { tokens, outputs } = await outputsOfTexts(device, example);
      const path = `${folder}/tokens.npy`;
      await Deno.writeFile(path, npy([source.examples, positions], "f4", tokens));
      for (const format of ["condensed", "dense"] as const) {
        const out = `${folder}/${format}.safetensors`;
        await exportModel(out, { device, model, preparation, format });
        const { rows, err } = await readByExample(out, path);
        assert.equal(err, "");
        assert.equal(rows.length, source.examples);
        for (const [example, row] of rows.entries()) {
          for (const [i, y] of row.entries()) {
            // Sums of a few products of numbers below 3, in a few layers with norms.
            assert.ok(Math.abs(y - outputs[example][i]) < 2e-5, `${format}, text ${example}`);
          }
        }
      }
    },
  );
}

testWithPython(
  "examples/read_export.py refuses what docs/export.md tells readers to",
  async (folder) => {
    using device = await createDevice({ prefer: "wasm", threads: 1, seed: 3 });
    const { model: make, data } = TRAINED["a model of every operation and of floats"];
    const { inputs } = data;
    const out = `${folder}/model.safetensors`;
    const checkpoint = `${folder}/checkpoint.safetensors`;
    await trainAndSave(device, { model: make, data }, checkpoint);
    using other = await createDevice({ prefer: "wasm", threads: 1 });
    const { model, preparation } = await loadModel(checkpoint, other);
    await exportModel(out, { device: other, model, preparation });
    const features = `${folder}/examples.npy`;
    const refused = async (model: string, message: RegExp): Promise<void> => {
      const { success, err } = await readByExample(model, features);
      assert.equal(success, false);
      assert.match(err, message);
    };
    await writeNpy(features, data.features, inputs);
    await refused(checkpoint, /it is no export of version 2/);
    const { tensors, metadata: { sha256: _, ...metadata } } = await decodeSafetensors(
      await Deno.readFile(out),
      out,
    );
    for (
      const [text, message] of [
        [metadata.filigree.replace('"version":2', '"version":3'), /no export of version 2/],
        [metadata.filigree.replace('"relu"', '"maxout"'), /Cannot apply the operation maxout/],
      ] as const
    ) {
      const bytes = await sealSafetensors([...tensors.values()], { ...metadata, filigree: text });
      await Deno.writeFile(`${folder}/lie.safetensors`, bytes);
      await refused(`${folder}/lie.safetensors`, message);
    }
    await writeNpy(features, data.features.subarray(0, 2 * (inputs - 1)), inputs - 1);
    await refused(out, /Cannot use float32 examples of 95 features: expected \[96\]/);
    await writeNpy(features, new Uint8Array(inputs), inputs);
    await refused(out, /Cannot use uint8 examples of 96 features/);
  },
);

testWithPython("npyHead() and readArray() read what NumPy wrote", async (folder) => {
  const arrays: Record<string, number[]> = await ask("write-arrays", folder);
  assert.equal(Object.keys(arrays).length, 72);
  for (const [name, expected] of Object.entries(arrays)) {
    const head = await npyHead(await fileSource(`${folder}/${name}`));
    assert.deepEqual(head.shape, [3, 2, 2], name);
    for (const use of ["features", "labels", "targets"] as const) {
      assert.deepEqual([...(await readArray(head, use)).data], expected, name);
    }
  }
  await assert.rejects(
    npyHead(await fileSource(`${folder}/fortran.npy`)),
    /in Fortran order; expected C order/,
  );
});

testWithPython("readTable() reads what Python's csv wrote", async (folder) => {
  const tables: Record<string, string[][]> = await ask("write-tables", folder);
  assert.equal(Object.keys(tables).length, 6);
  for (const [name, [header, ...rows]] of Object.entries(tables)) {
    for (const path of [name, `${name}.gz`]) {
      const data = await readTable(await fileSource(path), { task: "class" });
      assert.ok("labels" in data);
      assert.deepEqual(data.table?.names, header);
      const features = rows.flatMap(([a, b]) => [Math.fround(Number(a)), Number(b)]);
      assert.deepEqual([...data.features], features, path);
      assert.deepEqual(
        [...data.labels].map((label) => data.classNames?.[label]),
        rows.map(([, , c]) => c),
      );
    }
  }
});

testWithPython(
  "napkinxc finds the figures of rankings that RankingMetrics finds",
  async (folder) => {
    const labels = 30, most = 5;
    const all = Array.from({ length: labels }, (_, label) => label);
    // Rows without labels, too, among those to train with and those that are ranked.
    const some = fc.subarray(all, { maxLength: 8 });
    const drawn = fc.record({
      train: fc.array(some, { minLength: 200, maxLength: 200 }),
      truth: fc.array(some, { minLength: 50, maxLength: 50 }),
      ranked: fc.array(fc.shuffledSubarray(all, { minLength: most, maxLength: most }), {
        minLength: 50,
        maxLength: 50,
      }),
    });
    const models = [PROPENSITIES.other, PROPENSITIES.amazon];
    for (const [i, rows] of fc.sample(drawn, models.length).entries()) {
      const path = `${folder}/rows.json`;
      await Deno.writeTextFile(path, JSON.stringify({ labels, ...rows, ...models[i] }));
      const theirs = await ask("figures", path, "ranking_peer.py");
      const propensities = inversePropensities(rowsOf(rows.train, labels), models[i]);
      propensities.weights.forEach((weight, label) =>
        near(weight, theirs.weights[label], `weight of label ${label}`)
      );
      const metrics = new RankingMetrics({ truth: rowsOf(rows.truth, labels), propensities });
      metrics.add(Uint32Array.from(rows.ranked.flat()), rows.truth.length);
      const ours = rankingFigures(metrics.scores());
      for (const [name, shares] of Object.entries<number[]>(theirs.figures)) {
        for (const k of [1, 3, 5]) near(ours[`${name}@${k}`], shares[k - 1], `${name}@${k}`);
      }
    }
  },
);

/** Both count in f64, and add up in another order. */
function near(ours: number, theirs: number, what: string): void {
  assert(
    Math.abs(ours - theirs) <= 1e-12 * Math.abs(theirs),
    `${what}: ${ours}, by napkinxc ${theirs}`,
  );
}
