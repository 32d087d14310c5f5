/**
 * A corpus on the disk: sentences as numbers of a vocabulary, with the borders of documents and of the sources that these came
 * from. A folder of `corpus.json` (what there is), `tokens.bin` (u16 or u32), `sentences.bin` and `documents.bin` (u32: where
 * each begins, in tokens and in sentences, and at last where the last one ends), all little-endian, and the files of the
 * tokenizer. Nothing but the borders is in memory before somebody asks for tokens.
 *
 * @module
 */
import { DataFormatError } from "../errors.ts";
import { join } from "../files.ts";
import { digestOf } from "../fingerprint.ts";
import { parseTokenizer } from "./tokenizer_files.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What `corpus.json` begins with. */
export const FORMAT = "filigree corpus 1";

/** Bytes of tokens up to which they are held in memory once they are wanted; others are read where they are. */
const HELD_BYTES = 1 << 28;

/** Numbers of a file that are digested at a time. */
export const DIGESTED = 1 << 20;

/** Texts of one origin. */
export interface CorpusSource {
  /** What it is called. */
  readonly name: string;
  /** Under what terms it came. */
  readonly licence?: string;
  /** How many of each. */
  readonly documents: number;
  /** How many of each. */
  readonly sentences: number;
  /** How many of each. */
  readonly tokens: number;
}

/** Which sentences are for testing: of every so many blocks of so many sentences one. */
export interface HeldOut {
  /** Sentences of a block. */
  readonly block: number;
  /** Blocks of which one is for testing. */
  readonly every: number;
  /** Which of these, from 0. */
  readonly place: number;
}

/** What `corpus.json` says. */
export interface CorpusManifest {
  /** That it is one. */
  readonly format: "filigree corpus 1";
  /** What the corpus is called. */
  readonly name: string;
  /** What tokens are below. */
  readonly vocabulary: number;
  /** Bytes of a token. */
  readonly bytes: 2 | 4;
  /** How many there are. */
  readonly documents: number;
  /** How many there are. */
  readonly sentences: number;
  /** How many there are. */
  readonly tokens: number;
  /** Where they came from, in their order. */
  readonly sources: readonly CorpusSource[];
  /** What is for testing. */
  readonly heldOut: HeldOut;
  /** Digests of the other files by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Reads tokens of a corpus. */
export interface TokenReader extends Disposable {
  /**
   * Reads the tokens from one on.
   *
   * @param target Filled to its end.
   * @throws {DataFormatError} if the file has become shorter, or a token is not below the vocabulary.
   */
  read(first: number, target: Uint32Array): void;
}

/** Options of {@linkcode openCorpus}. */
export interface CorpusOptions {
  /** Bytes of tokens up to which they are held in memory once they are wanted; 256 MiB by default. Others are read in place. */
  readonly held?: number;
}

/** A corpus that lies in a folder. */
export interface Corpus {
  /** What there is. */
  readonly manifest: CorpusManifest;
  /** How its texts were read. */
  readonly tokenizer: Tokenizer;
  /** At which token each sentence begins, and the last one ends. */
  readonly sentences: Uint32Array;
  /** At which sentence each document begins, and the last one ends. */
  readonly documents: Uint32Array;
  /** Begins to read tokens. */
  open(): TokenReader;
  /** A digest of what is in it. */
  fingerprint(): Promise<string>;
}

/**
 * Opens a corpus that was prepared.
 *
 * @throws {Deno.errors.NotFound} if a file is missing.
 * @throws {DataFormatError} if a file is damaged, or does not fit the others.
 * @example
 * ```ts
 * import { openCorpus, Tokenizer, Vocabulary, writeCorpus } from "@filigree/filigree/tokens";
 *
 * const folder = `${await Deno.makeTempDir()}/counting`;
 * const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two", "."];
 * const documents = () => [Array.from({ length: 40 }, () => "One, two.")];
 * await writeCorpus(folder, {
 *   name: "counting",
 *   sources: [{ name: "made", documents }],
 *   tokenizer: new Tokenizer(new Vocabulary(pieces)),
 * });
 * const { manifest, open } = await openCorpus(folder);
 * using reader = open();
 * const sentence = new Uint32Array(4);
 * reader.read(0, sentence);
 * console.assert(manifest.tokens === 160 && sentence.join() === "5,1,6,7");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openCorpus(
  folder: string | URL,
  { held = HELD_BYTES }: CorpusOptions = {},
): Promise<Corpus> {
  const file = String(join(folder, "corpus.json"));
  const manifest = manifestIn(await Deno.readTextFile(join(folder, "corpus.json")), file);
  const [sentences, documents, whole] = await Promise.all([
    borders(folder, "sentences.bin", manifest.sentences, manifest.tokens),
    borders(folder, "documents.bin", manifest.documents, manifest.sentences),
    Deno.readTextFile(join(folder, "tokenizer.json")),
  ]);
  const path = join(folder, "tokens.bin");
  const { size } = await Deno.stat(path);
  const expected = manifest.tokens * manifest.bytes;
  if (size !== expected) {
    throw new DataFormatError(
      String(path),
      Math.min(size, expected),
      `the file ${
        size < expected ? "ends" : "goes on"
      } here; expected ${manifest.tokens} tokens of ${manifest.bytes} bytes`,
    );
  }
  const tokenizer = parseTokenizer(whole, String(join(folder, "tokenizer.json")));
  if (tokenizer.vocabulary.size !== manifest.vocabulary) {
    throw new DataFormatError(
      String(join(folder, "tokenizer.json")),
      0,
      `the vocabulary has ${tokenizer.vocabulary.size} pieces; expected ${manifest.vocabulary}`,
    );
  }
  const tokens = new Tokens(path, manifest, held);
  return {
    ...{ manifest, tokenizer, sentences, documents },
    open: () => tokens.open(),
    fingerprint: async () => await digestOf(JSON.stringify(manifest)),
  };
}

/** The tokens of a corpus: in memory from the first reader on, if they are few. */
class Tokens {
  readonly #path: string | URL;
  readonly #manifest: CorpusManifest;
  readonly #most: number;
  #held: Uint16Array | Uint32Array | undefined;

  constructor(path: string | URL, manifest: CorpusManifest, most: number) {
    this.#path = path;
    this.#manifest = manifest;
    this.#most = most;
  }

  open(): TokenReader {
    const { tokens, bytes } = this.#manifest;
    if (tokens * bytes > this.#most) return this.#reader(Deno.openSync(this.#path));
    const held = this.#held ??= viewOf(Deno.readFileSync(this.#path), bytes);
    return {
      read: (first, target) => {
        const some = held.subarray(first, first + target.length);
        target.set(some);
        this.#require(target, some.length, first);
      },
      [Symbol.dispose]: () => {},
    };
  }

  #reader(file: Deno.FsFile): TokenReader {
    const { bytes } = this.#manifest;
    let room = new Uint8Array(0);
    return {
      read: (first, target) => {
        const size = target.length * bytes;
        if (room.length < size) room = new Uint8Array(2 * size);
        file.seekSync(first * bytes, Deno.SeekMode.Start);
        let at = 0;
        while (at < size) {
          const some = file.readSync(room.subarray(at, size));
          if (some === null) break;
          at += some;
        }
        target.set(viewOf(room, bytes).subarray(0, target.length));
        this.#require(target, Math.floor(at / bytes), first);
      },
      [Symbol.dispose]: () => file.close(),
    };
  }

  #require(target: Uint32Array, read: number, first: number): void {
    const { vocabulary, bytes } = this.#manifest;
    if (read < target.length) {
      throw new DataFormatError(
        String(this.#path),
        (first + read) * bytes,
        "the file ends here by now; expected what it had when it was opened",
      );
    }
    for (let i = 0; i < read; i++) {
      if (target[i] < vocabulary) continue;
      throw new DataFormatError(
        String(this.#path),
        (first + i) * bytes,
        `token ${first + i} is ${target[i]}; expected one below ${vocabulary}`,
      );
    }
  }
}

function viewOf(
  { buffer, byteOffset, length }: Uint8Array<ArrayBuffer>,
  bytes: 2 | 4,
): Uint16Array | Uint32Array {
  return bytes === 2
    ? new Uint16Array(buffer, byteOffset, length >> 1)
    : new Uint32Array(buffer, byteOffset, length >> 2);
}

/** Where things begin, and the last one ends: rising from 0 to `end`. */
async function borders(
  folder: string | URL,
  name: string,
  count: number,
  end: number,
): Promise<Uint32Array> {
  const path = join(folder, name);
  const bytes = await Deno.readFile(path);
  const refuse = (offset: number, message: string): never => {
    throw new DataFormatError(String(path), offset, message);
  };
  const expected = 4 * (count + 1);
  if (bytes.length !== expected) {
    const way = bytes.length < expected ? "ends" : "goes on";
    refuse(
      Math.min(bytes.length, expected),
      `the file ${way} here; expected ${count + 1} numbers of 4 bytes`,
    );
  }
  const found = new Uint32Array(bytes.buffer, bytes.byteOffset, count + 1);
  for (let i = 0; i < found.length; i++) {
    if (i === 0 ? found[i] === 0 : found[i] > found[i - 1]) continue;
    refuse(4 * i, `border ${i} is ${found[i]}; expected ${i === 0 ? 0 : "more than the last one"}`);
  }
  if (found[count] !== end) {
    refuse(4 * count, `the last border is ${found[count]}; expected ${end}`);
  }
  return found;
}

function manifestIn(text: string, file: string): CorpusManifest {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DataFormatError(file, 0, `it is no JSON (${cause.message}); expected a corpus`, {
      cause,
    });
  }
  if (isManifest(found)) return found;
  throw new DataFormatError(
    file,
    0,
    `it does not describe a corpus; expected one of the format "${FORMAT}", with counts that add up`,
  );
}

function isManifest(found: unknown): found is CorpusManifest {
  if (!isRecord(found) || found.format !== FORMAT || typeof found.name !== "string") return false;
  const { bytes, sources, heldOut, files } = found;
  if (bytes !== 2 && bytes !== 4 || !Array.isArray(sources) || !isRecord(heldOut)) return false;
  const counts = ["documents", "sentences", "tokens"] as const;
  return counts.every((name) =>
    isCount(found[name]) && sources.every((source) =>
      isRecord(source) && typeof source.name === "string" && isCount(source[name])
    ) && sources.reduce((sum, source) =>
        sum + source[name], 0) === found[name]
  ) && isCount(found.vocabulary) && ["block", "every"].every((name) => isCount(heldOut[name])) &&
    typeof heldOut.place === "number" && heldOut.place >= 0 &&
    heldOut.place < Number(heldOut.every) && isRecord(files);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
