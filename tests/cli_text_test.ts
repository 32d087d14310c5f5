/**
 * Texts on the command line: a bag of words is trained on glosses, tested, asked and exported.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeSafetensors } from "../src/train/safetensors.ts";
import { say } from "./in_process.ts";

Deno.test("train, eval, predict and export work with texts and a bag of words", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const run = `${folder}/run`;
    const succeed = async (...args: string[]) => {
      const { code, out, err } = await say([...args, "--json"]);
      assert.equal(code, 0, err);
      return JSON.parse(out.trim().split("\n").at(-1) ?? "");
    };
    const model = ["--model", "bag", "--features", "16", "--hidden", "32", "--sparsity", "0.5"];
    const steps = ["--epochs", "1", "--batch", "1024", "--lr", "0.03", "--every", "20"];
    const device = ["--device", "wasm", "--threads", "1"];
    const data = ["--data", "wordnet-lex", "--validation", "0.1"];
    await succeed("train", ...data, ...model, ...steps, ...device, "--out", run);
    const { accuracy, examples } = await succeed("eval", run);
    assert.equal(examples, 23_524);
    // The most frequent file has 12 %.
    assert(accuracy > 0.4, `accuracy ${accuracy}`);
    await Deno.writeTextFile(
      `${folder}/texts.txt`,
      "a small animal with four legs\nto move fast\n",
    );
    const labels = `${folder}/labels.csv`;
    await succeed("predict", run, `${folder}/texts.txt`, "--format", "csv", "--out", labels);
    const lines = (await Deno.readTextFile(labels)).trim().split("\n");
    assert.equal(lines.length, 3);
    assert.match(lines[1], /^0,noun\.animal,/);
    const out = `${folder}/model.safetensors`;
    await succeed("export", run, "--out", out);
    const { metadata } = await decodeSafetensors(await Deno.readFile(out), out);
    const { preparation, operations } = JSON.parse(metadata.filigree);
    assert.equal(preparation.words.length, operations[0].vocabulary - 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("train refuses numbers for a bag, tokens for others, and ways of reading that do not apply", async () => {
  const refused = async (args: string, message: RegExp): Promise<void> => {
    const { code, err } = await say(["train", "--dry-run", ...args.split(" ")]);
    assert.equal(code, 2);
    assert.match(err, message);
  };
  await refused("--data wordnet-lex --model mlp", /needs numbers, and these examples are tokens/);
  await refused(
    "--data wordnet-lex --model bag --normalize all",
    /"--normalize" \(data.normalize\) does not apply to the data set "wordnet-lex"/,
  );
});
