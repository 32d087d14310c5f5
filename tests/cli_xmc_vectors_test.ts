/**
 * Vectors of words that a model of very many labels begins with: what is put where, what becomes of it in training, and that
 * nobody needs the files afterwards.
 *
 * @module
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../src/cli/config/load.ts";
import { beginningVectors } from "../src/cli/xmc/vectors.ts";
import { extremeClassifier } from "../src/models/extreme_classifier.ts";
import { createDevice } from "../src/ops/device.ts";
import { sgd } from "../src/optim/sgd.ts";
import { dense } from "../src/sparse/patterns/mod.ts";
import { sparseLabelRanking } from "../src/tasks/label_ranking.ts";
import { Trainer } from "../src/train/trainer.ts";
import { npy } from "./idx_files.ts";
import { type Files, inFolder } from "./in_folder.ts";
import { refused, say, succeed } from "./in_process.ts";
import { DEVICE, FIGURES, newestOf, resumeFrom, withData } from "./xmc_runs.ts";

/** Words of the subjects of {@linkcode withData}, of which two have no vector, and others. */
const WORDS = ["zebra", "dogs", "cats", "purr", "sail", "ships", "fly", "fires", "rains", "fall"];

/** Numbers that f16 has exactly. */
const VECTORS = Array.from({ length: WORDS.length * 4 }, (_, i) => (i % 7 - 3) / 4 + i / 32);

const FILES: Files = {
  "words.txt": WORDS.join("\n") + "\n",
  "vectors.npy": npy([WORDS.length, 4], "f2", VECTORS),
};

/** The vector of a word; zeros if it has none. */
function vectorOf(word: string): number[] {
  const place = WORDS.indexOf(word);
  return place < 0 ? [0, 0, 0, 0] : VECTORS.slice(4 * place, 4 * place + 4);
}

/** The rows of a run's table, without padding, by its words. */
async function tableOf(run: string): Promise<ReadonlyMap<string, number[]>> {
  const { tensors, metadata } = await newestOf(run);
  const { preparation: { words: { words } } } = JSON.parse(metadata.training);
  const table = tensors.get("words.weight");
  assert.ok(table !== undefined);
  assert.deepEqual(table.shape, [1 + words.length, 4]);
  const row = (i: number) => [...table.data.subarray(4 * i, 4 * i + 4)];
  assert.deepEqual(row(0), [0, 0, 0, 0]);
  return new Map(words.map((word: string, i: number) => [word, row(i + 1)]));
}

Deno.test("a training begins with exactly the vectors of words that have one, and zeros for the others", async () => {
  await inFolder(FILES, async (folder) => {
    const words = ["cats", "bark", "dogs", "number0", "fall"];
    const values = new Map<string, unknown>([["model.name", "xmc"], ["model.vectors", folder]]);
    const config = resolveConfig([{ origin: "here", values }]);
    const model = extremeClassifier({
      features: words.length,
      labels: 64,
      width: 4,
      pattern: dense(),
    });
    const preparation = {
      ...{ kind: "label-ranking", features: words.length, labels: 64, inputs: 3 } as const,
      words: { encoder: "bag", words, weights: words.map(() => 1) },
    };
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const optimizer = sgd({ learningRate: 1 });
    using trainer = new Trainer({ device, model, optimizer, task: sparseLabelRanking() });
    const said = await beginningVectors(config, model, preparation).begin?.(device, trainer);
    assert.equal(said, `3 of 5 words begin with vectors of ${folder}`);
    const [{ values: table }] = model.weights;
    const rows = [[0, 0, 0, 0], ...words.map(vectorOf)];
    assert.deepEqual([...await device.readFloats(table)], rows.flat());
  });
});

Deno.test("words learn on from their vectors, or keep them if they are frozen", async () => {
  await withData(async (folder) => {
    await inFolder(FILES, async (vectors) => {
      const where = ["--train", `${folder}/texts`, "--vectors", vectors, "--encoder", "bag"];
      const how = ["--pattern", "dense", "--epochs", "12", "--lr", "0.01", "--batch", "32"];
      for (const frozen of [true, false]) {
        const run = `${folder}/${frozen}`;
        const own = [...frozen ? ["--frozen-vectors"] : [], "--out", run, ...DEVICE];
        const done = await succeed("xmc", "train", ...where, ...how, ...own);
        assert.ok(Number(done["P@1"]) > 0.4, `P@1 is ${done["P@1"]}`);
        const table = await tableOf(run);
        assert.ok(table.has("cats") && table.has("bark"));
        for (const [word, row] of table) {
          if (frozen) assert.deepEqual(row, vectorOf(word), word);
          else assert.notDeepEqual(row, vectorOf(word), word);
        }
        const { tensors } = await newestOf(run);
        assert.equal(tensors.has("words.weight:moments.0"), !frozen);
      }
    });
  });
});

Deno.test("nobody needs the vectors of a run that has begun: resume, eval, predict", async () => {
  await withData(async (folder) => {
    const whole = `${folder}/whole`, part = `${folder}/part`;
    await inFolder(FILES, async (vectors) => {
      const where = ["--train", `${folder}/texts`, "--vectors", vectors, "--frozen-vectors"];
      const how = ["--pattern", "dense", "--epochs", "4", "--lr", "0.01", "--batch", "32"];
      const often = ["--checkpoint-every", "7", "--keep", "99", "--out", whole, ...DEVICE];
      const done = await succeed("xmc", "train", ...where, ...how, ...often);
      await Deno.remove(`${vectors}/vectors.npy`);
      await Deno.remove(`${vectors}/words.txt`);
      const config = await Deno.readTextFile(`${whole}/config.toml`);
      assert.match(config, /vectors = ".+"/);
      assert.match(config, /encoder = "tfidf"/);
      assert.match(config, /width = 4\n/);
      await resumeFrom(whole, part, done);
      const tested = await succeed("xmc", "eval", part, "--device", "wasm");
      for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
      const asked = `${folder}/asked.txt`, answers = `${folder}/answers.jsonl`;
      await Deno.writeTextFile(asked, "the dogs\n");
      const out = ["--top", "3", "--out", answers, "--device", "wasm"];
      await succeed("xmc", "predict", part, asked, ...out);
      assert.equal(JSON.parse(await Deno.readTextFile(answers)).labels.length, 3);
      // What has not begun yet needs them.
      const { err } = await say(["xmc", "train", ...where, ...how, "--no-save", ...DEVICE]);
      assert.match(
        err,
        /and there are no vectors; expected a folder with words.txt and vectors.npy/,
      );
    });
  });
});

/** What is refused, and what is said of it. */
const REFUSED: readonly (readonly [args: string, says: RegExp])[] = [
  [
    "--train HERE/texts --vectors HERE/none",
    /"--vectors" \(model.vectors\) is ".*none", and there/,
  ],
  ["--train HERE/texts --vectors VECTORS --width 8", /is 8, but vectors of ".*" have 4 numbers/],
  ["--train HERE/texts --vectors VECTORS --encoder none", /does not apply to --encoder none/],
  [
    "--train HERE/texts --vectors VECTORS --pieces 70",
    /does not apply to --pieces: there are vectors/,
  ],
  ["--train HERE/texts --frozen-vectors", /needs --vectors/],
  [
    "--train HERE/features --vectors VECTORS --pattern dense",
    /has features that have no words; expected data with/,
  ],
];

Deno.test("xmc train refuses vectors that cannot be, by what is wrong with them", async () => {
  await withData(async (folder) => {
    const texts = ["--train", `${folder}/texts`, "--no-save", "--pattern", "dense", ...DEVICE];
    await inFolder(FILES, async (vectors) => {
      for (const [args, says] of REFUSED) {
        const given = args.replaceAll("HERE", folder).replaceAll("VECTORS", vectors).split(" ");
        assert.match(await refused("xmc", "train", ...given, "--no-save", ...DEVICE), says, args);
      }
      await Deno.writeTextFile(`${vectors}/words.txt`, WORDS.map((word) => `${word}x\n`).join(""));
      const none = await refused("xmc", "train", ...texts, "--vectors", vectors);
      assert.match(none, /has none of the \d+ words of the texts, such as ".+"; expected words in/);
      await Deno.writeTextFile(`${vectors}/words.txt`, "dogs\n");
      const fewer = await say(["xmc", "train", ...texts, "--vectors", vectors]);
      assert.equal(fewer.code, 1);
      assert.match(fewer.err, /shape is \[10,4\]; expected a row for each of 1 words/);
      await Deno.writeTextFile(`${vectors}/vectors.npy`, "no vectors at all");
      const damaged = await say(["xmc", "train", ...texts, "--vectors", vectors]);
      assert.equal(damaged.code, 1);
      assert.match(damaged.err, /vectors.npy.*does not begin like one of NumPy/s);
    });
  });
});
