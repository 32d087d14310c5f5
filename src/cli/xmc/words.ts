/**
 * Words as features, as the checkpoint of a model of very many labels holds them.
 *
 * @module
 */
import { wordsOf } from "../../data/text.ts";
import { RowBuilder } from "../../data/labels/growing.ts";
import type { FeatureRows } from "../../data/labels/rows.ts";
import type { RankingPreparation } from "../../data/labels/source.ts";
import { type TextCut, tfidfPreparationOf, TfidfReader } from "../../data/labels/tfidf.ts";
import { Tokenizer } from "../../data/tokens/tokenizer.ts";
import { trainVocabulary } from "../../data/tokens/train_vocabulary.ts";
import { Vocabulary } from "../../data/tokens/vocabulary.ts";
import { bertWords } from "../../data/tokens/words.ts";

/** How texts become features. */
export interface Words {
  /** TF-IDF, the mean of all words, or pieces in their order, of which TF-IDF says what texts are alike. */
  readonly encoder: "tfidf" | "bag" | "bert";
  /** The words, by the numbers of their features; all pieces of a vocabulary where these are read in their order. */
  readonly words: readonly string[];
  /** What each weighs; 1 in a mean. */
  readonly weights: readonly number[];
  /** The vocabulary that texts are cut by, where the words are pieces of words. */
  readonly pieces?: readonly string[];
  /** Whether letters become lower case and lose their accents, where pieces are read in their order; both by default. */
  readonly lowerCase?: boolean;
  readonly stripAccents?: boolean;
}

/** How words are chosen. */
export interface WordsOptions {
  /** Whether an example is the mean of its words, and no TF-IDF. */
  readonly mean: boolean;
  /** How many pieces words are cut into, in a vocabulary of the texts; they stay whole where absent. */
  readonly pieces?: number;
}

/**
 * The words of texts to train with.
 *
 * @throws {RangeError} if there are none, or the pieces are fewer than the characters.
 */
export function wordsOfTexts(texts: Iterable<string>, { mean, pieces: size }: WordsOptions): Words {
  const pieces = size === undefined ? undefined : vocabularyOf(texts, size, plain).pieces;
  const { words, weights } = tfidfPreparationOf(texts, { cut: cutBy(pieces) });
  return {
    ...(mean
      ? { encoder: "bag", words, weights: words.map(() => 1) }
      : { encoder: "tfidf", words, weights }),
    ...(pieces === undefined ? {} : { pieces }),
  };
}

/**
 * The vocabulary of texts.
 *
 * @param read What is read of a text.
 * @throws {RangeError} if the pieces are fewer than the characters.
 */
export function vocabularyOf(
  texts: Iterable<string>,
  size: number,
  read: (text: string) => string = (text) => text,
): Vocabulary {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of bertWords(read(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return trainVocabulary(counts, { size });
}

/** What cuts texts into words, or into the pieces of a vocabulary. */
function cutBy(pieces: readonly string[] | undefined): TextCut {
  if (pieces === undefined) return wordsOf;
  const cut = cutInto(new Tokenizer(new Vocabulary(pieces)));
  return (text) => cut(plain(text));
}

function cutInto(tokenizer: Tokenizer): TextCut {
  return (text) => tokenizer.tokens(text);
}

/** The words of a text with nothing else between them. */
function plain(text: string): string {
  return wordsOf(text).join(" ");
}

/** The words of features to train with: their weights follow from how many rows have each, as those of texts do. */
export function wordsOfFeatures(
  { rows, columns, indices }: FeatureRows,
  words: readonly string[],
): Words {
  const counts = new Uint32Array(columns);
  for (const index of indices) counts[index]++;
  return { encoder: "tfidf", words, weights: rarities(counts, rows) };
}

/** What words weigh that so many of all rows have. */
export function rarities(counts: Uint32Array, rows: number): number[] {
  return Array.from(counts, (count) => Math.log((1 + rows) / (1 + count)) + 1);
}

/** The words in the preparation of a model, if it reads texts. */
export function wordsIn({ words }: RankingPreparation): Words | undefined {
  return isWords(words) ? words : undefined;
}

/** What cuts texts into pieces that are read in their order. */
export function tokenizerOf(
  { words, lowerCase, stripAccents }: Pick<Words, "words" | "lowerCase" | "stripAccents">,
): Tokenizer {
  return new Tokenizer(new Vocabulary(words), {
    ...(lowerCase === undefined ? {} : { lowerCase }),
    ...(stripAccents === undefined ? {} : { stripAccents }),
  });
}

/** Makes features of texts. */
export type ReadTexts = (texts: Iterable<string>) => FeatureRows;

/**
 * What makes features of texts. Words are looked up in what is made here once: to make it takes longer than to read a text.
 *
 * @throws {RangeError} if there are no words.
 */
export function textReader(known: Words | undefined): ReadTexts {
  if (known === undefined) {
    throw new RangeError(
      "Cannot read texts: the model was trained with features that have no words; expected lines of features such as 3:0.5 8:1",
    );
  }
  const { encoder, words, weights, pieces } = known;
  const cut = encoder === "bert" ? cutInto(tokenizerOf(known)) : cutBy(pieces);
  if (encoder !== "bag") {
    const reader = new TfidfReader({ kind: "tfidf", words, weights, sublinear: true }, cut);
    return (texts) => reader.rows(texts);
  }
  const numbers = new Map(words.map((word, i) => [word, i]));
  return (texts) => {
    const builder = new RowBuilder(true);
    for (const text of texts) {
      const found = cut(text).map((word) => numbers.get(word)).filter((number) =>
        number !== undefined
      );
      // A word that comes twice adds twice as much.
      for (const number of found) builder.add(number, 1 / found.length);
      builder.end();
    }
    return builder.takeFeatures(words.length);
  };
}

function isWords(value: unknown): value is Words {
  return typeof value === "object" && value !== null && "encoder" in value && "words" in value &&
    "weights" in value && Array.isArray(value.words) && Array.isArray(value.weights);
}
