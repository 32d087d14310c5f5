/**
 * Trained models on the command line: a run folder or a checkpoint is all that `eval`, `predict`, `export` and `inspect` need.
 *
 * @module
 */
import assert from "node:assert/strict";
import { sha256 } from "../src/data/digest.ts";
import { linear, sequential } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { adamw } from "../src/optim/adamw.ts";
import { decodeSafetensors, sealSafetensors } from "../src/train/safetensors.ts";
import { Trainer } from "../src/train/trainer.ts";
import { idx, writeIdxFolder } from "./idx_files.ts";

const CLI = new URL("../cli.ts", import.meta.url).pathname;
const SIZE = 6;
const CLASSES = 4;

/** The program in a folder. */
function command(cwd: string, args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CLI, ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await command(cwd, args).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/**
 * Calls `body` with a folder that holds a `run`, trained with pictures that have gone, and other data: `other`, of as many
 * classes, and `more`, of more.
 */
async function withRun(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, classes] of [["data", CLASSES], ["other", CLASSES], ["more", 6]] as const) {
      await Deno.mkdir(`${folder}/${name}`);
      await writeIdxFolder(`${folder}/${name}`, { train: 200, test: 60, size: SIZE, classes });
    }
    const where = ["--data", "data", "--device", "wasm", "--threads", "1", "--out", "run"];
    const model = [
      "--hidden",
      "16",
      "--batch",
      "32",
      "--sparsity",
      "0.5",
      "--warmup",
      "1",
      "--lr",
      "0.01",
      "--epochs",
      "20",
    ];
    const { code, err } = await run(folder, "train", ...where, ...model);
    assert.equal(code, 0, err);
    await Deno.rename(`${folder}/data`, `${folder}/gone`);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Path of the newest checkpoint of a run. */
function newestIn(path: string): string {
  const names = [...Deno.readDirSync(`${path}/checkpoints`)].map(({ name }) => name);
  const newest = names.filter((name) => name.startsWith("step-")).sort().at(-1);
  return `${path}/checkpoints/${newest}`;
}

Deno.test("eval, predict, export and inspect need the run folder or a checkpoint alone, wherever they run", async () => {
  await withRun(async (folder) => {
    const elsewhere = await Deno.makeTempDir();
    try {
      const images = `${folder}/other/t10k-images-idx3-ubyte`;
      const answers: string[] = [];
      for (const saved of [`${folder}/run`, newestIn(`${folder}/run`)]) {
        const tested = await run(elsewhere, "eval", saved, "--data", `${folder}/other`, "--json");
        assert.equal(tested.code, 0, tested.err);
        assert.ok(JSON.parse(tested.out).accuracy > 0.9, tested.out);
        const labelled = await run(elsewhere, "predict", saved, images, "--device", "wasm");
        assert.equal(labelled.code, 0, labelled.err);
        assert.equal(labelled.err, "");
        const exported = await run(elsewhere, "export", saved);
        assert.equal(exported.code, 0, exported.err);
        const model = await Deno.readTextFile(`${elsewhere}/model.safetensors`);
        assert.equal((await run(elsewhere, "inspect", saved)).code, 0);
        answers.push(labelled.out + model);
      }
      assert.equal(answers[0], answers[1]);
    } finally {
      await Deno.remove(elsewhere, { recursive: true });
    }
  });
});

Deno.test("eval says that the data of the run are not there, and what to do", async () => {
  await withRun(async (folder) => {
    const { code, err } = await run(folder, "eval", "run");
    assert.equal(code, 2);
    assert.match(err, /Cannot open the data set "data" of the run: .*there is no such/);
    assert.match(err, /A relative path counts from the folder of this command; .* --data\./);
  });
});

Deno.test("eval refuses a class that the model does not know, by the number of the example", async () => {
  await withRun(async (folder) => {
    const { code, out, err } = await run(folder, "eval", "run", "--data", "more");
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(err, /the label of example 4 is 4; expected (a class|classes) below 4/);
  });
});

Deno.test("predict refuses pictures of another size, whose pixels are as many", async () => {
  await withRun(async (folder) => {
    await Deno.writeFile(`${folder}/wide.idx`, idx([2, 4, 9], new Uint8Array(72)));
    const { code, err } = await run(folder, "predict", "run", "wide.idx");
    assert.equal(code, 1);
    assert.match(err, /pictures are 1 x 4 x 9; expected pictures of 1 x 6 x 6/);
  });
});

Deno.test("predict ends quietly when nobody reads on", async () => {
  await withRun(async (folder) => {
    const examples = 20_000;
    const pixels = new Uint8Array(examples * SIZE * SIZE);
    await Deno.writeFile(`${folder}/many.f32`, new Uint8Array(4 * pixels.length));
    const process = command(folder, ["predict", "run", "many.f32"]).spawn();
    const reader = process.stdout.getReader();
    const { value } = await reader.read();
    assert.match(new TextDecoder().decode(value), /^{"example":0,/);
    await reader.cancel();
    const [{ code }, err] = await Promise.all([
      process.status,
      new Response(process.stderr).text(),
    ]);
    assert.deepEqual([code, err], [0, ""]);
  });
});

Deno.test("a checkpoint of a version that did not say what its model does is read by its configuration and data", async () => {
  await withRun(async (folder) => {
    const images = "other/t10k-images-idx3-ubyte";
    const expected = await run(folder, "predict", "run", images);
    const path = newestIn(`${folder}/run`);
    const { tensors, metadata } = await decodeSafetensors(await Deno.readFile(path), path);
    const { model: _, sha256: __, patterns, training, ...older } = metadata;
    const { preparation: ___, ...stood } = JSON.parse(training);
    // Parameters had numbers then, and their patterns were under their own names.
    const paths = [...new Set([...tensors.keys()].map((name) => name.split(":")[0]))];
    const oldName = (name: string): string =>
      `${paths.indexOf(name.split(":")[0])}.${name.replace(":", ".")}`;
    const old = [...tensors.values()].map((tensor) => ({ ...tensor, name: oldName(tensor.name) }));
    const specs = Object.entries(JSON.parse(patterns)).map((
      [path, spec],
    ) => [oldName(path), JSON.stringify(spec)]);
    const notes = {
      ...{ ...older, format: "filigree 2", training: JSON.stringify(stood) },
      ...Object.fromEntries(specs),
    };
    await Deno.writeFile(`${folder}/older.safetensors`, await sealSafetensors(old, notes));
    const lost = await run(folder, "predict", "older.safetensors", images);
    assert.equal(lost.code, 2);
    assert.match(lost.err, /Cannot open the data set "data" of the run/);
    await Deno.rename(`${folder}/gone`, `${folder}/data`);
    const found = await run(folder, "predict", "older.safetensors", images);
    assert.match(
      found.err,
      /does not say how examples are prepared: .* Reading the data set "data"/,
    );
    assert.equal(found.out, expected.out);
    for (const saved of ["run", "older.safetensors"]) {
      const { code, err } = await run(folder, "export", saved, "--out", `${saved}.export`);
      assert.equal(code, 0, err);
    }
    assert.deepEqual(
      await Deno.readFile(`${folder}/older.safetensors.export`),
      await Deno.readFile(`${folder}/run.export`),
    );
  });
});

Deno.test("a checkpoint of the version before is measured, asked, shown and exported as by that version", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const here = new URL("./checkpoints/cli/", import.meta.url);
    const names = ["run.safetensors", "few.csv"];
    for (const name of names) await Deno.copyFile(new URL(name, here), `${folder}/${name}`);
    const expected = JSON.parse(await Deno.readTextFile(new URL("expected.json", here)));
    const [path, data] = names;
    const asked = await run(folder, "predict", path, data);
    assert.deepEqual(asked.out.trim().split("\n"), expected.predicted, asked.err);
    const measured = await run(folder, "eval", path, "--data", data, "--json");
    const { loss, accuracy } = JSON.parse(measured.out);
    assert.deepEqual({ loss, accuracy }, { loss: expected.loss, accuracy: expected.accuracy });
    const shown = await run(folder, "inspect", path, "--json");
    const { step, layers } = JSON.parse(shown.out);
    assert.equal(step, 54);
    assert.deepEqual(
      layers.map((
        { name, connections }: { name: string; connections: number },
      ) => [name, connections]),
      [["layer0", 32], ["layer1", 40], ["layer2", 21]],
    );
    assert.equal((await run(folder, "export", path, "--out", "model")).code, 0);
    assert.equal(await sha256(await Deno.readFile(`${folder}/model`)), expected.export);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a checkpoint of a program of one's own is read without a configuration", async () => {
  await withRun(async (folder) => {
    const path = `${folder}/own.safetensors`;
    const inputs = SIZE * SIZE, examples = 40;
    {
      using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
      const model = sequential(linear(inputs, 8), linear(8, CLASSES));
      using trainer = new Trainer({ device, model, optimizer: adamw({ learningRate: 0.01 }) });
      const labels = Uint8Array.from({ length: examples }, (_, i) => i % CLASSES);
      const features = new Uint8Array(examples * inputs);
      labels.forEach((label, i) => features[i * inputs + label] = 250);
      const data = { features, labels, examples, inputs, classes: CLASSES };
      for await (const _ of trainer.fit(data, { epochs: 20, batchSize: 20 }));
      await trainer.save(path);
    }
    const tested = await run(folder, "eval", path, "--data", "other", "--json");
    assert.ok(JSON.parse(tested.out).accuracy > 0.9, tested.err);
    assert.equal((await run(folder, "predict", path, "other/t10k-images-idx3-ubyte")).code, 0);
    assert.equal((await run(folder, "export", path)).code, 0);
    assert.match(
      (await run(folder, "inspect", path)).out,
      /linear {2}8 x 36\n.*\n\nlinear\.2 {2}4 x 8/,
    );
    const bare = await run(folder, "eval", path);
    assert.equal(bare.code, 1);
    assert.match(
      bare.err,
      /it does not say what it was trained with; expected one of a run, or --data/,
    );
  });
});
