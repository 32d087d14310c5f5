/**
 * Writes a corpus: texts become numbers document by document, so that no more than one of them is in memory. Everything is
 * written into a folder beside the one that it is for, which takes its name when all of it is on the disk.
 *
 * @module
 */
import { sha256 } from "../digest.ts";
import { digestOf } from "../fingerprint.ts";
import {
  type CorpusManifest,
  type CorpusSource,
  DIGESTED,
  FORMAT,
  type HeldOut,
} from "./corpus.ts";
import { Stretches } from "./stretches.ts";
import { tokenizerFiles } from "./tokenizer_files.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { bertWords, type WordOptions } from "./words.ts";

/** Texts of one origin. */
export interface TextSource {
  /** What it is called. */
  readonly name: string;
  /** Under what terms it came. */
  readonly licence?: string;
  /** Its documents, each as its sentences. */
  documents(): Iterable<readonly string[]> | AsyncIterable<readonly string[]>;
}

/** What {@linkcode writeCorpus} takes. */
export interface CorpusParts {
  /** What the corpus is called. */
  readonly name: string;
  /** Its texts, in their order. */
  readonly sources: readonly TextSource[];
  /** How they are read. */
  readonly tokenizer: Tokenizer;
}

/** A corpus cannot be written: the disk is full, the folder is read-only. */
export class CorpusWriteError extends Error {
  /** The name of the class. */
  override readonly name: string = "CorpusWriteError";
}

/** Sentences of a block, where there are many; of few, a 40th of them. */
const BLOCK = 200;

/** One block of so many is for testing, and which. */
const EVERY = 20, PLACE = 10;

/** Fewest sentences: a block of two is then for testing. */
const LEAST = 40;

/**
 * Writes a corpus into a folder that is not there, or empty.
 *
 * @throws {RangeError} if there is something in the folder, or there are fewer than 40 sentences.
 * @throws {CorpusWriteError} if it cannot be written; nothing is left behind.
 * @example
 * ```ts
 * import { countWords, Tokenizer, trainVocabulary, writeCorpus } from "@filigree/filigree/tokens";
 *
 * const folder = `${await Deno.makeTempDir()}/counting`;
 * const documents = () => [Array.from({ length: 40 }, (_, i) => `Number ${i} follows ${i - 1}.`)];
 * const sources = [{ name: "made", documents }];
 * const tokenizer = new Tokenizer(trainVocabulary(await countWords(sources), { size: 50 }));
 * const { sentences } = await writeCorpus(folder, { name: "counting", sources, tokenizer });
 * console.assert(sentences === 40);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeCorpus(
  folder: string,
  { name, sources, tokenizer }: CorpusParts,
): Promise<CorpusManifest> {
  await requireFree(folder);
  const place = folder.replace(/[/\\]+$/, "");
  const temporary = `${place}.${crypto.randomUUID()}.tmp`;
  try {
    await writing(place, () => Deno.mkdir(temporary, { recursive: true }));
    const manifest = await fill(temporary, place, name, sources, tokenizer);
    await writing(place, async () => {
      // An empty folder may be there.
      await Deno.remove(place).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      await Deno.rename(temporary, place);
    });
    return manifest;
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => undefined);
  }
}

/**
 * How often each word comes in texts: what a vocabulary is trained of.
 *
 * @returns Counts by word.
 * @example
 * ```ts
 * import { countWords } from "@filigree/filigree/tokens";
 *
 * const documents = () => [["To be, or not to be."]];
 * const counts = await countWords([{ name: "made", documents }]);
 * console.assert(counts.get("be") === 2 && counts.get(",") === 1);
 * ```
 */
export async function countWords(
  sources: readonly TextSource[],
  options: WordOptions = {},
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const stretches = new Stretches();
  let often: number[] = [];
  const count = (): void => {
    for (let stretch = 0; stretch < stretches.size; stretch++) {
      for (const word of bertWords(stretches.text(stretch), options)) {
        counts.set(word, (counts.get(word) ?? 0) + often[stretch]);
      }
    }
    stretches.clear();
    often = [];
  };
  for (const { documents } of sources) {
    for await (const sentences of documents()) {
      for (const sentence of sentences) {
        if (stretches.isFull) count();
        stretches.each(sentence, (stretch) => {
          often[stretch] = (often[stretch] ?? 0) + 1;
        });
      }
    }
  }
  count();
  return counts;
}

/** @throws {RangeError} if a folder holds something: a corpus is written into none that does. */
export async function requireFree(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      throw new RangeError(
        `Cannot write a corpus to "${folder}": there is "${name}" in it; expected a folder that is not there, or empty`,
      );
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Writes all files of a corpus. */
async function fill(
  temporary: string,
  place: string,
  name: string,
  sources: readonly TextSource[],
  tokenizer: Tokenizer,
): Promise<CorpusManifest> {
  const bytes = tokenizer.vocabulary.size > 2 ** 16 ? 4 : 2;
  const room = (size: 2 | 4) => size === 2 ? new Uint16Array(DIGESTED) : new Uint32Array(DIGESTED);
  await using tokens = await NumberFile.create(`${temporary}/tokens.bin`, place, room(bytes));
  await using sentences = await NumberFile.create(`${temporary}/sentences.bin`, place, room(4));
  await using documents = await NumberFile.create(`${temporary}/documents.bin`, place, room(4));
  const described: CorpusSource[] = [];
  for (const source of sources) {
    const before = [documents.count, sentences.count, tokens.count];
    for await (const document of source.documents()) {
      await documentInto({ tokens, sentences, documents }, document, tokenizer);
    }
    const [ofDocuments, ofSentences, ofTokens] = [documents, sentences, tokens]
      .map(({ count }, i) => count - before[i]);
    if (ofTokens === 0) continue;
    const { licence } = source;
    described.push({
      name: source.name,
      ...(licence === undefined ? {} : { licence }),
      ...{ documents: ofDocuments, sentences: ofSentences, tokens: ofTokens },
    });
  }
  const counts = {
    documents: documents.count,
    sentences: sentences.count,
    tokens: tokens.count,
  };
  await documents.push(sentences.count);
  await sentences.push(tokens.count);
  const files: Record<string, string> = {};
  for (const [file, written] of Object.entries({ tokens, sentences, documents })) {
    files[`${file}.bin`] = await written.end();
  }
  for (const [file, text] of Object.entries(tokenizerFiles(tokenizer))) {
    files[file] = await digestOf(text);
    await writeSynced(`${temporary}/${file}`, text, place);
  }
  const vocabulary = tokenizer.vocabulary.size;
  const heldOut = heldOutOf(counts.sentences);
  const manifest: CorpusManifest = {
    ...{ format: FORMAT, name, vocabulary, bytes, ...counts, sources: described, heldOut, files },
  };
  await writeSynced(`${temporary}/corpus.json`, `${JSON.stringify(manifest, null, 2)}\n`, place);
  return manifest;
}

/** Appends a document; a sentence of which nothing is left is none. */
async function documentInto(
  { tokens, sentences, documents }: Record<"tokens" | "sentences" | "documents", NumberFile>,
  document: readonly string[],
  tokenizer: Tokenizer,
): Promise<void> {
  const first = sentences.count;
  for (const sentence of document) {
    const numbers = tokenizer.encode(sentence);
    if (numbers.length === 0) continue;
    await sentences.push(tokens.count);
    for (const number of numbers) if (tokens.add(number)) await tokens.flush();
  }
  if (sentences.count > first) await documents.push(first);
}

function heldOutOf(sentences: number): HeldOut {
  if (sentences < LEAST) {
    throw new RangeError(
      `Cannot write a corpus: there are ${sentences} sentences with text; expected at least ${LEAST}`,
    );
  }
  const block = Math.max(2, Math.min(BLOCK, Math.floor(sentences / LEAST)));
  return { block, every: EVERY, place: PLACE };
}

/** A file of numbers that is appended to. */
class NumberFile implements AsyncDisposable {
  /** How many there are. */
  count = 0;
  readonly #file: Deno.FsFile;
  readonly #place: string;
  readonly #room: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  readonly #digests: string[] = [];
  #filled = 0;
  #isOpen = true;

  private constructor(
    file: Deno.FsFile,
    place: string,
    room: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  ) {
    this.#file = file;
    this.#place = place;
    this.#room = room;
  }

  static async create(
    path: string,
    place: string,
    room: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  ): Promise<NumberFile> {
    const file = await writing(place, () => Deno.open(path, { write: true, createNew: true }));
    return new NumberFile(file, place, room);
  }

  /** Appends a number; true if the room is full and has to be flushed. */
  add(number: number): boolean {
    this.#room[this.#filled++] = number;
    this.count++;
    return this.#filled === this.#room.length;
  }

  async push(number: number): Promise<void> {
    if (this.add(number)) await this.flush();
  }

  async flush(): Promise<void> {
    const { buffer } = this.#room.subarray(0, this.#filled);
    const bytes = new Uint8Array(buffer, 0, this.#filled * this.#room.BYTES_PER_ELEMENT);
    this.#filled = 0;
    this.#digests.push(await sha256(bytes));
    await writing(this.#place, async () => {
      for (let done = 0; done < bytes.length;) {
        done += await this.#file.write(bytes.subarray(done));
      }
    });
  }

  /** Brings it onto the disk; gives its digest. */
  async end(): Promise<string> {
    if (this.#filled > 0) await this.flush();
    await writing(this.#place, () => this.#file.sync());
    return await digestOf(this.#digests.join());
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
    return Promise.resolve();
  }
}

async function writeSynced(path: string, text: string, place: string): Promise<void> {
  await writing(place, async () => {
    using file = await Deno.open(path, { write: true, createNew: true });
    const bytes = new TextEncoder().encode(text);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync();
  });
}

async function writing<T>(place: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CorpusWriteError(
      `Cannot write the corpus to "${place}": ${why}; expected a writable folder with enough space`,
      { cause },
    );
  }
}
