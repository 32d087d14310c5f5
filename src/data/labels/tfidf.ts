/**
 * Texts as bags of words: how often a word is in a text, weighed by how few texts have it, in rows of length 1.
 *
 * A word is what {@linkcode wordsOf} says, and its weight `(1 + ln tf) (ln((1 + n) / (1 + df)) + 1)`, where it is tf times in a
 * text and df of the n texts to train with have it: that of scikit-learn with `sublinear_tf=True`.
 *
 * @module
 */
import { wordsOf } from "../text.ts";
import { RowBuilder } from "./growing.ts";
import type { FeatureRows } from "./rows.ts";

/** Which words are features. */
export interface TfidfOptions {
  /** Fewest texts to train with that have a word which is a feature; 1 by default. */
  readonly least?: number;
  /** Most features: those that most texts have; all by default. */
  readonly most?: number;
  /** Whether a word that is tf times in a text counts as 1 + ln tf, and not as tf; true by default. */
  readonly sublinear?: boolean;
  /** What the words of a text are, such as the pieces of a vocabulary; those of {@linkcode wordsOf} by default. */
  readonly cut?: TextCut;
}

/** Cuts a text into what features are of. */
export type TextCut = (text: string) => readonly string[];

/** How texts become features, as a checkpoint holds it. */
export interface TfidfPreparation {
  /** What it is a preparation of. */
  readonly kind: "tfidf";
  /** The features: words, those that most texts have first; of those that as many have, by their code units. */
  readonly words: readonly string[];
  /** The weight of each. */
  readonly weights: readonly number[];
  /** Whether a word that comes several times counts as 1 + ln of that. */
  readonly sublinear: boolean;
}

/**
 * Features of texts to train with, which are gone through once.
 *
 * @throws {RangeError} if an option is no whole number above 0, or no text has a word that comes often enough.
 * @example
 * ```ts
 * import { tfidfPreparationOf, TfidfReader } from "@filigree/filigree/files";
 *
 * const preparation = tfidfPreparationOf(["a cat sleeps", "a dog", "the cat"]);
 * const { columns, indices, values } = new TfidfReader(preparation).rows(["A cat, a bird"]);
 * console.assert(columns === 5 && indices.join() === "0,1"); // "a" and "cat"; no text had a bird
 * console.assert(Math.abs(Math.hypot(...values) - 1) < 1e-6);
 * ```
 */
export function tfidfPreparationOf(
  texts: Iterable<string>,
  { least = 1, most = Infinity, sublinear = true, cut = wordsOf }: TfidfOptions = {},
): TfidfPreparation {
  for (const [name, value] of Object.entries({ least, most })) {
    if (value > 0 && (Number.isInteger(value) || value === Infinity)) continue;
    throw new RangeError(
      `Cannot prepare texts: ${name} is ${value}; expected a whole number above 0`,
    );
  }
  const counts = new Map<string, number>();
  let all = 0;
  for (const text of texts) {
    for (const word of new Set(cut(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
    all++;
  }
  const chosen = [...counts].filter(([, count]) => count >= least)
    .sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1)).slice(0, most);
  if (chosen.length === 0) {
    throw new RangeError(
      `Cannot prepare texts: of ${all} texts no word is in ${least}; expected one at least`,
    );
  }
  const words = chosen.map(([word]) => word);
  const weights = chosen.map(([, count]) => Math.log((1 + all) / (1 + count)) + 1);
  return { kind: "tfidf", words, weights, sublinear };
}

/** Makes features of texts. */
export class TfidfReader {
  readonly #preparation: TfidfPreparation;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #cut: TextCut;

  /**
   * Makes them as a preparation says.
   *
   * @param cut What the words of a text are: as when the preparation was made.
   */
  constructor(preparation: TfidfPreparation, cut: TextCut = wordsOf) {
    this.#preparation = preparation;
    this.#cut = cut;
    this.#numbers = new Map(preparation.words.map((word, i) => [word, i]));
  }

  /** Number of features. */
  get columns(): number {
    return this.#preparation.words.length;
  }

  /** Features of texts. Words that are no features are left out; a text without any other has none. */
  rows(texts: Iterable<string>): FeatureRows {
    const builder = new RowBuilder(true);
    for (const text of texts) {
      this.#add(text, builder);
      builder.end();
    }
    return builder.takeFeatures(this.columns);
  }

  #add(text: string, builder: RowBuilder): void {
    const { weights, sublinear } = this.#preparation;
    const found = new Map<number, number>();
    for (const word of this.#cut(text)) {
      const number = this.#numbers.get(word);
      if (number !== undefined) found.set(number, (found.get(number) ?? 0) + 1);
    }
    // In the order of the features, so that the sum has the same bits whatever the order of the words.
    const row = [...found].sort(([a], [b]) => a - b).map(([number, times]): [number, number] => [
      number,
      (sublinear ? 1 + Math.log(times) : times) * weights[number],
    ]);
    const length = Math.sqrt(row.reduce((sum, [, value]) => sum + value * value, 0));
    for (const [number, value] of row) builder.add(number, value / length);
  }
}
