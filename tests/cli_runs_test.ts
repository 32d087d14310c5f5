/**
 * Runs on the command line: folders, resuming after an end of any kind, and the verbs that read checkpoints.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeSafetensors } from "../src/train/safetensors.ts";
import { histogram } from "../src/cli/inspect.ts";
import { sendSignal } from "./faulty_runs.ts";
import { writeIdxFolder } from "./idx_files.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

function command(args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CLI, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await command(args).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Calls `body` with a folder that holds a small data set in `data`. */
async function withData(body: (folder: string, args: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 400, test: 100, size: 6, classes: 4 });
    const args = ["--data", `${folder}/data`, "--device", "wasm", "--threads", "1"];
    const model = ["--hidden", "24,16", "--batch", "32", "--sparsity", "0.7", "--every", "5"];
    await body(folder, [...args, ...model]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The lines of a run's metrics without what depends on the clock, later ones in the place of earlier ones. */
async function metricsOf(folder: string): Promise<unknown[]> {
  const lines = (await Deno.readTextFile(`${folder}/metrics.jsonl`)).split("\n").slice(0, -1);
  const bySteps = new Map<string, unknown>();
  for (const line of lines) {
    const { seconds: _, examplesPerSecond: __, ...rest } = JSON.parse(line);
    bySteps.set(`${rest.step} ${"epochLoss" in rest}`, rest);
  }
  return [...bySteps.values()];
}

Deno.test("train writes a run folder whose configuration gives the run again", async () => {
  await withData(async (folder, args) => {
    const given = [
      "--epochs",
      "2",
      "--lr",
      "0.01",
      "--validation",
      "0.2",
      "--out",
      `${folder}/a`,
      "--json",
    ];
    const first = await run(["train", ...args, ...given]);
    assert.equal(first.code, 0, first.err);
    const names = [...Deno.readDirSync(`${folder}/a`)].map(({ name }) => name).sort();
    assert.deepEqual(names.filter((name) => !name.startsWith("events.")), [
      "checkpoints",
      "config.toml",
      "environment.json",
      "metrics.jsonl",
      "plan.json",
      "result.json",
    ]);
    const environment = JSON.parse(await Deno.readTextFile(`${folder}/a/environment.json`));
    assert.equal(environment.deno, Deno.version.deno);
    assert.equal(environment.device.name, "wasm");
    const epochs = (await metricsOf(`${folder}/a`)).filter((line) =>
      JSON.stringify(line).includes("epochLoss")
    ) as {
      validation: { accuracy: number };
      layers: Record<string, { fanOut: { max: number } }>;
    }[];
    assert.equal(epochs.length, 2);
    assert.ok(epochs[1].validation.accuracy > 0.25);
    assert.ok(epochs[1].layers["layer0.weight"].fanOut.max > 0);
    const config = `${folder}/a/config.toml`;
    const again = await run(["train", "--config", config, "--out", `${folder}/b`, "--json"]);
    assert.equal(again.code, 0, again.err);
    assert.deepEqual(await metricsOf(`${folder}/b`), await metricsOf(`${folder}/a`));
    const taken = await run(["train", "--config", config, "--json"]);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /Cannot make the run folder ".*": it holds a run already/);
  });
});

Deno.test("trainings that begin in the same second have folders of their own", () =>
  withData(async (folder, args) => {
    const deno = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CLI];
    const ended = await Promise.all([1, 2, 3].map(() =>
      new Deno.Command(Deno.execPath(), {
        args: [...deno, "train", ...args, "--epochs", "1"],
        cwd: folder,
      }).output()
    ));
    for (const { code, stderr } of ended) assert.equal(code, 0, new TextDecoder().decode(stderr));
    const runs = [...Deno.readDirSync(`${folder}/runs`)].map(({ name }) => name);
    assert.equal(runs.length, 3);
    for (const run of runs) {
      assert.ok((await Deno.stat(`${folder}/runs/${run}/result.json`)).isFile);
    }
  }));

Deno.test("--keep leaves the newest checkpoints and the best one", async () => {
  await withData(async (folder, args) => {
    const saves = [
      "--epochs",
      "2",
      "--checkpoint-every",
      "5",
      "--keep",
      "2",
      "--validation",
      "0.1",
    ];
    const { code, err } = await run(["train", ...args, ...saves, "--out", `${folder}/a`]);
    assert.equal(code, 0, err);
    const names = [...Deno.readDirSync(`${folder}/a/checkpoints`)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      "best.safetensors",
      "step-000000020.safetensors",
      "step-000000024.safetensors",
    ]);
  });
});

/** How often a training is begun that is to be ended before its end. */
const TRIES = 5;

/** Ends a training after its first checkpoint with a signal; begins anew where it came to its end before that. */
async function interrupt(args: readonly string[], folder: string, by: Deno.Signal) {
  for (let left = TRIES; left > 0; left--) {
    const child = command(["train", ...args, "--out", folder]).spawn();
    const drained = Promise.all([child.stdout, child.stderr].map(async (stream) => {
      for await (const _ of stream);
    }));
    let running = true;
    const status = child.status.finally(() => running = false);
    while (running && !hasCheckpoint(folder)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // Somewhere in the steps after it.
    await new Promise((resolve) => setTimeout(resolve, 50 * Math.random()));
    sendSignal(child, by);
    const [{ code }] = await Promise.all([status, drained]);
    if (code !== 0) return code;
    await Deno.remove(folder, { recursive: true });
  }
  throw new Error(`Cannot interrupt a training: of ${TRIES} each came to its end before`);
}

function hasCheckpoint(folder: string): boolean {
  try {
    return [...Deno.readDirSync(`${folder}/checkpoints`)].some(({ name }) =>
      name.endsWith(".safetensors")
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

for (const by of ["SIGKILL", "SIGINT"] as const) {
  Deno.test({
    name: `resume after ${by} ends with the run that never stopped`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await withData(async (folder, args) => {
        const long = [...args, "--epochs", "40", "--checkpoint-every", "3"];
        const straight = await run(["train", ...long, "--out", `${folder}/straight`, "--json"]);
        assert.equal(straight.code, 0, straight.err);
        const code = await interrupt(long, `${folder}/broken`, by);
        assert.equal(code, by === "SIGINT" ? 130 : 137);
        const resumed = await run(["resume", `${folder}/broken`, "--json"]);
        assert.equal(resumed.code, 0, resumed.err);
        const done = (text: string): unknown => {
          const { seconds: _, ...rest } = JSON.parse(text.trim().split("\n").at(-1) ?? "{}");
          return rest;
        };
        assert.deepEqual(done(resumed.out), done(straight.out));
        const weights = async (name: string): Promise<unknown> => {
          const [newest] = [...Deno.readDirSync(`${folder}/${name}/checkpoints`)]
            .map((entry) => entry.name).filter((entry) => entry.startsWith("step")).sort()
            .reverse();
          const path = `${folder}/${name}/checkpoints/${newest}`;
          const { tensors } = await decodeSafetensors(await Deno.readFile(path), path);
          return [...tensors.values()].map(({ data }) => [...data]);
        };
        assert.deepEqual(await weights("broken"), await weights("straight"));
      });
    },
  });
}

Deno.test("resume passes a damaged checkpoint over and says so", async () => {
  await withData(async (folder, args) => {
    const saves = ["--epochs", "2", "--checkpoint-every", "10"];
    await run(["train", ...args, ...saves, "--out", `${folder}/a`]);
    await Deno.truncate(`${folder}/a/checkpoints/step-000000026.safetensors`, 1000);
    const { code, err } = await run(["resume", `${folder}/a`]);
    assert.equal(code, 0, err);
    assert.match(err, /Cannot read the checkpoint ".*step-000000026.safetensors": /);
    for (const entry of Deno.readDirSync(`${folder}/a/checkpoints`)) {
      await Deno.truncate(`${folder}/a/checkpoints/${entry.name}`, 1000);
    }
    const none = await run(["resume", `${folder}/a`]);
    assert.equal(none.code, 1);
    assert.match(none.err, /^error: Cannot read the checkpoint/m);
  });
});

Deno.test("a run folder that cannot be written ends with exit code 1 before anything is trained", async () => {
  await withData(async (folder, args) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const { code, err } = await run(["train", ...args, "--out", `${folder}/file/run`]);
    assert.equal(code, 1);
    assert.match(err, /Cannot make the run folder ".*file\/run": .*; expected a writable folder/);
  });
});

Deno.test("eval, predict, inspect and export read a run", async () => {
  await withData(async (folder, args) => {
    const path = `${folder}/a`;
    const trained = await run(["train", ...args, "--epochs", "6", "--out", path, "--json"]);
    const { test: { accuracy } } = JSON.parse(trained.out.trim().split("\n").at(-1) ?? "{}");
    const evaluated = await run(["eval", path, "--json"]);
    assert.equal(JSON.parse(evaluated.out).accuracy, accuracy, evaluated.err);

    const images = `${folder}/data/t10k-images-idx3-ubyte`;
    const labels = (await Deno.readFile(`${folder}/data/t10k-labels-idx1-ubyte`)).subarray(8);
    const predicted = await run(["predict", path, images]);
    const lines = predicted.out.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, labels.length, predicted.err);
    const right = lines.filter(({ label }, i) => label === labels[i]).length;
    // The device divides in f32: one rounding of a number below 1.
    assert.ok(Math.abs(right / lines.length - accuracy) < 2 ** -24, `${right} ${accuracy}`);
    for (const { scores } of lines) {
      const sum = scores.reduce((total: number, score: number) => total + score, 0);
      assert.ok(Math.abs(sum - 1) < 1e-6);
    }
    const raw = Float32Array.from((await Deno.readFile(images)).subarray(16), (byte) => byte / 255);
    await Deno.writeFile(`${folder}/raw.f32`, new Uint8Array(raw.buffer));
    const csv = await run(["predict", path, `${folder}/raw.f32`, "--format", "csv"]);
    const rows = csv.out.trim().split("\n").map((line) => line.split(","));
    assert.deepEqual(rows[0].slice(0, 3), ["example", "label", "score0"]);
    assert.deepEqual(rows.slice(1).map((row) => Number(row[1])), lines.map(({ label }) => label));
    await Deno.writeFile(`${folder}/odd.f32`, new Uint8Array(40));
    const odd = await run(["predict", path, `${folder}/odd.f32`]);
    assert.equal(odd.code, 1);
    assert.match(odd.err, /it has 10 features; expected a multiple of the 36/);

    const shown = await run(["inspect", path, "--json"]);
    const { layers } = JSON.parse(shown.out);
    assert.deepEqual(layers.map((layer: { pattern: string }) => layer.pattern), [
      "fan-in",
      "fan-in",
      "dense",
    ]);
    assert.match(
      (await run(["inspect", path])).out,
      /layer0 {2}24 x 36\n {2}fan-in: .* 0 of 24 rows without connections/,
    );

    for (const format of ["condensed", "dense"]) {
      const out = `${folder}/${format}.safetensors`;
      const exported = await run(["export", path, "--format", format, "--out", out]);
      assert.equal(exported.code, 0, exported.err);
      const { tensors } = await decodeSafetensors(await Deno.readFile(out), out);
      assert.ok(tensors.has(format === "dense" ? "layer0.weight" : "layer0.values"));
    }
    const foreign = await run(["eval", `${folder}/dense.safetensors`]);
    assert.equal(foreign.code, 1);
    assert.match(foreign.err, /it is an export for other programs; expected/);
  });
});

Deno.test("data lists, and verifies a folder", async () => {
  await withData(async (folder) => {
    assert.match((await run(["data", "list"])).out, /^mnist .*\nfashion/);
    const { train, test } = JSON.parse(
      (await run(["data", "verify", `${folder}/data`, "--json"])).out,
    );
    assert.deepEqual([train.examples, test.examples, train.inputs], [400, 100, 36]);
    assert.equal(train.perClass.reduce((a: number, b: number) => a + b, 0), 400);
  });
});

Deno.test("histogram() covers every count once", () => {
  const lines = histogram(Uint32Array.of(0, 0, 3, 9, 20));
  assert.equal(lines.length, 7);
  assert.match(lines[0], /^ 0 to {2}2 {2}#+ +2$/);
  assert.match(lines[6], /^18 to 20 {2}#+ +1$/);
  assert.deepEqual(histogram(Uint32Array.of(5, 5)).map((line) => line.slice(0, 6)), ["5 to 5"]);
});
