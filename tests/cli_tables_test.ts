/**
 * Tables on the command line: from training to predictions with names.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Source } from "./arbitraries.ts";

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
