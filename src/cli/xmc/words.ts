/**
 * Words as features, as the checkpoint of a model of very many labels holds them.
 *
 * @module
 */
import { wordsOf } from "../../data/text.ts";
import { RowBuilder } from "../../data/labels/growing.ts";
import type { FeatureRows } from "../../data/labels/rows.ts";
import type { RankingPreparation } from "../../data/labels/source.ts";
import { tfidfPreparationOf, TfidfReader } from "../../data/labels/tfidf.ts";

/** How texts become features. */
export interface Words {
  /** TF-IDF, or the mean of all words. */
  readonly encoder: "tfidf" | "bag";
  /** The words, by the numbers of their features. */
  readonly words: readonly string[];
  /** What each weighs; 1 in a mean. */
  readonly weights: readonly number[];
}

/**
 * The words of texts to train with.
 *
 * @param mean Whether an example is the mean of its words, and no TF-IDF.
 * @throws {RangeError} if there are none.
 */
export function wordsOfTexts(texts: Iterable<string>, mean: boolean): Words {
  const { words, weights } = tfidfPreparationOf(texts);
  return mean
    ? { encoder: "bag", words, weights: words.map(() => 1) }
    : { encoder: "tfidf", words, weights };
}

/** The words of features to train with: their weights follow from how many rows have each, as those of texts do. */
export function wordsOfFeatures(
  { rows, columns, indices }: FeatureRows,
  words: readonly string[],
): Words {
  const counts = new Uint32Array(columns);
  for (const index of indices) counts[index]++;
  const weights = Array.from(counts, (count) => Math.log((1 + rows) / (1 + count)) + 1);
  return { encoder: "tfidf", words, weights };
}

/** The words in the preparation of a model, if it reads texts. */
export function wordsIn({ words }: RankingPreparation): Words | undefined {
  return isWords(words) ? words : undefined;
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
  const { encoder, words, weights } = known;
  if (encoder === "tfidf") {
    const reader = new TfidfReader({ kind: "tfidf", words, weights, sublinear: true });
    return (texts) => reader.rows(texts);
  }
  const numbers = new Map(words.map((word, i) => [word, i]));
  return (texts) => {
    const builder = new RowBuilder(true);
    for (const text of texts) {
      const found = wordsOf(text).map((word) => numbers.get(word)).filter((number) =>
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
