/**
 * Pieces of words as what a model of very many labels reads: what they are, and that its checkpoint is enough to read texts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { textReader, wordsOfTexts } from "../src/cli/xmc/words.ts";
import { refused, succeed } from "./in_process.ts";
import { DEVICE, FIGURES, newestOf, resumeFrom, SMALL, withData } from "./xmc_runs.ts";

/** Beginnings and ends of words come more than once, each of the longer words once. */
const TEXTS = ["walk, walking; walked!", "talk, talked", "sing, singing", "walk; jumping"];

Deno.test("pieces of words are features, those of words that no text has too", () => {
  for (const mean of [true, false]) {
    const whole = wordsOfTexts(TEXTS, { mean });
    const pieces = wordsOfTexts(TEXTS, { mean, pieces: 40 });
    assert.deepEqual(pieces, wordsOfTexts(TEXTS, { mean, pieces: 40 }));
    assert.equal(textReader(whole)(["talking"]).indices.length, 0);
    const { indices, values, columns } = textReader(pieces)(["talking"]);
    assert.equal(columns, pieces.words.length);
    assert.deepEqual([...indices].map((i) => pieces.words[i]).sort(), ["##ing", "talk"]);
    if (mean) assert.deepEqual([...values], [0.5, 0.5]);
    else assert.ok(Math.abs(Math.hypot(...values) - 1) < 1e-6, "a row has length 1");
    // What stands between words is no piece.
    assert.deepEqual(
      textReader(pieces)(["sing, (talk)"]),
      textReader(pieces)(["Sing talk"]),
    );
    assert.ok(!pieces.words.some((piece) => /[,;!]/.test(piece)), `${pieces.words}`);
  }
});

Deno.test("a vocabulary has as many pieces as were asked for, and no fewer than characters", () => {
  const { pieces, words } = wordsOfTexts(TEXTS, { mean: false, pieces: 35 });
  assert.ok(pieces !== undefined && pieces.length <= 35 && words.length < 35);
  assert.ok(words.every((word) => pieces.includes(word)));
  assert.throws(() => wordsOfTexts(TEXTS, { mean: false, pieces: 9 }), {
    name: "RangeError",
    message: /vocabulary of 9 pieces: \d+ are special ones and characters; expected more/,
  });
});

Deno.test("xmc train reads pieces of words; resume, eval and predict need the checkpoint alone", async () => {
  await withData(async (folder) => {
    const whole = `${folder}/whole`, part = `${folder}/part`;
    const where = ["--train", `${folder}/texts`, "--pieces", "200", ...SMALL, ...DEVICE];
    const how = ["--lr", "0.01", "--epochs", "8", "--checkpoint-every", "7", "--keep", "99"];
    const done = await succeed("xmc", "train", ...where, ...how, "--out", whole);
    assert.ok(Number(done["P@1"]) > 0.9, `P@1 is ${done["P@1"]}`);
    const { preparation: { words } } = JSON.parse((await newestOf(whole)).metadata.training);
    assert.ok(words.pieces.includes("[UNK]") && words.words.includes("dogs"));
    await resumeFrom(whole, part, done);
    const tested = await succeed("xmc", "eval", part, "--device", "wasm");
    for (const figure of FIGURES) assert.equal(tested[figure], done[figure], figure);
    await Deno.remove(`${folder}/texts`, { recursive: true });
    const asked = `${folder}/asked.txt`, answers = `${folder}/answers.jsonl`;
    // No text has this word, but pieces of it.
    await Deno.writeTextFile(asked, "dogsbark\n");
    const out = ["--top", "1", "--out", answers, "--device", "wasm"];
    await succeed("xmc", "predict", part, asked, ...out);
    assert.equal(JSON.parse(await Deno.readTextFile(answers)).labels[0].label, 20);
  });
});

Deno.test("xmc train reads pieces whatever labels stand on, and refuses them where there are none", async () => {
  await withData(async (folder) => {
    const short = ["--epochs", "1", "--no-save", ...DEVICE];
    const texts = ["--train", `${folder}/texts`, ...short];
    for (const on of [["none", "--pattern", "fan-in:4"], ["bag", "--width", "32"]]) {
      const done = await succeed("xmc", "train", ...texts, "--pieces", "70", "--encoder", ...on);
      assert.ok(Number(done["P@5"]) >= 0, `${on}`);
    }
    const says: readonly (readonly [args: string[], says: RegExp])[] = [
      [[...texts, "--pieces", "9"], /vocabulary of 9 pieces: \d+ are special ones and characters/],
      [[...texts, "--pieces", "0"], /"data.pieces".* must be .*, but got 0/],
      [
        ["--train", `${folder}/features`, ...short, "--pieces", "70"],
        /"--pieces" \(data.pieces\) is 70, but ".*" has features; expected data with texts/,
      ],
    ];
    for (const [args, message] of says) {
      assert.match(await refused("xmc", "train", ...args), message, `${args}`);
    }
    assert.match(
      await refused("train", "--pieces", "70"),
      /applies to extreme classifiers only, which `filigree xmc train` trains/,
    );
  });
});
