/**
 * Tables on the command line: from training to predictions with names.
 *
 * @module
 */
import assert from "node:assert/strict";
import { loadData } from "../src/data/folder.ts";
import { preparationOf } from "../src/data/preparation.ts";
import { setAside } from "../src/data/split.ts";
import { preparationFor, type TrainingData } from "../src/data/training_data.ts";
import { configToml, resolveConfig, setLayer } from "../src/cli/config/load.ts";
import { examplesOf } from "../src/cli/examples.ts";
import { jsonReporter } from "../src/cli/reporter.ts";
import { openSession, runSession, startOf } from "../src/cli/session.ts";
import { single } from "../src/parallel/single.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { createRunFolder } from "../src/train/run_folder.ts";
import { Source } from "./arbitraries.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { say } from "./in_process.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CLI, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Rows of three features, of which the class's own is large, in thousands. */
function rows(source: Source, count: number): string {
  return Array.from({ length: count }, (_, i) => {
    const features = [0, 1, 2].map((j) => 1000 * (j === i % 3 ? 3 : 0) + source.below(1000));
    return `${features},${["ant", '"bee, big"', "cat"][i % 3]}\n`;
  }).join("");
}

Deno.test("train, eval and predict read a table, and say classes by their names", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const head = "a,b,c,kind\n";
    await Deno.mkdir(`${folder}/data`);
    await Deno.writeTextFile(`${folder}/data/train.csv`, head + rows(new Source(1), 300));
    await Deno.writeTextFile(`${folder}/data/test.csv`, head + rows(new Source(2), 60));
    const small = ["--device", "wasm", "--threads", "1", "--hidden", "16", "--batch", "32"];
    const method = ["--method", "dense", "--lr", "0.02", "--epochs", "8"];
    const out = `${folder}/run`;
    const trained = await run([
      "train",
      "--data",
      `${folder}/data`,
      ...small,
      ...method,
      "--out",
      out,
    ]);
    assert.equal(trained.code, 0, trained.err);
    // The columns stand in another order, and none says the class.
    const lines = "c,a,b\n10,3500,20\n3400,5,900\n7,600,3300\n";
    await Deno.writeTextFile(`${folder}/new.csv`, lines);
    const json = await run(["predict", out, `${folder}/new.csv`]);
    assert.equal(json.code, 0, json.err);
    const labels = json.out.trim().split("\n").map((line) => JSON.parse(line).label);
    assert.deepEqual(labels, ["ant", "cat", "bee, big"]);
    const csv = await run(["predict", out, `${folder}/new.csv`, "--format", "csv"]);
    assert.match(csv.out, /^example,label,score0,score1,score2\n0,ant,.*\n1,cat,.*\n2,"bee, big",/);
    // Another table without a class of the training: the same names have the same numbers.
    await Deno.writeTextFile(`${folder}/some.csv`, "a,b,c,kind\n1,2,3300,cat\n3300,1,2,ant\n");
    const evaluated = await run(["eval", out, "--data", `${folder}/some.csv`, "--json"]);
    assert.equal(JSON.parse(evaluated.out).accuracy, 1, evaluated.err);
    await Deno.writeTextFile(`${folder}/some.csv`, "a,b,c,kind\n1,2,3300,dog\n");
    const unknown = await run(["eval", out, "--data", `${folder}/some.csv`]);
    assert.notEqual(unknown.code, 0);
    assert.match(unknown.err, /class of example 0 is "dog"; expected one of "ant"/);
    const verified = await run([
      "data",
      "verify",
      `${folder}/data`,
      "--target",
      "a",
      "--task",
      "regression",
    ]);
    assert.match(verified.err, /line 2, column "kind": the value is "ant"; expected a number/);
    const described = await run(["data", "verify", `${folder}/data`]);
    assert.match(
      described.out,
      /^train {2}300 examples of 3 features, 3 classes of 100 to 100, in column "kind"$/m,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("eval --data and --validation learn of a table what the training did, whatever it looks like", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const head = "a,b,y\n";
    const fractions = Array.from({ length: 60 }, (_, i) => `${i},${i % 7},${i / 8}\n`).join("");
    await Deno.writeTextFile(`${folder}/train.csv`, head + fractions);
    // Whole numbers alone would be classes.
    await Deno.writeTextFile(`${folder}/whole.csv`, head + "8,1,1\n16,2,2\n24,3,3\n");
    const small = ["--device", "wasm", "--threads", "1", "--hidden", "8", "--batch", "16"];
    const data = ["--data", `${folder}/train.csv`, "--validation", `${folder}/whole.csv`];
    const out = ["--method", "dense", "--epochs", "2", "--out", `${folder}/run`];
    const trained = await run(["train", ...data, ...small, ...out]);
    assert.equal(trained.code, 0, trained.err);
    const tested = await run(["eval", `${folder}/run`, "--data", `${folder}/whole.csv`, "--json"]);
    assert.equal(tested.code, 0, tested.err);
    assert.equal(JSON.parse(tested.out).examples, 3);
    assert.ok(JSON.parse(tested.out).mse > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A table of rows of one feature and a class, of which some are far away from the others. */
async function outlierTable(path: string, count: number, far: ReadonlySet<number>): Promise<void> {
  const line = (_: unknown, i: number): string =>
    `${far.has(i) ? 1e6 : 0.5 + i % 7},${i % 7 > 2 ? "high" : "low"}\n`;
  await Deno.writeTextFile(path, `x,kind\n${Array.from({ length: count }, line).join("")}`);
}

/** Mean and deviation of the only feature. */
function statisticsOf(data: TrainingData | undefined): { mean: number; deviation: number } {
  assert.ok(data !== undefined);
  const preparation = preparationFor(data);
  assert.ok("normalization" in preparation && Array.isArray(preparation.normalization));
  const [{ mean, deviation }] = preparation.normalization;
  return { mean, deviation };
}

Deno.test("rows that are set aside to test or to validate with are no part of mean and deviation", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const own = { share: 0.1, seed: 0 };
    const configWith = (name: string, ...settings: string[]) =>
      resolveConfig([setLayer([`data.name=${name}`, "run.seed=0", ...settings])]);
    const { aside, rest } = setAside(200, own);
    await outlierTable(`${folder}/tested.csv`, 200, new Set([aside[3]]));
    const tested = await examplesOf(configWith(`${folder}/tested.csv`));
    assert.ok(statisticsOf(tested.train).mean < 7, "test");
    assert.deepEqual(statisticsOf(tested.test), statisticsOf(tested.train));
    // The row to validate with is one of those that are not tested with.
    const validated = rest[setAside(180, own).aside[2]];
    await outlierTable(`${folder}/both.csv`, 200, new Set([aside[3], validated]));
    const both = await examplesOf(configWith(`${folder}/both.csv`, "data.validation=0.1"));
    assert.ok(statisticsOf(both.train).mean < 7, "validation");
    assert.deepEqual(statisticsOf(both.validation), statisticsOf(both.train));
    assert.deepEqual(statisticsOf(both.test), statisticsOf(both.train));
    // Another data set is prepared likewise.
    const other = await examplesOf(
      configWith(`${folder}/tested.csv`, `data.validation=${folder}/both.csv`),
    );
    assert.deepEqual(statisticsOf(other.validation), statisticsOf(other.train));
    // A part of its own to test with was never in them.
    await Deno.mkdir(`${folder}/parts`);
    await outlierTable(`${folder}/parts/train.csv`, 200, new Set());
    await outlierTable(`${folder}/parts/test.csv`, 20, new Set([1]));
    const parts = await examplesOf(configWith(`${folder}/parts`));
    const { train } = await loadData(`${folder}/parts`);
    assert.deepEqual(preparationFor(parts.train), preparationOf(train));
    // Nor do bytes change, which no row is far away in.
    await Deno.mkdir(`${folder}/bytes`);
    await writeIdxFolder(`${folder}/bytes`, { train: 200, test: 20, size: 4, classes: 2 });
    const pictures = await examplesOf(
      configWith(`${folder}/bytes`, "data.normalize=all", "data.validation=0.1"),
    );
    const all = await loadData(`${folder}/bytes`, { normalize: "all" });
    assert.deepEqual(preparationFor(pictures.train), preparationOf(all.train));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("resume goes on bit for bit with a run whose mean and deviation are of all rows", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await outlierTable(
      `${folder}/data.csv`,
      200,
      new Set([setAside(200, { share: 0.1 }).aside[3]]),
    );
    const asked = resolveConfig([setLayer([
      ...[`data.name=${folder}/data.csv`, "data.validation=0.1", "run.seed=0", "train.epochs=4"],
      ...["device.name=wasm", "device.threads=1", "model.hidden=[8]", "train.batch=32"],
      ...["method.name=dense"],
    ])]);
    const whole = preparationOf((await loadData(`${folder}/data.csv`)).train);
    // Runs of before standardised by all that was read.
    const trained = async (path: string, pauseAfter?: number) => {
      using session = await openSession(asked, single(), whole);
      const start = startOf(session);
      using run = await createRunFolder(path, {
        config: configToml(session.config),
        environment: {},
      });
      const reporter = jsonReporter({ quiet: true, print() {} });
      const pause = pauseAfter === undefined ? {} : { pauseAfter };
      return await runSession(session, { start, reporter, folder: run, ...pause });
    };
    const never = await trained(`${folder}/never`);
    assert.equal(await trained(`${folder}/paused`, 2), undefined);
    const resumed = await say(["resume", `${folder}/paused`, "--json"]);
    assert.equal(resumed.code, 0, resumed.err);
    const done = JSON.parse(resumed.out.trim().split("\n").at(-1) ?? "");
    assert.deepEqual([done.steps, done.loss], [never?.steps, never?.loss]);
    assert.deepEqual(done.test, never?.test);
    const left = async (run: string) => {
      const { tensors } = await readCheckpoint(`${folder}/${run}/checkpoints/best.safetensors`);
      return [...tensors].map(([name, { data }]) => [name, [...data]]);
    };
    assert.deepEqual(await left("paused"), await left("never"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
