/**
 * Labelled sentences, or pairs of them, as a source of batches for an encoder that was pre-trained: read by its vocabulary.
 *
 * @module
 */
import { arraySource, type NamedArray } from "../array_source.ts";
import { DataFormatError } from "../errors.ts";
import type { OtherPreparation, SourcePreparation } from "../preparation.ts";
import { setAside } from "../split.ts";
import type { MemorySource } from "../source.ts";
import { Tokenizer } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

/** A sentence, or two that belong together. */
export type Sentences = readonly [first: string, second?: string];

/** Sentences, and the class of each. */
export interface LabelledSentences {
  /** The sentences. */
  readonly texts: readonly Sentences[];
  /** A class number for each, from 0. */
  readonly labels: ArrayLike<number>;
  /** What the classes are called. */
  readonly classNames: readonly string[];
}

/** How sentences become what a model reads. */
export interface SentencePreparation extends OtherPreparation {
  /** What it is a preparation of. */
  readonly kind: "sentences";
  /** Pieces of an example that are read, `[CLS]` and `[SEP]` among them. */
  readonly inputs: number;
  /** The pieces of the vocabulary by number. */
  readonly pieces: readonly string[];
  /** Whether letters become lower case. */
  readonly lowerCase: boolean;
  /** Whether they lose their accents. */
  readonly stripAccents: boolean;
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

/** Names of the arrays that a model of sentences reads. */
export type SentenceName = "tokens" | "segments" | "mask";

/** Pieces that are no text around one sentence, and one more around two. */
const AROUND = 2;

/**
 * Labelled sentences of a text file: a line each, the name of the class, a tab, and the sentence; behind another tab a second
 * one, where pairs are to be classified. Classes are numbered in the order of their names.
 *
 * @param file Its name, for errors.
 * @throws {DataFormatError} if a line is not so, or there is none.
 * @example
 * ```ts
 * import { labelledSentences } from "@filigree/filigree/tokens";
 *
 * const { texts, labels, classNames } = labelledSentences("good\tI liked it.\nbad\tI did not.\n", "reviews.tsv");
 * console.assert(classNames.join() === "bad,good" && labels[0] === 1 && texts[0][0] === "I liked it.");
 * ```
 */
export function labelledSentences(text: string, file: string): LabelledSentences {
  const texts: Sentences[] = [];
  const names: string[] = [];
  let offset = 0;
  for (const [i, whole] of text.replace(/\n$/, "").split("\n").entries()) {
    const [name, first, second, ...more] = whole.replace(/\r$/, "").split("\t");
    if (name === "" || first === undefined || first === "" || more.length > 0) {
      throw new DataFormatError(
        file,
        { line: i + 1, offset },
        `it has ${
          1 + (whole.match(/\t/g)?.length ?? 0)
        } fields; expected a class, a tab, and a sentence, or two with a tab between them`,
      );
    }
    texts.push(second === undefined ? [first] : [first, second]);
    names.push(name);
    offset += new TextEncoder().encode(whole).length + 1;
  }
  const classNames = [...new Set(names)].sort();
  const numbers = new Map(classNames.map((name, number) => [name, number]));
  return { texts, labels: Uint32Array.from(names, (name) => numbers.get(name) ?? 0), classNames };
}

/**
 * How sentences are read for a model.
 *
 * @param options.positions Pieces of an example, `[CLS]` and `[SEP]` among them; 128 by default.
 * @throws {RangeError} if an example could have no piece of text.
 * @example
 * ```ts
 * import { sentencePreparationOf, Tokenizer, Vocabulary } from "@filigree/filigree/tokens";
 *
 * const tokenizer = new Tokenizer(new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "yes"]));
 * const { inputs } = sentencePreparationOf({ classNames: ["a", "b"] }, tokenizer, { positions: 16 });
 * console.assert(inputs === 16);
 * ```
 */
export function sentencePreparationOf(
  { classNames }: Pick<LabelledSentences, "classNames">,
  { vocabulary: { pieces }, options: { lowerCase, stripAccents } }: Pick<
    Tokenizer,
    "vocabulary" | "options"
  >,
  { positions = 128 }: { readonly positions?: number } = {},
): SentencePreparation {
  if (!Number.isSafeInteger(positions) || positions < 2 * AROUND + 1) {
    throw new RangeError(
      `Cannot read sentences as ${positions} pieces: expected a whole number of at least ${
        2 * AROUND + 1
      }`,
    );
  }
  const target = { kind: "class", classes: classNames.length, names: [...classNames] } as const;
  return { kind: "sentences", inputs: positions, pieces, lowerCase, stripAccents, target };
}

/**
 * Whether a preparation is that of sentences.
 *
 * @example
 * ```ts
 * import { isOfSentences } from "@filigree/filigree/tokens";
 *
 * console.assert(!isOfSentences({ kind: "arrays" }));
 * ```
 */
export function isOfSentences(
  preparation: SourcePreparation,
): preparation is SentencePreparation {
  if (!("kind" in preparation) || preparation.kind !== "sentences") return false;
  const { pieces, inputs, target, lowerCase, stripAccents } = preparation;
  return Array.isArray(pieces) && pieces.every((piece) => typeof piece === "string") &&
    Number.isInteger(inputs) && Number(inputs) > 2 * AROUND && target?.kind === "class" &&
    Array.isArray(target.names) && typeof lowerCase === "boolean" &&
    typeof stripAccents === "boolean";
}

/**
 * Labelled sentences as a source: `tokens`, `segments` and `mask`, `[positions]`, and `target`, the class. Of what does not fit
 * the end is left out, that of the longer sentence first.
 *
 * @param preparation How they are read.
 * @throws {RangeError} if there is not a class for each, or one that the preparation does not know.
 * @example
 * ```ts
 * import {
 *   labelledSentences,
 *   sentencePreparationOf,
 *   sentenceSource,
 *   Tokenizer,
 *   Vocabulary,
 * } from "@filigree/filigree/tokens";
 *
 * const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "yes", "no"];
 * const data = labelledSentences("a\tYes.\nb\tNo, no.\n", "answers.tsv");
 * const tokenizer = new Tokenizer(new Vocabulary(pieces));
 * const source = sentenceSource(data, sentencePreparationOf(data, tokenizer, { positions: 8 }));
 * console.assert(source.examples === 2 && source.inputs.tokens.below === 7);
 * ```
 */
export function sentenceSource(
  data: LabelledSentences,
  preparation: SentencePreparation,
): MemorySource<SentenceName | "target"> {
  const { texts } = data;
  const target = { data: labelsIn(data, preparation), below: preparation.target.classes };
  return {
    ...arraySource({
      arrays: { ...arraysOf(texts, preparation), target },
      ...{ examples: texts.length, preparation, task: "class" },
    }),
    together: 32,
    like: (other) => sentenceSource(data, sentencesOnly(other)),
    split(options) {
      const { aside, rest } = setAside(texts.length, options);
      const part = (chosen: Uint32Array) => sentenceSource(partOf(data, chosen), preparation);
      return { train: part(rest), test: part(aside) };
    },
  };
}

/**
 * Sentences without what they are in truth, as a source of `tokens`, `segments` and `mask`.
 *
 * @param preparation That of the training.
 * @example
 * ```ts
 * import {
 *   sentencePreparationOf,
 *   sentenceQuestions,
 *   Tokenizer,
 *   Vocabulary,
 * } from "@filigree/filigree/tokens";
 *
 * const tokenizer = new Tokenizer(new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "yes"]));
 * const preparation = sentencePreparationOf({ classNames: ["a", "b"] }, tokenizer, { positions: 8 });
 * const source = sentenceQuestions([["Yes, yes."], ["Yes.", "No."]], preparation);
 * console.assert(source.examples === 2 && !("target" in source.inputs));
 * ```
 */
export function sentenceQuestions(
  texts: readonly Sentences[],
  preparation: SentencePreparation,
): MemorySource<SentenceName> {
  return {
    ...arraySource({
      arrays: arraysOf(texts, preparation),
      ...{ examples: texts.length, preparation, task: "class" },
    }),
    together: 32,
    like: (other) => sentenceQuestions(texts, sentencesOnly(other)),
  };
}

function partOf(
  { texts, labels, classNames }: LabelledSentences,
  chosen: Uint32Array,
): LabelledSentences {
  const of = <T>(list: ArrayLike<T>) => Array.from(chosen, (i) => list[i]);
  return { texts: of(texts), labels: of(labels), classNames };
}

function arraysOf(
  texts: readonly Sentences[],
  { pieces, lowerCase, stripAccents, inputs: positions }: SentencePreparation,
): Record<SentenceName, NamedArray> {
  const tokenizer = new Tokenizer(new Vocabulary(pieces), { lowerCase, stripAccents });
  const { begin, separator, pad } = tokenizer.vocabulary.special;
  const size = texts.length * positions;
  const tokens = new Uint32Array(size).fill(pad);
  const segments = new Uint32Array(size);
  const mask = new Float32Array(size);
  for (const [i, [first, second]] of texts.entries()) {
    const one = tokenizer.encode(first);
    const two = second === undefined ? undefined : tokenizer.encode(second);
    cut(one, two, positions);
    const all = [begin, ...one, separator, ...(two === undefined ? [] : [...two, separator])];
    tokens.set(all, i * positions);
    mask.fill(1, i * positions, i * positions + all.length);
    segments.fill(1, i * positions + one.length + AROUND, i * positions + all.length);
  }
  const shape = [positions];
  return {
    tokens: { data: tokens, shape, below: tokenizer.vocabulary.size },
    segments: { data: segments, shape, below: 2 },
    mask: { data: mask, shape },
  };
}

/** Leaves out what does not fit. */
function cut(one: number[], two: number[] | undefined, positions: number): void {
  if (two === undefined) {
    one.length = Math.min(one.length, positions - AROUND);
    return;
  }
  const room = positions - AROUND - 1;
  while (one.length + two.length > room) (one.length > two.length ? one : two).pop();
}

/** The class numbers of the preparation: classes are matched by name. */
function labelsIn(
  { texts, labels, classNames }: LabelledSentences,
  { target: { names } }: SentencePreparation,
): Uint32Array {
  if (labels.length !== texts.length) {
    throw new RangeError(
      `Cannot read sentences: there are ${texts.length} and ${labels.length} classes of them; expected one for each`,
    );
  }
  const numbers = classNames.map((name) => names.indexOf(name));
  return Uint32Array.from({ length: texts.length }, (_, i) => {
    const number = numbers[labels[i]] ?? -1;
    if (number >= 0) return number;
    throw new RangeError(
      `Cannot read sentences: the class of sentence ${i} is ${
        JSON.stringify(classNames[labels[i]] ?? labels[i])
      }; expected one of ${names.join(", ")}`,
    );
  });
}

/** @throws {RangeError} if a preparation is of something else than sentences. */
function sentencesOnly(preparation: SourcePreparation): SentencePreparation {
  if (isOfSentences(preparation)) return preparation;
  throw new RangeError(
    "Cannot use the sentences with this model: expected data of the kind that it was trained with",
  );
}
