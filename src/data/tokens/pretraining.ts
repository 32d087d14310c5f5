/**
 * What BERT is trained of before anything else: examples of two stretches of text, of which some tokens are masked and one
 * follows the other or not. An example is a function of the corpus, the seed, the epoch and its number, so that whoever makes
 * it makes the same one.
 *
 * @module
 */
import { Random } from "../../device/random.ts";
import { digestOf } from "../fingerprint.ts";
import type { OtherPreparation, SourcePreparation } from "../preparation.ts";
import {
  type ArraySpec,
  columnsOf,
  type MemorySource,
  requireBatches,
  type Source,
} from "../source.ts";
import { besideTraining } from "./beside.ts";
import { someOf } from "./chosen.ts";
import { type Corpus, openCorpus, type TokenReader } from "./corpus.ts";
import { Masking } from "./masking.ts";
import { Pairs, type Stretch } from "./pairs.ts";
import { lastNotAbove, type Part, partOf } from "./parts.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Names of the arrays of an example. */
export type PretrainingName =
  | "tokens"
  | "segments"
  | "mask"
  | "places"
  | "words"
  | "weights"
  | "next";

/** Options of {@linkcode openPretrainingCorpus}. */
export interface PretrainingOptions {
  /** Tokens of an example, `[CLS]` and both `[SEP]` among them; 128 by default. */
  readonly positions?: number;
  /** Share of the tokens that are to be told; 0.15 by default. */
  readonly masked?: number;
  /** Whether the pieces of a word are masked together; true by default. */
  readonly wholeWords?: boolean;
  /** Share of examples that are shorter, of any length; 0.1 by default. */
  readonly short?: number;
  /**
   * Whether a worker makes the batches to train with, beside the training; false by default. A step of the smallest model takes
   * a hundred times as long as making its batch, which is done while the device works.
   */
  readonly worker?: boolean;
  /** Examples of an epoch to train with, others in each; as many as there are by default, and no more. */
  readonly epochExamples?: number;
  /** Examples to test with, from all over what is for that; as many as there are by default, and no more. */
  readonly testExamples?: number;
}

/** What was done to texts that a model was pre-trained with. */
export interface PretrainingPreparation extends OtherPreparation {
  /** What it is a preparation of. */
  readonly kind: "pretraining";
  /** Tokens of an example. */
  readonly inputs: number;
  /** The pieces of the vocabulary by number. */
  readonly pieces: readonly string[];
  /** Whether letters become lower case. */
  readonly lowerCase: boolean;
  /** Whether they lose their accents. */
  readonly stripAccents: boolean;
}

/** A corpus to pre-train with. */
export interface PretrainingCorpus {
  /** Examples to train with. */
  readonly train: Source<PretrainingName>;
  /** Examples to test with: the same ones in every epoch, whatever the seed. */
  readonly test: Source<PretrainingName>;
  /** The pieces that tokens and words are numbers of. */
  readonly vocabulary: Vocabulary;
  /** How texts were read. */
  readonly tokenizer: Tokenizer;
  /** Most tokens of an example that are to be told. */
  readonly places: number;
  /** What the corpus is, and what is in it. */
  readonly corpus: Corpus;
}

/** Streams of random numbers: of an example, and of where the examples of an epoch begin. */
const EXAMPLE_STREAM = 0x70726574, SHIFT_STREAM = 0x70726573;

/** Tokens that are no text: `[CLS]`, and `[SEP]` behind each stretch. */
const AROUND = 3;

/**
 * Opens a corpus that `filigree data prepare` or {@linkcode writeCorpus} wrote. Batches have `tokens`, `segments` (0, then 1)
 * and `mask` (1 where a token is, 0 behind the last), `[positions]`; `places`, `words` and `weights` (1 where there is one, 0
 * behind the last) of the tokens that are to be told, `[places]`; and `next`, `[1]`: 0 where the second stretch follows the
 * first, 1 where it does not.
 *
 * @throws {Deno.errors.NotFound} if a file is missing.
 * @throws {DataFormatError} if a file is damaged.
 * @throws {RangeError} if an option is none.
 * @example
 * ```ts
 * import {
 *   openPretrainingCorpus,
 *   Tokenizer,
 *   trainVocabulary,
 *   writeCorpus,
 * } from "@filigree/filigree/tokens";
 *
 * const sentences = Array.from({ length: 100 }, (_, i) => `This is sentence ${i} of a story.`);
 * const counts = new Map("this is sentence of a story . 0 1 2 3 4 5 6 7 8 9".split(" ").map((word) => [word, 9]));
 * const tokenizer = new Tokenizer(trainVocabulary(counts));
 * const folder = `${await Deno.makeTempDir()}/stories`;
 * await writeCorpus(folder, { name: "stories", sources: [{ name: "one", documents: () => [sentences] }], tokenizer });
 * const { train, vocabulary } = await openPretrainingCorpus(folder, { positions: 32 });
 * console.assert(train.inputs.tokens.shape[0] === 32 && train.inputs.words.below === vocabulary.size);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openPretrainingCorpus(
  folder: string | URL,
  options: PretrainingOptions = {},
): Promise<PretrainingCorpus> {
  const corpus = await openCorpus(folder);
  const { tokenizer } = corpus;
  const settings = settingsOf(options, options.epochExamples);
  const testing = settingsOf(options, options.testExamples);
  const train = pretrainingSource(corpus, partOf(corpus, "train"), settings, false);
  const { worker = false, ...others } = options;
  return {
    train: worker ? besideTraining(train, folder, others) : train,
    test: pretrainingSource(corpus, partOf(corpus, "test"), testing, true),
    vocabulary: tokenizer.vocabulary,
    places: settings.most,
    ...{ tokenizer, corpus },
  };
}

/** All of the options. */
interface Settings
  extends Required<Omit<PretrainingOptions, "worker" | "epochExamples" | "testExamples">> {
  /** Most tokens of an example that are to be told. */
  readonly most: number;
  /** Most examples of an epoch. */
  readonly examples?: number;
}

function settingsOf(
  { positions = 128, masked = 0.15, wholeWords = true, short = 0.1 }: PretrainingOptions,
  examples: number | undefined,
): Settings {
  const refuse = (is: string, expected: string): never => {
    throw new RangeError(`Cannot pre-train: ${is}; expected ${expected}`);
  };
  if (!Number.isSafeInteger(positions) || positions < AROUND + 2) {
    refuse(`an example has ${positions} tokens`, `a whole number of at least ${AROUND + 2}`);
  }
  if (!(masked > 0 && masked < 1)) refuse(`a share of ${masked} is masked`, "one in (0, 1)");
  if (!(short >= 0 && short <= 1)) refuse(`a share of ${short} is shorter`, "one in [0, 1]");
  if (examples !== undefined && !(Number.isSafeInteger(examples) && examples > 0)) {
    refuse(`an epoch has ${examples} examples`, "a whole number above 0");
  }
  const settings = { positions, masked, wholeWords, short, most: Math.ceil(masked * positions) };
  return { ...settings, ...(examples === undefined ? {} : { examples }) };
}

/** A part of a corpus as a source. */
function pretrainingSource(
  corpus: Corpus,
  part: Part,
  settings: Settings,
  isFixed: boolean,
): MemorySource<PretrainingName> {
  const inputs = inputsOf(corpus, settings);
  const numbers = new ExampleNumbers(part, settings.positions - AROUND);
  const preparation = preparationOf(corpus, settings);
  const count = Math.min(numbers.count, settings.examples ?? numbers.count);
  return {
    ...{ inputs, examples: count, preparation, task: "pretraining", finite: true, together: 32 },
    terms: { "the masking": JSON.stringify(settings) },
    fingerprint: async () =>
      await digestOf(JSON.stringify([await corpus.fingerprint(), settings, isFixed])),
    *epoch(number, options) {
      requireBatches({ inputs }, options.batchSize);
      using reader = corpus.open();
      const key = isFixed ? { seed: 0, epoch: 0 } : { seed: options.seed, epoch: number };
      const examples = new Examples({ corpus, part, settings, numbers, reader }, key);
      const columns = columnsOf(options.batchSize);
      const arrays = roomFor(inputs, columns);
      for (const chosen of someOf(numbers.count, count, number, options, isFixed)) {
        for (let column = 0; column < columns; column++) {
          examples.fill(arrays, column, columns, chosen[column]);
        }
        yield { arrays, examples: chosen.length };
      }
    },
    like: (other) => {
      requireSame(preparation, other);
      return pretrainingSource(corpus, part, settings, isFixed);
    },
  };
}

/** The arrays of an example. */
type Arrays = Record<PretrainingName, Float32Array | Uint32Array>;

function inputsOf(
  { manifest }: Corpus,
  { positions, most }: Settings,
): Record<PretrainingName, ArraySpec> {
  const { vocabulary } = manifest;
  return {
    tokens: { shape: [positions], type: "u32", below: vocabulary },
    segments: { shape: [positions], type: "u32", below: 2 },
    mask: { shape: [positions], type: "f32" },
    places: { shape: [most], type: "u32", below: positions },
    words: { shape: [most], type: "u32", below: vocabulary },
    weights: { shape: [most], type: "f32" },
    next: { shape: [1], type: "u32", below: 2 },
  };
}

function roomFor(inputs: Record<PretrainingName, ArraySpec>, columns: number): Arrays {
  const of = (name: PretrainingName) => {
    const { shape: [size], type } = inputs[name];
    return type === "f32" ? new Float32Array(size * columns) : new Uint32Array(size * columns);
  };
  return {
    tokens: of("tokens"),
    segments: of("segments"),
    mask: of("mask"),
    places: of("places"),
    words: of("words"),
    weights: of("weights"),
    next: of("next"),
  };
}

function preparationOf(
  { tokenizer: { vocabulary, options: { lowerCase, stripAccents } } }: Corpus,
  { positions }: Settings,
): PretrainingPreparation {
  const { pieces } = vocabulary;
  return { kind: "pretraining", inputs: positions, pieces, lowerCase, stripAccents };
}

/** @throws {RangeError} if a model was trained with other tokens. */
function requireSame(own: PretrainingPreparation, other: SourcePreparation): void {
  const { pieces } = "kind" in other ? other : { pieces: undefined };
  if (Array.isArray(pieces) && pieces.join("\n") === own.pieces.join("\n")) return;
  throw new RangeError(
    "Cannot use the corpus with this model: its tokens are of another vocabulary; expected the one that it was trained with",
  );
}

/** Where the examples of an epoch begin: as many in every epoch, at other places in each. */
class ExampleNumbers {
  /** Examples of an epoch. */
  readonly count: number;
  readonly #part: Part;
  readonly #stride: number;
  /** Examples before each source, and at last all of them. */
  readonly #before: Uint32Array;

  constructor(part: Part, stride: number) {
    let sum = 0;
    const counts = part.sources.map(({ begin, end }) => {
      const tokens = part.tokensBefore[end] - part.tokensBefore[begin];
      return Math.max(1, Math.floor(tokens / stride));
    });
    this.#before = Uint32Array.from([0, ...counts.map((count) => sum += count)]);
    this.count = sum;
    this.#part = part;
    this.#stride = stride;
  }

  /** The source of an example, and the place of a token in it that the example shall have. */
  place(example: number, shift: number) {
    const { sources, tokensBefore } = this.#part;
    const number = lastNotAbove(this.#before, example, 0, sources.length);
    const source = sources[number];
    const tokens = tokensBefore[source.end] - tokensBefore[source.begin];
    const token = (example - this.#before[number]) * this.#stride + shift;
    return { source, token: token % tokens };
  }

  /** How far the examples of an epoch are moved. */
  shift(seed: number, epoch: number): number {
    return new Random({ seed, use: "noise", stream: SHIFT_STREAM, step: epoch })
      .below(this.#stride);
  }
}

/** What examples are made of. */
interface Parts {
  readonly corpus: Corpus;
  readonly part: Part;
  readonly settings: Settings;
  readonly numbers: ExampleNumbers;
  readonly reader: TokenReader;
}

/** Makes the examples of an epoch. */
class Examples {
  readonly #parts: Parts;
  readonly #key: { readonly seed: number; readonly epoch: number };
  readonly #shift: number;
  readonly #pairs: Pairs;
  readonly #masking: Masking;
  /** The tokens of an example. */
  readonly #tokens: Uint32Array;

  constructor(parts: Parts, key: { readonly seed: number; readonly epoch: number }) {
    const { corpus, part, settings, numbers } = parts;
    const { positions, masked: share, most, wholeWords, short } = settings;
    this.#parts = parts;
    this.#key = key;
    this.#shift = numbers.shift(key.seed, key.epoch);
    this.#pairs = new Pairs(corpus, part, { most: positions - AROUND, short });
    const { vocabulary } = corpus.tokenizer;
    this.#masking = new Masking(vocabulary, positions, { share, most, wholeWords });
    this.#tokens = new Uint32Array(positions);
  }

  /** Writes an example into a column; zeros, if there is none. */
  fill(arrays: Arrays, column: number, columns: number, example: number | undefined): void {
    if (example === undefined) {
      for (const array of Object.values(arrays)) {
        for (let at = column; at < array.length; at += columns) array[at] = 0;
      }
      return;
    }
    const { seed, epoch } = this.#key;
    const random = new Random({
      ...{ seed, use: "noise", stream: EXAMPLE_STREAM, step: epoch, element: example },
    });
    const { source, token } = this.#parts.numbers.place(example, this.#shift);
    const { first, second, follows } = this.#pairs.at(source, token, random);
    const border = first.end - first.begin + 2;
    const length = border + second.end - second.begin + 1;
    this.#read(first, second);
    const text = [[1, border - 1], [border, length - 1]] as const;
    const chosen = this.#masking.choose(this.#tokens, text, length, random);
    this.#told(arrays, column, columns, chosen, random);
    const { pad } = this.#parts.corpus.tokenizer.vocabulary.special;
    for (let place = 0, at = column; place < this.#tokens.length; place++, at += columns) {
      arrays.tokens[at] = place < length ? this.#tokens[place] : pad;
      arrays.segments[at] = place >= border && place < length ? 1 : 0;
      arrays.mask[at] = place < length ? 1 : 0;
    }
    arrays.next[column] = follows ? 0 : 1;
  }

  /** The tokens of an example, before any is masked. */
  #read(first: Stretch, second: Stretch): void {
    const { corpus, reader } = this.#parts;
    const { begin, separator } = corpus.tokenizer.vocabulary.special;
    const [one, two] = [first.end - first.begin, second.end - second.begin];
    this.#tokens[0] = begin;
    reader.read(first.begin, this.#tokens.subarray(1, 1 + one));
    this.#tokens[1 + one] = separator;
    reader.read(second.begin, this.#tokens.subarray(2 + one, 2 + one + two));
    this.#tokens[2 + one + two] = separator;
  }

  /** What is to be told; and other tokens in its places. */
  #told(
    { places, words, weights }: Arrays,
    column: number,
    columns: number,
    chosen: number,
    random: Random,
  ): void {
    const { most } = this.#parts.settings;
    for (let i = 0, at = column; i < most; i++, at += columns) {
      const place = i < chosen ? this.#masking.places[i] : 0;
      places[at] = place;
      words[at] = i < chosen ? this.#tokens[place] : 0;
      weights[at] = i < chosen ? 1 : 0;
      if (i < chosen) this.#tokens[place] = this.#masking.replacement(this.#tokens[place], random);
    }
  }
}
