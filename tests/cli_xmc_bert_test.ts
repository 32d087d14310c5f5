/**
 * Texts that a model of very many labels reads by a BERT on the command line: from scratch or from one that was trained before, with
 * all that other encoders have.
 *
 * @module
 */
import assert from "node:assert/strict";
import { beginningEncoder } from "../src/cli/xmc/start.ts";
import { readEncoder } from "../src/cli/start.ts";
import { resolveConfig } from "../src/cli/config/load.ts";
import { Tokenizer } from "../src/data/tokens/tokenizer.ts";
import { tokenizerFiles } from "../src/data/tokens/tokenizer_files.ts";
import { Vocabulary } from "../src/data/tokens/vocabulary.ts";
import { bert } from "../src/models/bert.ts";
import { bertEncoder, bertEncoderLayer } from "../src/models/bert_encoder.ts";
import { bertEmbeddingsLayer } from "../src/models/bert_parts.ts";
import { extremeClassifier } from "../src/models/extreme_classifier.ts";
import { childOf } from "../src/nn/definition.ts";
import { transformerEncoderLayer } from "../src/nn/layers.ts";
import { createDevice } from "../src/ops/device.ts";
import { firstPosition } from "../src/ops/first_position.ts";
import { adamw } from "../src/optim/adamw.ts";
import { dense } from "../src/sparse/patterns/mod.ts";
import { sparseLabelRanking } from "../src/tasks/label_ranking.ts";
import { exportHuggingFace } from "../src/train/huggingface/mod.ts";
import { Trainer } from "../src/train/trainer.ts";
import { refused, say, succeed } from "./in_process.ts";
import { withCorpus } from "./tokens_corpora.ts";
import { DEVICE, FIGURES, newestOf, resumeFrom, SUBJECTS, withData } from "./xmc_runs.ts";

/** An encoder of one narrow layer. */
const BERT = ["--encoder", "bert", "--layers", "1", "--width", "16", "--heads", "2"];

const HEAD = ["--pattern", "fan-in:8", "--every", "5", "--batch", "32"];

/** Pieces of a vocabulary with the words of the subjects. */
const PIECES = [
  ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "number"],
  ...SUBJECTS.flatMap((subject) => subject.split(" ")),
  ...Array.from({ length: 10 }, (_, i) => `##${i}`),
];

/** Writes a BERT of one narrow layer as a folder of Hugging Face, with its vocabulary unless there shall be none. */
async function writeForeign(folder: string, { tokenizer = true } = {}): Promise<void> {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 4 });
  const size = { layers: 1, features: 16, heads: 2, intermediate: 24 };
  const model = bert({ size, vocabulary: PIECES.length + 3, positions: 9 });
  await exportHuggingFace(folder, { device, model });
  if (!tokenizer) return;
  const files = tokenizerFiles(new Tokenizer(new Vocabulary(PIECES)), { positions: 9 });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

Deno.test("xmc train reads texts by a BERT; resume, eval and predict need the checkpoint alone", async () => {
  await withData(async (folder) => {
    const whole = `${folder}/whole`, part = `${folder}/part`;
    const where = ["--train", `${folder}/texts`, ...BERT, ...HEAD, ...DEVICE, "--out", whole];
    const between = ["--intermediate", "24", "--auxiliary", "10", "--dropout", "0.1"];
    const sparse = ["--sparse-layers", "ff block-4 sparsity=0.5", "--neighbours", "3"];
    const how = ["--pieces", "90", "--lr", "0.01", "--loss", "squared-hinge", "--epochs", "5"];
    const often = ["--checkpoint-every", "7", "--keep", "99"];
    const done = await succeed(
      ...["xmc", "train", ...where, ...between, ...sparse, ...how, ...often],
    );
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    const { metadata, tensors } = await newestOf(whole);
    const { preparation } = JSON.parse(metadata.training);
    assert.deepEqual(
      [preparation.words.encoder, preparation.words.lowerCase, preparation.features],
      ["bert", true, preparation.words.words.length],
    );
    // "cats purr number3", as pieces, with what stands around them.
    assert.ok(preparation.inputs >= 6 && preparation.words.words.includes("[CLS]"));
    const names = [...tensors.keys()];
    assert.ok(names.some((name) => name.startsWith("bert.encoder.layer0.intermediate.weight")));
    await resumeFrom(whole, part, done);
    const tested = await succeed("xmc", "eval", whole, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    await Deno.remove(`${folder}/texts`, { recursive: true });
    const asked = `${folder}/asked.txt`, answers = `${folder}/answers.jsonl`;
    // Longer than any text to train with, one that looks like features, and none.
    await Deno.writeTextFile(asked, `Dogs bark!${" number1".repeat(90)}\n3:1 8:2\n\n`);
    const out = ["--top", "1", "--out", answers, "--device", "wasm"];
    await succeed("xmc", "predict", whole, asked, ...out);
    const lines = (await Deno.readTextFile(answers)).trim().split("\n");
    assert.equal(lines.length, 3);
    assert.equal(JSON.parse(lines[0]).labels[0].name, "label 20");
    // A text that is asked about alone is read at fewer positions, and answered with the same numbers.
    await Deno.writeTextFile(asked, "\n");
    await succeed("xmc", "predict", whole, asked, ...out);
    const [alone] = (await Deno.readTextFile(answers)).trim().split("\n");
    assert.deepEqual(JSON.parse(alone).labels, JSON.parse(lines[2]).labels);
  });
});

Deno.test("xmc train has dense labels and groups that are alike behind a BERT too", async () => {
  await withData(async (folder) => {
    const run = `${folder}/run`, part = `${folder}/part`;
    const done = await succeed(
      ...["xmc", "train", "--train", `${folder}/texts`, ...BERT, ...DEVICE, "--out", run],
      ...["--pattern", "group-4:8", "--dense-labels", "64", "--every", "5", "--batch", "32"],
      ...["--lr", "0.01", "--epochs", "5", "--checkpoint-every", "7", "--keep", "99"],
    );
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    await resumeFrom(run, part, done);
    const tested = await succeed("xmc", "eval", run, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
  });
});

Deno.test("the encoder that xmc train begins with gives what the BERT gives", async () => {
  const folder = await Deno.makeTempDir();
  await writeForeign(folder);
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
  const started = await readEncoder(folder);
  const { sizes, arrays } = started;
  assert.deepEqual([sizes.intermediate, sizes.positions, sizes.vocabulary], [24, 9, 31]);
  const model = extremeClassifier({
    ...{ features: sizes.vocabulary, labels: 40, width: 16, pattern: dense() },
    encoder: bertEncoder({ size: sizes, ...sizes, pooling: "token" }),
  });
  const config = resolveConfig([{ origin: "", values: new Map([["model.from", folder]]) }]);
  const { begin } = beginningEncoder(config, model, started);
  const optimizer = adamw({ learningRate: 1e-3 });
  using trainer = new Trainer({ device, model, optimizer, task: sparseLabelRanking() });
  assert.match(String(await begin?.(device, trainer)), /begins as that of/);
  // The same of a BERT with its table of stretches, of which all tokens are of the first.
  using other = await createDevice({ prefer: "wasm", threads: 1, seed: 4 });
  const size = { layers: 1, features: 16, heads: 2, intermediate: 24 };
  const { children, parameters } = bert({ size, vocabulary: 31, positions: 9 });
  await other.place(parameters);
  const embeddings = childOf(children, "embeddings", bertEmbeddingsLayer);
  const layers = childOf(children, "encoder", transformerEncoderLayer);
  const shape = [4, 32];
  const specs = [{ shape, type: "u32" }, { shape, type: "f32" }, { shape, type: "u32" }] as const;
  const mine = childOf(model.children, "bert", bertEncoderLayer);
  using here = await device.compile(specs, (tokens, weights) => mine({ tokens, weights }));
  using there = await other.compile(
    specs,
    (tokens, mask, segments) =>
      firstPosition(layers({ x: embeddings({ tokens, segments }), mask })),
  );
  const given = [
    Uint32Array.from({ length: 128 }, (_, i) => (7 * i) % 31),
    Float32Array.from({ length: 128 }, (_, i) => i < 64 || i % 3 > 0 ? 1 : 0),
    new Uint32Array(128),
  ];
  for (const program of [here, there]) program.run(given, { step: 0, totalSteps: 0 });
  assert.deepEqual(await here.floats(0), await there.floats(0));
  assert.ok(arrays.has("pooler.weight"), "what the classifier has no place for is left out");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("xmc train begins with a folder of Hugging Face, or a run of pretrain", async () => {
  await withData(async (folder) => {
    const foreign = `${folder}/foreign`, run = `${folder}/run`;
    await writeForeign(foreign);
    const where = ["--train", `${folder}/texts`, "--encoder", "bert", ...HEAD, ...DEVICE];
    const done = await succeed(
      ...["xmc", "train", ...where, "--from", foreign, "--pooling", "token", "--out", run],
      ...["--lr", "0.01", "--epochs", "8", "--sparse-layers", "ff block-4 sparsity=0.5"],
      ...["--checkpoint-every", "7", "--keep", "99"],
    );
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    const { preparation: { words, trained, inputs } } = JSON.parse(
      (await newestOf(run)).metadata.training,
    );
    assert.deepEqual([words.words, trained.vocabulary, inputs], [PIECES, 31, 6]);
    await resumeFrom(run, `${folder}/part`, done);
    // What was read of the folder is in the checkpoint.
    await Deno.remove(foreign, { recursive: true });
    const tested = await succeed("xmc", "eval", run, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    await withCorpus(async (corpus) => {
      const own = `${folder}/own`;
      await succeed(
        ...["pretrain", "--model", "bert", "--data", corpus, "--layers", "1", "--width", "16"],
        ...["--heads", "2", "--positions", "16", "--pattern", "block-4", "--sparsity", "0.5"],
        ...["--epoch-examples", "32", "--test-examples", "8", "--out", own, ...DEVICE],
      );
      // A rate that teaches nothing: the encoder is what it was.
      const kept = `${folder}/kept`;
      const still = ["--lr", "1e-12", "--warmup", "0", "--epochs", "1", "--out", kept];
      await succeed("xmc", "train", ...where, "--from", own, ...still);
      const [before, after] = [await newestOf(own), await newestOf(kept)];
      const way = "encoder.layer0.attention.norm.gain";
      const [then, now] = [before.tensors.get(way), after.tensors.get(`bert.${way}`)];
      assert.ok(then !== undefined && now !== undefined);
      assert.deepEqual(now.data, then.data);
    });
  });
});

/** What is refused, and what is said of it. */
const REFUSED: readonly (readonly [args: string, says: RegExp])[] = [
  ["features --encoder bert", /is bert, which reads texts, but ".*features" has features/],
  ["texts --encoder bert --positions 12 --from FOREIGN", /is 12; the encoder has 9: expected at/],
  ["texts --encoder bert --pieces 90 --from FOREIGN", /does not apply to --from, whose vocabulary/],
  ["texts --encoder bert --layers 2 --from FOREIGN", /whose encoder is there already/],
  ["texts --encoder bert --pieces 9", /vocabulary of 9 pieces: \d+ are special ones and/],
  ["texts --encoder bert --vectors FOREIGN", /there are vectors of whole words/],
  ["texts --encoder bert --inputs random", /applies to --encoder none only/],
  ["texts --encoder bert --sparse-layers ff", /needs patterns of their own, such as ff block-16/],
  [
    "texts --encoder bert --width 10 --heads 3",
    /of 3 heads: expected a number that divides the 10 features/,
  ],
  ["texts --encoder tfidf --from FOREIGN", /applies to --encoder bert only/],
  ["texts --encoder bag --model-size mini", /applies to --encoder bert only/],
  ["texts --pooling token", /applies to --encoder bert only/],
  [
    "texts --encoder bert --from HERE/none",
    /there is no such file or folder; expected a run of pre/,
  ],
];

Deno.test("xmc train refuses what a BERT cannot be or read, by what is wrong with it", async () => {
  await withData(async (folder) => {
    const foreign = `${folder}/foreign`, bare = `${folder}/bare`;
    await writeForeign(foreign);
    await writeForeign(bare, { tokenizer: false });
    for (const [args, says] of REFUSED) {
      const given = args.replaceAll("FOREIGN", foreign).replaceAll("HERE", folder).split(" ");
      const asked = ["--train", `${folder}/${given[0]}`, ...given.slice(1), "--no-save", ...DEVICE];
      assert.match(await refused("xmc", "train", ...asked), says, args);
    }
    const texts = ["xmc", "train", "--train", `${folder}/texts`, "--no-save", ...DEVICE];
    const { code, err } = await say([...texts, "--encoder", "bert", "--from", bare]);
    assert.equal(code, 1);
    assert.match(err, /it has no tokenizer; expected a folder with tokenizer.json or vocab.txt/);
  });
});

Deno.test("xmc train has rates of a BERT, and plans bytes of what it reads", async () => {
  await withData(async (folder) => {
    const foreign = `${folder}/foreign`;
    await writeForeign(foreign);
    const texts = ["xmc", "train", "--train", `${folder}/texts`, "--dry-run", ...HEAD, ...DEVICE];
    const own = await succeed(...texts, ...BERT);
    assert.match(String(own.config), /learningRate = 0\.001\n/);
    assert.match(String(own.config), /groups = \[ "head learningRate=0.01" \]/);
    const from = await succeed(...texts, "--encoder", "bert", "--from", foreign);
    assert.match(String(from.config), /learningRate = 0\.0001\n/);
    const longer = await succeed(...texts, ...BERT, "--positions", "40");
    const bytesOf = ({ plan }: Record<string, unknown>) => Object(plan).bytes.total;
    assert.ok(bytesOf(longer) > bytesOf(own), `${bytesOf(longer)} and ${bytesOf(own)}`);
  });
});
