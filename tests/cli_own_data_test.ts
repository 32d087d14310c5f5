/**
 * What the verbs test with: never what a model was trained with, and nothing that chose it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Source } from "./arbitraries.ts";
import { refused, say, succeed } from "./in_process.ts";

const HEAD = "a,b,kind\n";

/** Rows of two features, of which the first says the class. */
function rows(seed: number, count: number): string {
  const source = new Source(seed);
  return Array.from(
    { length: count },
    (_, i) => `${1000 * (i % 2) + source.below(1500)},${source.below(1000)},${"xy"[i % 2]}\n`,
  ).join("");
}

/** A short training, and what it gives. */
async function train(data: string, out: string, ...more: string[]) {
  const small = ["--hidden", "8", "--method", "dense", "--epochs", "2", "--batch", "32"];
  const device = ["--device", "wasm", "--threads", "1"];
  return await succeed("train", "--data", data, "--out", out, ...small, ...device, ...more);
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("eval tests with what was set aside of one file, and refuses one that has other rows now", async () => {
  for (const more of [[], ["--validation", "0.1"], ["--normalize", "none"]]) {
    await inFolder(async (folder) => {
      const [data, run] = [`${folder}/one.csv`, `${folder}/run`];
      await Deno.writeTextFile(data, HEAD + rows(1, 103));
      const { test } = await train(data, run, ...more);
      const own = await succeed("eval", run);
      assert.equal(own.examples, 10);
      assert.deepEqual((test as { loss: number }).loss, own.loss);
      // The same rows by any name: most were trained with.
      await Deno.copyFile(data, `${folder}/copy.csv`);
      for (const name of [data, `${folder}/copy.csv`]) {
        assert.deepEqual(await succeed("eval", run, "--data", name), own);
      }
      const best = `${run}/checkpoints/best.safetensors`;
      if (more.includes("--validation")) assert.equal((await succeed("eval", best)).examples, 10);
      await Deno.writeTextFile(`${folder}/other.csv`, HEAD + rows(2, 50));
      const other = await succeed("eval", run, "--data", `${folder}/other.csv`);
      assert.equal(other.examples, 50);
      await Deno.writeTextFile(data, HEAD + rows(1, 103) + rows(3, 5));
      assert.match(
        await refused("eval", run),
        /Cannot test with ".*one\.csv": it is not what the model was trained with.*expected the data as they were, or --data/,
      );
    });
  }
});

Deno.test("eval says that a folder has other examples to train with than the model was trained with", async () => {
  await inFolder(async (folder) => {
    const [data, run] = [`${folder}/data`, `${folder}/run`];
    await Deno.mkdir(data);
    await Deno.writeTextFile(`${data}/train.csv`, HEAD + rows(1, 100));
    await Deno.writeTextFile(`${data}/test.csv`, HEAD + rows(2, 30));
    await train(data, run);
    assert.doesNotMatch((await say(["eval", run])).err, /note/);
    await Deno.writeTextFile(`${data}/train.csv`, HEAD + rows(4, 100));
    const { code, err } = await say(["eval", run]);
    assert.equal(code, 0, err);
    assert.match(err, /note: the examples of ".*data" to train with are not those that the model/);
    assert.doesNotMatch((await say(["eval", run, "--data", data])).err, /note/);
  });
});

Deno.test("train refuses to validate with what it tests with", async () => {
  await inFolder(async (folder) => {
    const [data, one] = [`${folder}/data`, `${folder}/one.csv`];
    await Deno.mkdir(data);
    await Deno.writeTextFile(`${data}/train.csv`, HEAD + rows(1, 100));
    await Deno.writeTextFile(`${data}/test.csv`, HEAD + rows(2, 30));
    await Deno.writeTextFile(one, HEAD + rows(3, 60));
    await Deno.copyFile(`${data}/test.csv`, `${folder}/copy.csv`);
    const cases = [[data, data], [data, `${folder}/./data/`], [data, `${data}/test.csv`]];
    for (const [of, by] of [...cases, [data, `${folder}/copy.csv`], [one, one]]) {
      assert.match(
        await refused("train", "--data", of, "--validation", by, "--no-save"),
        /"--validation" .* has the examples that the model is tested with.*such as 0\.1, or other/,
      );
    }
    await train(data, `${folder}/run`, "--validation", one);
  });
});
