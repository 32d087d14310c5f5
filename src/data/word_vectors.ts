/**
 * Vectors of words that were learnt elsewhere: `words.txt`, a word a line, and `vectors.npy`, a row for each, as floats of 16 bits or
 * of any other kind that NumPy has.
 *
 * @module
 */
import { DataFormatError } from "./errors.ts";
import type { ArrayHead } from "./arrays.ts";
import { type DataSource, folderSource } from "./files.ts";
import { ByteLines } from "./labels/lines.ts";
import { npyHead } from "./npy.ts";

/** Vectors of some words. */
export interface WordVectors {
  /** Numbers of a vector. */
  readonly dimensions: number;
  /** `[words, dimensions]`: zeros for a word that has none. */
  readonly values: Float32Array<ArrayBuffer>;
  /** `[words]`: 1 for each word that has one, else 0. */
  readonly known: Uint8Array<ArrayBuffer>;
}

/** Bytes that are read at a time. */
const PIECE = 1 << 20;

/**
 * Reads the vectors of some words; those of all others are read and left.
 *
 * @param folder Such as `filigree data prepare vectors` writes it.
 * @param words Different words, as they are in `words.txt`.
 * @throws {Deno.errors.NotFound} if a file is not there.
 * @throws {DataFormatError} if a file is damaged, or there are more or fewer vectors than words.
 * @example
 * ```ts
 * import { readWordVectors } from "@filigree/filigree/files";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/words.txt`, "cat\ndog\n");
 * const head = "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }\n";
 * const bytes = new Uint8Array(10 + head.length + 12);
 * bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, head.length, 0]);
 * bytes.set(new TextEncoder().encode(head), 10);
 * bytes.set(new Uint8Array(Float16Array.of(1, 2, 3, 4, 5, 6).buffer), 10 + head.length);
 * await Deno.writeFile(`${folder}/vectors.npy`, bytes);
 * const { values, known } = await readWordVectors(folder, ["dog", "axolotl"]);
 * console.assert(values.join() === "4,5,6,0,0,0" && known.join() === "1,0");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readWordVectors(
  folder: string | URL,
  words: readonly string[],
): Promise<WordVectors> {
  const { rows, all } = await rowsOf(folder, words);
  const { source, dimensions, element, little, offset } = await headOf(folder, all);
  const values = new Float32Array(words.length * dimensions);
  const known = new Uint8Array(words.length);
  const size = dimensions * element.size;
  const some = Math.max(1, Math.floor(PIECE / size));
  const piece = new Uint8Array(some * size), view = new DataView(piece.buffer);
  using reader = await source.open();
  await reader.read(new Uint8Array(offset));
  for (let first = 0; first < all; first += some) {
    const rest = Math.min(some, all - first);
    const at = offset + first * size;
    if (await reader.read(piece.subarray(0, rest * size)) < rest * size) {
      throw new DataFormatError(source.file, at, `the file ends; expected ${all} vectors`);
    }
    for (let i = 0; i < rest; i++) {
      const word = rows.get(first + i);
      if (word === undefined) continue;
      known[word] = 1;
      for (let j = 0; j < dimensions; j++) {
        const value = element.read(view, i * size + j * element.size, little);
        if (!Number.isFinite(Math.fround(value))) {
          throw new DataFormatError(
            source.file,
            at + i * size + j * element.size,
            `the number is ${value}; expected a finite one in the range of f32`,
          );
        }
        values[word * dimensions + j] = value;
      }
    }
  }
  return { dimensions, values, known };
}

/**
 * Numbers of a vector, out of the beginning of the file that has them.
 *
 * @param folder As {@linkcode readWordVectors} takes it.
 * @throws {Deno.errors.NotFound} if the file is not there.
 * @throws {DataFormatError} if it is damaged, or has no rows.
 */
export async function dimensionsOf(folder: string | URL): Promise<number> {
  return (await headOf(folder)).dimensions;
}

/** What the file of vectors says of them. */
async function headOf(
  folder: string | URL,
  words?: number,
): Promise<ArrayHead & { readonly source: DataSource; readonly dimensions: number }> {
  const source = await folderSource(folder, "vectors.npy");
  const head = await npyHead(source);
  const { shape, offset } = head;
  const [count, dimensions] = shape;
  if (shape.length === 2 && count === (words ?? count) && dimensions > 0) {
    return { ...head, source, dimensions };
  }
  const rows = words === undefined ? "a row for each word" : `a row for each of ${words} words`;
  throw new DataFormatError(source.file, offset, `the shape is [${shape}]; expected ${rows}`);
}

/** The place among the words that are wanted by the row that each has, and how many words there are. */
async function rowsOf(
  folder: string | URL,
  words: readonly string[],
): Promise<{ readonly rows: ReadonlyMap<number, number>; readonly all: number }> {
  const wanted = new Map(words.map((word, i) => [word, i]));
  const rows = new Map<number, number>();
  using lines = await ByteLines.open(await folderSource(folder, "words.txt"));
  let all = 0;
  while (await lines.more()) {
    for (; lines.next(); all++) {
      const place = wanted.get(lines.text());
      if (place !== undefined) rows.set(all, place);
    }
  }
  return { rows, all };
}
