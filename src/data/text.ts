/**
 * Texts as a source of batches of words: a vocabulary is taken from the texts to train with, and is what whoever reads other
 * texts for the model reads them by.
 *
 * A word is a run of letters, marks and digits, in lower case. Words are numbered by how often they come, the most frequent
 * first; 0 is padding, and 1 stands for every word that is not in the vocabulary.
 *
 * @module
 */
import { arraySource, type NamedArray } from "./array_source.ts";
import type { OtherPreparation, SourcePreparation } from "./preparation.ts";
import { setAside } from "./split.ts";
import type { MemorySource } from "./source.ts";

/** Texts, and the class of each. */
export interface LabelledTexts {
  /** The texts. */
  readonly texts: readonly string[];
  /** A class number for each, from 0. */
  readonly labels: ArrayLike<number>;
  /** What the classes are called. */
  readonly classNames: readonly string[];
}

/** How texts become what a model reads. */
export interface TextPreparation extends OtherPreparation {
  /** What it is a preparation of. */
  readonly kind: "text";
  /** The words of the vocabulary, from number 2 on. */
  readonly words: readonly string[];
  /** Words of a text that are read: the first ones. */
  readonly inputs: number;
  /** What is to be learnt: a class. */
  readonly target: {
    /** A class. */
    readonly kind: "class";
    /** How many there are. */
    readonly classes: number;
    /** What they are called. */
    readonly names: readonly string[];
  };
}

/** Options of {@linkcode textPreparationOf}. */
export interface TextOptions {
  /** Words of a text that are read; 64 by default. */
  readonly positions?: number;
  /** How often a word has to come to be in the vocabulary; 2 by default. */
  readonly least?: number;
}

/** Number of what stands behind the last word of a text. */
export const PADDING = 0;

/** Number of a word that is not in the vocabulary. */
const UNKNOWN = 1;

/** Number of the most frequent word. */
const FIRST = 2;

/**
 * The words of a text.
 *
 * @example
 * ```ts
 * import { wordsOf } from "@filigree/filigree/files";
 *
 * console.assert(wordsOf("A cat's 9 lives.").join() === "a,cat,s,9,lives");
 * ```
 */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/**
 * The vocabulary of texts to train with, and how they are read.
 *
 * @throws {RangeError} if there are no texts, or an option is not a whole number above 0.
 * @example
 * ```ts
 * import { textPreparationOf } from "@filigree/filigree/files";
 *
 * const data = { texts: ["to be", "or not to be"], labels: [0, 1], classNames: ["a", "b"] };
 * const { words } = textPreparationOf(data, { least: 2 });
 * console.assert(words.join() === "be,to");
 * ```
 */
export function textPreparationOf(
  { texts, classNames }: LabelledTexts,
  { positions = 64, least = 2 }: TextOptions = {},
): TextPreparation {
  for (const [name, value] of Object.entries({ positions, least, texts: texts.length })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new RangeError(
      `Cannot prepare texts: ${name} is ${value}; expected a whole number above 0`,
    );
  }
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  // Words that come equally often lie by their code units, so that the order of the texts plays no part.
  const words = [...counts].filter(([, count]) => count >= least)
    .sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1)).map(([word]) => word);
  const target = { kind: "class", classes: classNames.length, names: [...classNames] } as const;
  return { kind: "text", inputs: positions, words, target };
}

/**
 * Whether a preparation is that of texts.
 *
 * @example
 * ```ts
 * import { isOfText, textPreparationOf } from "@filigree/filigree/files";
 *
 * const data = { texts: ["to be", "or not to be"], labels: [0, 1], classNames: ["a", "b"] };
 * console.assert(isOfText(textPreparationOf(data)) && !isOfText({ kind: "arrays" }));
 * ```
 */
export function isOfText(preparation: SourcePreparation): preparation is TextPreparation {
  if (!("kind" in preparation) || preparation.kind !== "text") return false;
  const { words, inputs, target } = preparation;
  return Array.isArray(words) && words.every((word) => typeof word === "string") &&
    Number.isInteger(inputs) && Number(inputs) > 0 && target?.kind === "class" &&
    Array.isArray(target.names);
}

/**
 * Labelled texts as a source: `features` are the numbers of the words, `[positions]`, and `target` the class.
 *
 * @param preparation How they are read: of these texts if they are to train with, of those of the training otherwise.
 * @throws {RangeError} if there is not a class for each text, or one that the preparation does not know.
 * @example
 * ```ts
 * import { textPreparationOf, textSource } from "@filigree/filigree/files";
 *
 * const data = { texts: ["to be", "or not to be"], labels: [0, 1], classNames: ["a", "b"] };
 * const source = textSource(data, textPreparationOf(data, { positions: 3 }));
 * console.assert(source.inputs.features.shape[0] === 3);
 * ```
 */
export function textSource(
  data: LabelledTexts,
  preparation: TextPreparation,
): MemorySource<"features" | "target"> {
  const labels = labelsIn(data, preparation);
  const source = arraySource({
    arrays: {
      features: wordNumbers(data.texts, preparation),
      target: { data: labels, below: preparation.target.classes },
    },
    ...{ examples: data.texts.length, preparation, task: "class" },
  });
  return {
    ...source,
    like: (other) => textSource(data, textsOnly(other)),
    split(options) {
      const { aside, rest } = setAside(data.texts.length, options);
      const part = (chosen: Uint32Array) => textSource(textsOf(data, chosen), preparation);
      return { train: part(rest), test: part(aside) };
    },
  };
}

/**
 * Texts without what they are in truth, as a source of `features`.
 *
 * @param preparation That of the training.
 * @example
 * ```ts
 * import { textPreparationOf, textQuestions } from "@filigree/filigree/files";
 *
 * const data = { texts: ["to be", "or not to be"], labels: [0, 1], classNames: ["a", "b"] };
 * const source = textQuestions(["be or not"], textPreparationOf(data, { positions: 3 }));
 * console.assert(source.examples === 1 && !("target" in source.inputs));
 * ```
 */
export function textQuestions(
  texts: readonly string[],
  preparation: TextPreparation,
): MemorySource<"features"> {
  return {
    ...arraySource({
      arrays: { features: wordNumbers(texts, preparation) },
      ...{ examples: texts.length, preparation, task: "class" },
    }),
    like: (other) => textQuestions(texts, textsOnly(other)),
  };
}

/** Some of the texts. */
function textsOf({ texts, labels, classNames }: LabelledTexts, chosen: Uint32Array): LabelledTexts {
  const of = <T>(list: ArrayLike<T>) => Array.from(chosen, (i) => list[i]);
  return { texts: of(texts), labels: of(labels), classNames };
}

/** The numbers of the first words of each text, and padding behind them. */
function wordNumbers(
  texts: readonly string[],
  { words, inputs }: TextPreparation,
): NamedArray {
  const numbers = new Map(words.map((word, i) => [word, FIRST + i]));
  const data = new Uint32Array(texts.length * inputs).fill(PADDING);
  for (const [i, text] of texts.entries()) {
    const known = wordsOf(text).slice(0, inputs).map((word) => numbers.get(word) ?? UNKNOWN);
    data.set(known, i * inputs);
  }
  return { data, shape: [inputs], below: FIRST + words.length };
}

/** The class numbers of the preparation: classes are matched by name. */
function labelsIn(
  { texts, labels, classNames }: LabelledTexts,
  { target }: TextPreparation,
): Uint32Array {
  if (labels.length !== texts.length) {
    throw new RangeError(
      `Cannot read texts: there are ${texts.length} and ${labels.length} classes of them; expected one for each`,
    );
  }
  const { names } = target;
  const numbers = classNames.map((name) => names.indexOf(name));
  return Uint32Array.from({ length: texts.length }, (_, i) => {
    const number = numbers[labels[i]] ?? -1;
    if (number >= 0) return number;
    const name = classNames[labels[i]];
    throw new RangeError(
      `Cannot read texts: the class of text ${i} is ${
        name === undefined ? labels[i] : JSON.stringify(name)
      }; expected ` + `one of ${names.length} of the training`,
    );
  });
}

/** @throws {RangeError} if a preparation is of something else than texts. */
function textsOnly(preparation: SourcePreparation): TextPreparation {
  if (isOfText(preparation)) return preparation;
  throw new RangeError(
    "Cannot use the texts with this model: expected data of the kind that it was trained with",
  );
}
