/**
 * Windows of a text: what is in them, and that they depend on text, seed, epoch and number alone.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  Characters,
  characterWindows,
  openCorpus,
  openTokenWindows,
  textReaderOf,
  type WindowName,
} from "../src/data/tokens/mod.ts";
import { isHeldOut } from "../src/data/tokens/parts.ts";
import { Random } from "../src/device/random.ts";
import type { EpochOptions, MemorySource } from "../src/data/source.ts";
import { drawToken } from "../src/train/sampling.ts";
import { withCorpus } from "./tokens_corpora.ts";

const OPTIONS: EpochOptions = { batchSize: 8, seed: 3, shuffle: true };

/** The windows of an epoch, with the token behind each. */
function windowsOf(source: MemorySource<WindowName>, epoch = 0, options = OPTIONS): number[][] {
  const found: number[][] = [];
  for (const { arrays: { tokens, next }, examples } of source.epoch(epoch, options)) {
    for (let column = 0; column < examples; column++) {
      const of = (array: ArrayLike<number>) =>
        Array.from(array).filter((_, at) => at % 32 === column);
      const window = of(tokens);
      assert.deepEqual(of(next).slice(0, -1), window.slice(1));
      found.push([...window, ...of(next).slice(-1)]);
    }
  }
  return found;
}

Deno.test("openTokenWindows() cuts the parts of a corpus, with a separator behind each run", async () => {
  await withCorpus(async (folder) => {
    const corpus = await openCorpus(folder);
    const { separator } = corpus.tokenizer.vocabulary.special;
    const { train, test, preparation } = await openTokenWindows(folder, { positions: 16 });
    assert.equal(preparation.tokens, "pieces");
    using reader = corpus.open();
    const expected: number[] = [];
    const { documents, sentences, manifest: { heldOut } } = corpus;
    for (let document = 0; document + 1 < documents.length; document++) {
      const run: number[] = [];
      for (let at = documents[document]; at <= documents[document + 1]; at++) {
        if (at < documents[document + 1] && isHeldOut(at, heldOut)) {
          const tokens = new Uint32Array(sentences[at + 1] - sentences[at]);
          reader.read(sentences[at], tokens);
          run.push(...tokens);
        } else if (run.length > 0) expected.push(...run.splice(0), separator);
      }
    }
    const windows = windowsOf(test, 0, { ...OPTIONS, shuffle: false });
    assert.equal(windows.length, Math.floor((expected.length - 1) / 16));
    for (const [i, window] of windows.entries()) {
      assert.deepEqual(window, expected.slice(16 * i, 16 * i + 17));
    }
    // Those to train with lie elsewhere in every epoch, and nowhere else than there.
    const epochs = [0, 1].map((epoch) => windowsOf(train, epoch));
    assert.equal(epochs[0].length, train.examples);
    assert.notDeepEqual(epochs[0], epochs[1]);
    assert.ok(epochs.flat(2).includes(separator));
    assert.deepEqual(windowsOf(train, 1), epochs[1]);
  });
});

Deno.test("windows() of an epoch that goes on are those of the whole one", () => {
  const { train, test } = characterWindows("one two three four five six. ".repeat(60), {
    ...{ positions: 10, epochExamples: 50, testExamples: 7 },
  });
  assert.equal(train.examples, 50);
  const all = windowsOf(train, 2);
  assert.deepEqual(windowsOf(train, 2, { ...OPTIONS, skip: 3 }), all.slice(24));
  assert.equal(windowsOf(test).length, 7);
  const inOrder = { ...OPTIONS, shuffle: false };
  assert.deepEqual(windowsOf(test, 1, inOrder), windowsOf(test, 0, inOrder));
});

Deno.test("characterWindows() holds the last tenth out, and reads as the model does", async () => {
  const text = "abc".repeat(300) + "\u{1F600}xyz".repeat(25);
  const { train, test, preparation } = characterWindows(text, { positions: 20 });
  assert.deepEqual(preparation.pieces, ["a", "b", "c", "x", "y", "z", "\u{1F600}"]);
  assert.equal(test.examples, Math.floor((1000 / 10 - 1) / 20));
  const other = characterWindows("cab".repeat(100), { positions: 20 });
  const like = other.test.like?.(preparation) ?? assert.fail();
  assert.equal(like.inputs.tokens.below, 7);
  const [window] = windowsOf(like);
  assert.ok(window.every((token) => token < 3));
  assert.notEqual(await train.fingerprint(), await test.fingerprint());
  assert.throws(
    () => test.like?.(other.train.preparation),
    /character 901 is "\u{1F600}" \(U\+1F600\); expected characters of the text/u,
  );
  assert.throws(
    () => characterWindows("too short", { positions: 20 }),
    /the text to train with: it has 8 tokens; expected at least 21/,
  );
});

Deno.test("textReaderOf() makes tokens of texts and texts of tokens", async () => {
  await withCorpus(async (folder) => {
    const { preparation } = await openTokenWindows(folder, { positions: 16 });
    const reader = textReaderOf(preparation);
    const tokens = reader.encode("the river under winter light.");
    const text = tokens.map((token, i) => reader.text(token, i === 0)).join("");
    assert.equal(text, "the river under winter light .");
    assert.equal(reader.text(reader.begin[0], false), "\n\n");
    assert.equal(reader.drawn[preparation.pieces.indexOf("[PAD]")], false);
    assert.throws(() => reader.encode("the \u03C0"), /"\u03C0" is not made of pieces/);
  });
  assert.deepEqual(Array.from(Characters.of("ba").encode("abb")), [0, 1, 1]);
});

Deno.test("drawToken() draws by what the options leave", () => {
  const may = [true, true, false, true];
  const logits = [Math.log(6), Math.log(3), 100, 0];
  const shares = (options: object): number[] => {
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 2000; seed++) {
      counts[drawToken(logits, may, options, new Random({ seed, use: "noise" }))]++;
    }
    return counts.map((count) => count / 2000);
  };
  const near = (found: number[], expected: number[]) =>
    // Four deviations of a share of 2000 draws.
    found.forEach((share, i) => assert.ok(Math.abs(share - expected[i]) < 0.045, `${found}`));
  near(shares({}), [0.6, 0.3, 0, 0.1]);
  near(shares({ topK: 2 }), [2 / 3, 1 / 3, 0, 0]);
  near(shares({ topP: 0.5 }), [1, 0, 0, 0]);
  near(shares({ topP: 0.89 }), [2 / 3, 1 / 3, 0, 0]);
  near(shares({ temperature: 0.5 }), [36 / 46, 9 / 46, 0, 1 / 46]);
  assert.deepEqual(shares({ temperature: 0 }), [1, 0, 0, 0]);
});
