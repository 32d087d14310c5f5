/**
 * Labelled sentences as a model of sentences reads them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DataFormatError } from "../src/data/errors.ts";
import {
  labelledSentences,
  sentencePreparationOf,
  sentenceQuestions,
  type Sentences,
  sentenceSource,
  Tokenizer,
  Vocabulary,
} from "../src/data/tokens/mod.ts";

const PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two", "three"];
const TOKENIZER = new Tokenizer(new Vocabulary(PIECES));
const CLASSES = { classNames: ["a", "b"] };

/** The arrays of a text, of so many positions. */
function readAs(text: Sentences, positions: number) {
  const source = sentenceQuestions(
    [text],
    sentencePreparationOf(CLASSES, TOKENIZER, { positions }),
  );
  const [{ arrays }] = source.epoch(0, { batchSize: 1, seed: 0, shuffle: false });
  const of = (name: "tokens" | "segments" | "mask") =>
    Array.from(arrays[name]).filter((_, i) => i % 32 === 0).join("");
  return [of("tokens"), of("segments"), of("mask")];
}

Deno.test("sentenceQuestions() puts marks around sentences and pads them", () => {
  assert.deepEqual(readAs(["One two."], 7), ["2561300", "0000000", "1111100"]);
  assert.deepEqual(readAs(["one", "Two three"], 8), ["25367300", "00011100", "11111100"]);
});

Deno.test("sentenceQuestions() leaves out the end of what does not fit, of the longer sentence first", () => {
  assert.deepEqual(readAs(["one two three one"], 5), ["25673", "00000", "11111"]);
  const [tokens, segments] = readAs(["one one one one", "two three"], 7);
  assert.deepEqual([tokens, segments], ["2553673", "0000111"]);
});

Deno.test("labelledSentences() takes classes, sentences and pairs, and refuses other lines by number", () => {
  const read = (text: string) => labelledSentences(text, "file.tsv");
  const { texts, labels, classNames } = read("b\tone\r\na\ttwo\tthree\nb\tone\n");
  assert.deepEqual(texts, [["one"], ["two", "three"], ["one"]]);
  assert.deepEqual([Array.from(labels), classNames], [[1, 0, 1], ["a", "b"]]);
  for (const wrong of ["a\tone\nb", "a\tone\n\tone", "a\tone\nb\t", "a\tone\nb\tone\ttwo\tthree"]) {
    assert.throws(() => read(wrong), (error) => {
      assert.ok(error instanceof DataFormatError, wrong);
      assert.deepEqual([error.line, error.offset], [2, 6], wrong);
      return true;
    });
  }
  assert.throws(() => read(""), /1 fields; expected a class, a tab, and a sentence/);
});

Deno.test("sentenceSource() matches classes by name, and is split by seed", () => {
  const preparation = sentencePreparationOf(CLASSES, TOKENIZER, { positions: 5 });
  const other = labelledSentences("b\tone\nb\ttwo\n", "other.tsv");
  const [{ arrays }] = sentenceSource(other, preparation)
    .epoch(0, { batchSize: 2, seed: 0, shuffle: false });
  assert.deepEqual([...arrays.target.subarray(0, 2)], [1, 1]);
  const unknown = labelledSentences("c\tone\n", "unknown.tsv");
  assert.throws(
    () => sentenceSource(unknown, preparation),
    /class of sentence 0 is "c"; expected one of a, b/,
  );
  const many = { texts: Array<Sentences>(20).fill(["one"]), labels: Array(20).fill(0), ...CLASSES };
  const parts = sentenceSource(many, preparation).split?.({ share: 0.25, seed: 1 });
  assert.deepEqual([parts?.train.examples, parts?.test.examples], [15, 5]);
  assert.throws(
    () => sentencePreparationOf(CLASSES, TOKENIZER, { positions: 4 }),
    /Cannot read sentences as 4 pieces: expected a whole number of at least 5/,
  );
});
