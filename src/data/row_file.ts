/**
 * A file of one array whose rows are read where they are wanted: nothing of it is kept.
 *
 * @module
 */
import { type ArrayHead, AT_ONCE, ELEMENTS, LITTLE_HOST, requireLength } from "./arrays.ts";
import { sha256 } from "./digest.ts";
import { DataFormatError } from "./errors.ts";
import { fileSource, fill } from "./files.ts";
import { arrayHead } from "./folder.ts";
import { isGzip } from "./gzip.ts";

/** What rows are read into. */
export type RowArray = Uint8Array | Uint32Array | Float32Array;

/** Rows that can be read anywhere. */
export interface Rows<A extends RowArray = RowArray> {
  /** Their file, for errors. */
  readonly file: string;
  /** Sizes of a row. */
  readonly shape: readonly number[];
  /** How many there are. */
  readonly count: number;
  /** Memory for some rows. */
  room(rows: number): A;
  /** Begins to read. */
  open(): Promise<RowReader>;
  /** A digest of the whole file. */
  digest(): Promise<string>;
}

/** Reads rows. */
export interface RowReader extends Disposable {
  /**
   * Reads rows from one on.
   *
   * @param target Filled with them to its end.
   * @throws {DataFormatError} if the file has become shorter, or a label is no whole number from 0. Whether f32 are finite is
   * checked when they are put into batches.
   */
  read(first: number, target: RowArray): Promise<void>;
}

/** Bytes that are hashed at a time. */
const HASHED = 1 << 24;

/**
 * Rows of features, of an IDX or `.npy` file: bytes, or f32. Reads no more than its header.
 *
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {RangeError} if it is in gzip, which has no middle.
 * @throws {DataFormatError} if it is damaged.
 */
export async function featureRows(path: string | URL): Promise<Rows<Uint8Array | Float32Array>> {
  return await fileRows(path, ({ element }, width) => {
    const bytes = element === ELEMENTS.u1;
    return (rows) => bytes ? new Uint8Array(rows * width) : new Float32Array(rows * width);
  });
}

/** Rows of class numbers, as {@linkcode featureRows} reads those of features. */
export async function labelRows(path: string | URL): Promise<Rows<Uint32Array>> {
  return await fileRows(path, (_, width) => (rows) => new Uint32Array(rows * width));
}

/** Rows of numbers, as {@linkcode featureRows} reads those of features. */
export async function targetRows(path: string | URL): Promise<Rows<Float32Array>> {
  return await fileRows(path, (_, width) => (rows) => new Float32Array(rows * width));
}

/** Numbers of a row. */
export function widthOf({ shape }: Pick<Rows, "shape">): number {
  return shape.reduce((product, size) => product * size, 1);
}

async function fileRows<A extends RowArray>(
  path: string | URL,
  roomOf: (head: ArrayHead, width: number) => (rows: number) => A,
): Promise<Rows<A>> {
  await requirePlain(path);
  const head = await arrayHead(await fileSource(path));
  await requireLength(head);
  const [count, ...shape] = head.shape;
  const width = widthOf({ shape });
  const { file } = head.source;
  if (count === 0 || width === 0) {
    throw new DataFormatError(
      file,
      4,
      `the sizes are ${head.shape.join(" x ")}; expected at least one row of at least one number`,
    );
  }
  return {
    ...{ file, shape, count },
    room: roomOf(head, width),
    open: async () => new FileRowReader(await Deno.open(path), head, width),
    digest: () => digestOf(path),
  };
}

async function requirePlain(path: string | URL): Promise<void> {
  using file = await Deno.open(path);
  const magic = new Uint8Array(2);
  await file.read(magic);
  if (!isGzip(magic)) return;
  throw new RangeError(
    `Cannot stream "${path}": it is in gzip, which can be read from its beginning only; expected a plain file`,
  );
}

/** SHA-256 of the parts of a file. */
async function digestOf(path: string | URL): Promise<string> {
  using file = await Deno.open(path);
  const piece = new Uint8Array(HASHED);
  const parts: string[] = [];
  while (true) {
    const length = await fill(file, piece);
    if (length > 0) parts.push(await sha256(piece.subarray(0, length)));
    if (length < piece.length) break;
  }
  return parts.join();
}

/** Reads rows of an open file. */
class FileRowReader implements RowReader {
  readonly #file: Deno.FsFile;
  readonly #head: ArrayHead;
  readonly #width: number;
  readonly #piece: Uint8Array<ArrayBuffer>;

  constructor(file: Deno.FsFile, head: ArrayHead, width: number) {
    this.#file = file;
    this.#head = head;
    this.#width = width;
    this.#piece = new Uint8Array(AT_ONCE * head.element.size);
  }

  async read(first: number, target: RowArray): Promise<void> {
    const { element, little, offset } = this.#head;
    const at = first * this.#width;
    await this.#file.seek(offset + at * element.size, Deno.SeekMode.Start);
    const direct = target instanceof Uint8Array ||
      target instanceof Float32Array && element === ELEMENTS.f4 && little === LITTLE_HOST;
    if (direct) {
      await this.#fill(new Uint8Array(target.buffer, target.byteOffset, target.byteLength), at);
      return;
    }
    const view = new DataView(this.#piece.buffer);
    for (let done = 0; done < target.length; done += AT_ONCE) {
      const some = target.subarray(done, done + AT_ONCE);
      await this.#fill(this.#piece.subarray(0, some.length * element.size), at + done);
      for (let i = 0; i < some.length; i++) {
        const value = some[i] = element.read(view, i * element.size, little);
        if (some instanceof Uint32Array && value !== some[i]) {
          throw this.#noClass(at + done + i, value);
        }
      }
    }
  }

  /** Reads bytes to the end of an array, of which the first are of element `at`. */
  async #fill(bytes: Uint8Array, at: number): Promise<void> {
    const length = await fill(this.#file, bytes);
    if (length === bytes.length) return;
    throw new DataFormatError(
      this.#head.source.file,
      this.#head.offset + at * this.#head.element.size + length,
      "the file ends here by now; expected what it had when it was opened",
    );
  }

  #noClass(at: number, value: number): DataFormatError {
    const { source, offset, element } = this.#head;
    return new DataFormatError(
      source.file,
      offset + at * element.size,
      `label ${at} is ${value}; expected a class, a whole number from 0`,
    );
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
