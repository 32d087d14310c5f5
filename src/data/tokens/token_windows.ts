/**
 * What a decoder is trained of: windows of a text, and behind each of their tokens the next one. A window is a function of the
 * text, the seed, the epoch and its number, so that whoever makes it makes the same one.
 *
 * The windows of an epoch lie side by side and begin elsewhere in every epoch, so that each token is told of all that may come
 * before it. They go across the borders of documents, where `[SEP]` stands: short documents fill windows together, and no
 * position is padding.
 *
 * @module
 */
import { Random } from "../../device/random.ts";
import { digestOf } from "../fingerprint.ts";
import type { OtherPreparation, SourcePreparation } from "../preparation.ts";
import { type ArraySpec, columnsOf, type MemorySource, requireBatches } from "../source.ts";
import { Characters } from "./characters.ts";
import { someOf } from "./chosen.ts";
import { openCorpus } from "./corpus.ts";
import { partOf } from "./parts.ts";
import { streamOfArray, streamOfPart, type TokenStream } from "./token_stream.ts";

/** Names of the arrays of an example. */
export type WindowName = "tokens" | "next";

/** Options of {@linkcode openTokenWindows} and {@linkcode characterWindows}. */
export interface WindowOptions {
  /** Tokens of a window; 128 by default. */
  readonly positions?: number;
  /** Windows of an epoch to train with, others in each; as many as there are by default, and no more. */
  readonly epochExamples?: number;
  /** Windows to test with, from all over what is for that; as many as there are by default, and no more. */
  readonly testExamples?: number;
}

/** What tokens are: characters of the text, or pieces of words. */
export type TokenKind = "characters" | "pieces";

/** What was done to texts that a decoder was trained with. */
export interface WindowPreparation extends OtherPreparation {
  /** What it is a preparation of. */
  readonly kind: "next-token";
  /** Tokens of a window. */
  readonly inputs: number;
  /** What tokens are. */
  readonly tokens: TokenKind;
  /** The tokens by number. */
  readonly pieces: readonly string[];
  /** Of pieces: whether letters become lower case. */
  readonly lowerCase?: boolean;
  /** Of pieces: whether letters lose their accents. */
  readonly stripAccents?: boolean;
}

/** Windows of a text. */
export interface TokenWindows {
  /** Windows to train with. */
  readonly train: MemorySource<WindowName>;
  /** Windows to test with: the same ones in every epoch, whatever the seed. */
  readonly test: MemorySource<WindowName>;
  /** How the text was read: it has the tokens by number. */
  readonly preparation: WindowPreparation;
}

/** Streams of random numbers: of where the windows of an epoch begin. */
const SHIFT_STREAM = 0x77696e64;

/** Of how many parts of a plain text the last one is for testing. */
const PARTS = 10;

/**
 * Opens a corpus that `filigree data prepare` or `writeCorpus` wrote. Batches have `tokens` and `next`, `[positions]`.
 *
 * @throws {Deno.errors.NotFound} if a file is missing.
 * @throws {DataFormatError} if a file is damaged.
 * @throws {RangeError} if an option is none, or the corpus is shorter than a window.
 * @example
 * ```ts
 * import { openTokenWindows, Tokenizer, Vocabulary, writeCorpus } from "@filigree/filigree/tokens";
 *
 * const folder = `${await Deno.makeTempDir()}/counting`;
 * const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two", "."];
 * const documents = () => [Array.from({ length: 400 }, () => "One, two.")];
 * await writeCorpus(folder, {
 *   name: "counting",
 *   sources: [{ name: "made", documents }],
 *   tokenizer: new Tokenizer(new Vocabulary(pieces)),
 * });
 * const { train } = await openTokenWindows(folder, { positions: 16 });
 * console.assert(train.inputs.tokens.shape[0] === 16 && train.inputs.next.below === 8);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openTokenWindows(
  folder: string | URL,
  options: WindowOptions = {},
): Promise<TokenWindows> {
  const corpus = await openCorpus(folder);
  const { vocabulary: { pieces }, options: { lowerCase, stripAccents } } = corpus.tokenizer;
  const { positions, ...settings } = settingsOf(options);
  const preparation: WindowPreparation = {
    ...{ kind: "next-token", inputs: positions, tokens: "pieces" },
    ...{ pieces, lowerCase, stripAccents },
  };
  const windows = (part: "train" | "test", examples: number | undefined) =>
    windowSource({
      ...{ what: `the corpus to ${part} with`, preparation, examples, isFixed: part === "test" },
      stream: streamOfPart(corpus, partOf(corpus, part)),
      fingerprint: () => corpus.fingerprint(),
      like: () => refuseOthers("the corpus", "vocabulary"),
    });
  return {
    train: windows("train", settings.epochExamples),
    test: windows("test", settings.testExamples),
    preparation,
  };
}

/** Options of {@linkcode characterWindows}. */
export interface CharacterOptions extends WindowOptions {
  /** The characters by number; those of the text by default. */
  readonly characters?: Characters;
}

/**
 * The characters of a text as tokens: its first nine tenths to train with, and the last to test with.
 *
 * @throws {RangeError} if an option is none, the text is too short, or has a character that is none of those that are given.
 * @example
 * ```ts
 * import { characterWindows } from "@filigree/filigree/tokens";
 *
 * const { train, preparation } = characterWindows("All work and no play. ".repeat(50), { positions: 32 });
 * console.assert(train.examples === 30 && preparation.pieces.length === 13);
 * ```
 */
export function characterWindows(text: string, options: CharacterOptions = {}): TokenWindows {
  const { characters = Characters.of(text) } = options;
  const { positions, ...settings } = settingsOf(options);
  const { pieces } = characters;
  const tokens = characters.encode(text);
  const preparation: WindowPreparation = {
    ...{ kind: "next-token", inputs: positions, tokens: "characters", pieces },
  };
  const border = Math.floor(tokens.length * (PARTS - 1) / PARTS);
  const windows = (part: "train" | "test"): MemorySource<WindowName> =>
    windowSource({
      ...{ what: `the text to ${part} with`, preparation, isFixed: part === "test" },
      examples: part === "test" ? settings.testExamples : settings.epochExamples,
      stream: streamOfArray(part === "test" ? tokens.subarray(border) : tokens.subarray(0, border)),
      fingerprint: () => digestOf(text),
      like: (other) =>
        other.tokens === "characters"
          ? characterWindows(text, { ...options, characters: new Characters(other.pieces) })[part]
          : refuseOthers("the text", "kind of tokens"),
    });
  return { train: windows("train"), test: windows("test"), preparation };
}

/**
 * Whether a preparation is that of a decoder.
 *
 * @example
 * ```ts
 * import { characterWindows, isOfWindows } from "@filigree/filigree/tokens";
 *
 * const { preparation } = characterWindows("round and round ".repeat(20), { positions: 8 });
 * console.assert(isOfWindows(preparation) && !isOfWindows({ kind: "text" }));
 * ```
 */
export function isOfWindows(preparation: SourcePreparation): preparation is WindowPreparation {
  return "kind" in preparation && preparation.kind === "next-token" &&
    Array.isArray(preparation.pieces);
}

function settingsOf({ positions = 128, epochExamples, testExamples }: WindowOptions) {
  const requireCount = (count: number | undefined, what: string): void => {
    if (count === undefined || Number.isSafeInteger(count) && count > 0) return;
    throw new RangeError(
      `Cannot cut windows: ${what} ${count}; expected a whole number above 0`,
    );
  };
  requireCount(positions, "the tokens of one are");
  requireCount(epochExamples, "those of an epoch are");
  requireCount(testExamples, "those to test with are");
  return { positions, epochExamples, testExamples };
}

/** What a source is made of. */
interface WindowParts {
  /** The part of the text, for errors. */
  readonly what: string;
  readonly preparation: WindowPreparation;
  readonly stream: TokenStream;
  /** Most windows of an epoch. */
  readonly examples: number | undefined;
  /** Whether every epoch has the same ones. */
  readonly isFixed: boolean;
  /** A digest of the whole text. */
  fingerprint(): Promise<string>;
  /** The same windows as a model reads them that knows other tokens. */
  like(preparation: WindowPreparation): MemorySource<WindowName>;
}

function windowSource(parts: WindowParts): MemorySource<WindowName> {
  const { what, preparation, stream, isFixed } = parts;
  const { inputs: positions, pieces } = preparation;
  const all = Math.floor((stream.length - 1) / positions);
  if (all < 1) {
    throw new RangeError(
      `Cannot cut windows out of ${what}: it has ${stream.length} tokens; expected at least ${
        positions + 1
      }, or fewer positions`,
    );
  }
  const count = Math.min(all, parts.examples ?? all);
  const spec: ArraySpec = { shape: [positions], type: "u32", below: pieces.length };
  const inputs = { tokens: spec, next: spec };
  return {
    ...{ inputs, examples: count, preparation, task: "next-token", finite: true, together: 32 },
    fingerprint: async () =>
      await digestOf(JSON.stringify([await parts.fingerprint(), positions, count, isFixed])),
    *epoch(number, options) {
      requireBatches({ inputs }, options.batchSize);
      using reader = stream.open();
      const columns = columnsOf(options.batchSize);
      const arrays = {
        tokens: new Uint32Array(positions * columns),
        next: new Uint32Array(positions * columns),
      };
      const window = new Uint32Array(positions + 1);
      const shift = isFixed ? 0 : shiftOf(options.seed, number, positions);
      for (const chosen of someOf(all, count, number, options, isFixed)) {
        for (let column = 0; column < columns; column++) {
          if (column < chosen.length) reader.read(chosen[column] * positions + shift, window);
          else window.fill(0);
          for (let place = 0, at = column; place < positions; place++, at += columns) {
            arrays.tokens[at] = window[place];
            arrays.next[at] = window[place + 1];
          }
        }
        yield { arrays, examples: chosen.length };
      }
    },
    like(other) {
      if (!isOfWindows(other)) return refuseOthers(what, "kind of examples");
      if (other.pieces.join("\n") === pieces.join("\n")) return windowSource(parts);
      return parts.like(other);
    },
  };
}

/** How far the windows of an epoch are moved. */
function shiftOf(seed: number, epoch: number, positions: number): number {
  return new Random({ seed, use: "noise", stream: SHIFT_STREAM, step: epoch }).below(positions);
}

function refuseOthers(what: string, kind: string): never {
  throw new RangeError(
    `Cannot use ${what} with this model: its tokens are of another ${kind}; expected the one that it was trained with`,
  );
}
