/**
 * GPT on the command line: it is pre-trained with a text file and with a corpus, tested, exported, and goes on with texts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { refused, say, succeed } from "./in_process.ts";
import { withCorpus } from "./tokens_corpora.ts";

const DEVICE = ["--device", "wasm", "--threads", "1"];

/** A GPT of one narrow layer. */
const MODEL = ["--model", "gpt", "--layers", "1", "--width", "16", "--heads", "2"];

const SPARSE = ["--positions", "16", "--pattern", "block-4", "--sparsity", "0.5", "--every", "4"];

async function withText(body: (folder: string, file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/text.txt`;
    await Deno.writeTextFile(
      file,
      "round and round the rugged rock the ragged rascal ran.\n".repeat(60),
    );
    await body(folder, file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("pretrain, eval, generate and export work with the characters of a text file", async () => {
  await withText(async (folder, file) => {
    const run = `${folder}/run`;
    const done = await succeed(
      "pretrain",
      ...MODEL,
      "--data",
      file,
      ...SPARSE,
      "--out",
      run,
      ...DEVICE,
    );
    const { loss, perplexity } = Object(done.test);
    assert.equal(perplexity, Math.exp(loss));
    const tested = await succeed("eval", run);
    assert.equal(tested.perplexity, perplexity);
    const text = await succeed(
      "generate",
      run,
      "--prompt",
      "the r",
      "--tokens",
      "30",
      "--seed",
      "3",
    );
    assert.equal(String(text.text).length, 30);
    assert.match(String(text.text), /^[a-z.\n ]+$/);
    const again = await succeed(
      "generate",
      run,
      "--prompt",
      "the r",
      "--tokens",
      "30",
      "--seed",
      "3",
    );
    assert.equal(again.text, text.text);
    assert.match(await refused("generate", run, "--prompt", "Z"), /character 1 is "Z" \(U\+005A\)/);
    assert.match(
      await refused("generate", run, "--prompt", "round and round the"),
      /it has 19 tokens; expected at most the 16 positions/,
    );
    assert.match(await refused("generate", run, "--top-p", "2"), /their share is 2/);
    const out = `${folder}/hf`;
    const { files } = await succeed("export", run, "--format", "huggingface", "--out", out);
    assert.ok(Array.isArray(files) && files.includes("tokenizer.json"));
    assert.equal(JSON.parse(await Deno.readTextFile(`${out}/config.json`)).model_type, "gpt2");
    const onto = await refused("export", run, "--format", "huggingface", "--out", out);
    assert.match(onto, /there is "config.json" in it; expected a folder that is new or empty/);
    await succeed("export", run, "--format", "onnx", "--out", `${folder}/model.onnx`);
    const { code, err } = await say(["predict", run, file]);
    assert.equal(code, 1);
    assert.match(err, /it is of a decoder, which learns no classes; .*`filigree generate`/);
    await Deno.writeTextFile(file, "the round end.\n".repeat(40), { append: true });
    assert.match(await refused("eval", run), /it is not what the model was trained with/);
    assert.ok((await succeed("eval", run, "--data", file)).perplexity);
  });
});

Deno.test("pretrain and generate work with the pieces of a corpus", async () => {
  await withCorpus(async (corpus) => {
    const run = `${corpus}-run`;
    const form = ["--positional", "rotary", "--norms", "rms", "--epoch-examples", "64"];
    await succeed(
      "pretrain",
      ...MODEL,
      ...form,
      "--data",
      corpus,
      ...SPARSE,
      "--out",
      run,
      ...DEVICE,
    );
    const { text } = await succeed("generate", run, "--prompt", "the river", "--tokens", "8");
    assert.match(String(text), /^ ?\S/);
    const { code, err } = await say([
      "export",
      run,
      "--format",
      "huggingface",
      "--out",
      `${run}/hf`,
    ]);
    assert.equal(code, 1);
    assert.match(err, /its norms are RMS norms; expected the form of GPT-2/);
    assert.match(
      await refused("pretrain", ...MODEL, "--data", corpus, "--token-kind", "characters"),
      /is a corpus of pieces of words; expected pieces, or a text file/,
    );
  });
});

Deno.test("pretrain says what a GPT costs, and refuses what it does not have", async () => {
  await withText(async (_, file) => {
    const plan = await succeed(
      ...["pretrain", "--model", "gpt:mini", "--data", file, "--dry-run", ...DEVICE],
    );
    // The formula of the field: 10 % of 3,145,728 connections, and 128 positions.
    const formula = 3 * (2 * 128 * 0.1 * 3_145_728 + 4 * 128 ** 2 * 256 * 4);
    assert.equal(Math.round(Number(plan.flopsPerSequence)), Math.round(formula));
    assert.match(
      await refused("pretrain", ...MODEL, "--data", file, "--token-kind", "pieces"),
      /is a text file, of which characters are read/,
    );
    assert.match(
      await refused("pretrain", ...MODEL, "--data", file, "--masked", "0.2"),
      /applies to encoders of text only, but the model is "gpt"/,
    );
    assert.match(
      await refused("pretrain", "--model", "bert", "--token-kind", "pieces"),
      /applies to decoders of text only, but the model is "bert"/,
    );
    assert.match(
      await refused("pretrain", ...MODEL, "--data", file, "--positions", "4000"),
      /has 2970 tokens; expected at least 4001/,
    );
  });
});
