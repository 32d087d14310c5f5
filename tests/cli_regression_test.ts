/**
 * Regression and several labels from the command line: what is trained, reported, tested and predicted.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Source } from "./arbitraries.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

async function filigree(
  args: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CLI, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

const SEED = 6, EXAMPLES = 200;

/** A table of three features and what `targets` makes of them. */
async function withTable(
  targets: (x: readonly number[]) => readonly (number | string)[],
  body: (folder: string, table: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const source = new Source(SEED);
    const rows = Array.from({ length: EXAMPLES }, () => {
      const x = Array.from(source.floats(3));
      return [...x, ...targets(x)].join();
    });
    const outputs = targets([0, 0, 0]).map((_, i) => `t${i}`);
    const table = `${folder}/table.csv`;
    await Deno.writeTextFile(table, [["a", "b", "c", ...outputs].join(), ...rows].join("\n"));
    await body(folder, table);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SMALL = [
  "--hidden",
  "16",
  "--method",
  "dense",
  "--batch",
  "16",
  "--device",
  "wasm",
  "--threads",
  "1",
];

/** The lines of a verb with `--json`. */
async function lines(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, out, err } = await filigree([...args, "--json"]);
  assert.equal(code, 0, err);
  return out.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("train, eval and predict say errors of a regression, and nothing of an accuracy", async () => {
  await withTable((x) => [2 * x[0] - x[1]], async (folder, table) => {
    const run = `${folder}/run`;
    const data = ["--data", table, "--task", "regression", "--validation", "0.2"];
    const { code, out, err } = await filigree(
      ["train", ...data, "--epochs", "20", "--lr", "0.01", "--out", run, ...SMALL],
    );
    assert.equal(code, 0, err);
    assert.match(
      out,
      /^test mse \d+\.\d{4}\ntest mae \d+\.\d{4}\nvalidation loss .*mse .*mae /,
    );
    assert.ok(!`${out}${err}`.includes("accuracy"), out + err);
    const result = JSON.parse(await Deno.readTextFile(`${run}/result.json`));
    assert.deepEqual(Object.keys(result.test).sort(), ["loss", "mae", "mse"]);
    assert.ok(!("accuracy" in result) && result.test.mse < 0.5, JSON.stringify(result));
    const metrics = (await Deno.readTextFile(`${run}/metrics.jsonl`)).trim().split("\n")
      .map((line) => JSON.parse(line));
    // The best epoch is the one of the lowest loss.
    const losses = metrics.filter(({ validation }) => validation !== undefined)
      .map(({ validation }) => validation.loss);
    assert.equal(result.validation.loss, Math.min(...losses));
    const [tested] = await lines("eval", run);
    assert.deepEqual(Object.keys(tested).sort(), ["checkpoint", "examples", "loss", "mae", "mse"]);
    const examples = `${folder}/examples.csv`;
    await Deno.writeTextFile(examples, "a,b,c\n1,0,0\n0,1,0\n");
    const said = await filigree(["predict", run, examples, "--format", "csv"]);
    assert.match(said.out, /^example,value0\n0,[\d.-]+\n1,[\d.-]+\n$/, said.err);
  });
});

Deno.test("train, eval and predict say what labels apply", async () => {
  const labels = (x: readonly number[]) => [x[0] > 0, x[1] > x[0]].map(Number);
  await withTable(labels, async (folder, table) => {
    const run = `${folder}/run`;
    const data = ["--data", table, "--task", "multi-label", "--target", "t0,t1"];
    const loss = ["--loss", "bce", "--positive-weight", "2", "--label-smoothing", "0.05"];
    const { code, out, err } = await filigree(
      ["train", ...data, ...loss, "--epochs", "20", "--lr", "0.01", "--out", run, ...SMALL],
    );
    assert.equal(code, 0, err);
    assert.match(out, /^test label accuracy \d+\.\d\d %\ntest exact match \d+\.\d\d %\n/);
    const [tested] = await lines("eval", run);
    assert.ok(Number(tested.binaryAccuracy) > 0.8, JSON.stringify(tested));
    const examples = `${folder}/examples.csv`;
    await Deno.writeTextFile(examples, "a,b,c\n2,3,0\n-2,-3,0\n");
    const said = await lines("predict", run, examples);
    assert.deepEqual(said.map(({ labels }) => labels), [["t0", "t1"], []]);
  });
});

Deno.test("train --class-weights weighs rare classes, and eval does as the training did", async () => {
  await withTable((x) => [x[0] + x[1] > 1.5 ? "rare" : "usual"], async (folder, table) => {
    const run = `${folder}/run`;
    const data = ["--data", table, "--task", "class", "--class-weights", "balanced"];
    const [done] = (await lines("train", ...data, "--epochs", "3", "--out", run, ...SMALL)).slice(
      -1,
    );
    const [tested] = await lines("eval", run);
    assert.equal((done.test as { loss: number }).loss, tested.loss);
    const plain = await lines("train", ...data.slice(0, 4), "--epochs", "3", "--no-save", ...SMALL);
    assert.notEqual((plain.at(-1)?.test as { loss: number }).loss, tested.loss);
  });
});

Deno.test("train without a folder tells the validation of the model that it tests: the last", async () => {
  // As good as noise: what is learnt of it makes the validation worse.
  await withTable((x) => [Number(Math.sin(1000 * x[0]) > 0)], async (_, table) => {
    const rates = ["--lr", "0.3", "--validation", "0.3", "--epochs", "8", "--no-save"];
    const said = await lines("train", "--data", table, "--task", "class", ...rates, ...SMALL);
    const epochs = said.filter(({ event }) => event === "epoch").map((each) => each.validation);
    const losses = epochs.map((each) => (each as { loss: number }).loss);
    assert.ok(
      Math.min(...losses) < losses[losses.length - 1],
      `the last is not the best: ${losses}`,
    );
    assert.deepEqual(said.at(-1)?.validation, epochs.at(-1));
  });
});

Deno.test("train refuses losses and options that do not fit the targets", async () => {
  await withTable((x) => [Number(x[0] > 0)], async (_, table) => {
    const cases: readonly [readonly string[], RegExp][] = [
      [
        ["--task", "regression", "--loss", "cross-entropy"],
        /--loss.*have numbers to predict; expected mse or mae/,
      ],
      [["--task", "regression", "--loss", "bce"], /or --task multi-label/],
      [
        ["--task", "regression", "--label-smoothing", "0.1"],
        /applies to --loss cross-entropy or bce only/,
      ],
      [
        ["--task", "regression", "--class-weights", "1,2"],
        /applies to --loss cross-entropy only, but the loss is mse/,
      ],
      [["--task", "regression", "--positive-weight", "2"], /applies to --loss bce only/],
      [["--task", "multi-label", "--loss", "mse"], /have several labels; expected bce/],
    ];
    for (const [flags, message] of cases) {
      const { code, err } = await filigree([
        "train",
        "--data",
        table,
        ...flags,
        "--no-save",
        ...SMALL,
      ]);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
  });
});
