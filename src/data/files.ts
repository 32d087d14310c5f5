/**
 * Files of data sets: plain or in gzip, in a folder or behind a `file:` URL, read piece by piece.
 *
 * @module
 */
import { missingFile } from "../runtime/files.ts";
import { Gunzip, isGzip, statedSize } from "./gzip.ts";

/** Most bytes that a byte in gzip can stand for. */
export const LARGEST_RATIO = 1032;

/** Bytes for each byte in gzip up to which a file's word for its size is taken; ordinary data have at most five. */
const TRUSTED_RATIO = 16;

/** Bytes of one read from a file. */
const PIECE = 1 << 20;

/** Bytes one after the other. */
export interface ByteReader extends Disposable {
  /**
   * Fills an array from its beginning, with as much as there is.
   *
   * @returns Bytes that were written: fewer than the array has only at the end.
   * @throws {DataFormatError} if the bytes are in gzip and damaged.
   */
  read(target: Uint8Array): Promise<number>;
}

/** Content that can be read from the beginning as often as need be; out of gzip, if it is in it. */
export interface DataSource {
  /** Its name, for errors. */
  readonly file: string;
  /** Bytes on the disk. */
  readonly size: number;
  /** If these are in gzip: what the last member says its size is, modulo 2^32; another one may come before it. */
  readonly statedSize?: number;
  /** Begins to read. */
  open(): Promise<ByteReader>;
}

/** What files hold, by their names, which are plain or end with `.gz`: what a page was given or has fetched. */
export type FilesInMemory = Readonly<Record<string, Uint8Array>>;

/** Where the files of a data set are: in a folder (a path or a `file:` URL), or in memory. */
export type DataPlace = string | URL | FilesInMemory;

/** Whether files are in memory. */
export function isInMemory(place: DataPlace): place is FilesInMemory {
  return typeof place === "object" && !(place instanceof URL);
}

/** What errors call a place. */
export function nameOfPlace(place: DataPlace): string {
  return isInMemory(place) ? Object.keys(place).join(", ") : String(place);
}

/**
 * Content that lies in memory.
 *
 * @param file What it is called in errors.
 * @example
 * ```ts
 * import { bytesSource } from "@filigree/filigree/files";
 *
 * using reader = await bytesSource(Uint8Array.of(1, 2), "two").open();
 * console.assert(await reader.read(new Uint8Array(3)) === 2);
 * ```
 */
export function bytesSource(bytes: Uint8Array, file: string): DataSource {
  const compressed = isGzip(bytes);
  return {
    file,
    size: bytes.length,
    ...(compressed ? { statedSize: statedSize(bytes) } : {}),
    open: () => Promise.resolve(compressed ? new GzipReader(bytes, file) : new MemoryReader(bytes)),
  };
}

/**
 * The content of a file. What is in gzip is held in memory as it is; what is plain, not at all.
 *
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {RangeError} if it is a folder.
 * @example
 * ```ts
 * import { fileSource } from "@filigree/filigree/files";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "abc");
 * console.assert((await fileSource(path)).size === 3);
 * await Deno.remove(path);
 * ```
 */
export async function fileSource(path: string | URL): Promise<DataSource> {
  const file = path.toString();
  const { isDirectory, size } = await Deno.stat(path);
  if (isDirectory) throw new RangeError(`Cannot read "${file}": it is a folder; expected a file`);
  using opened = await Deno.open(path);
  const magic = new Uint8Array(2);
  await fill(opened, magic);
  if (isGzip(magic)) return bytesSource(await Deno.readFile(path), file);
  return {
    file,
    size,
    open: async () => {
      const reader = await Deno.open(path);
      return {
        read: (target) => fill(reader, target),
        [Symbol.dispose]: () => reader.close(),
      };
    },
  };
}

/**
 * The first of `name` and `name.gz`, for each of some names, that a folder or the memory has.
 *
 * @throws {Deno.errors.NotFound} if there is none.
 */
export async function folderSource(
  folder: DataPlace,
  ...names: readonly string[]
): Promise<DataSource> {
  for (const name of names) {
    for (const candidate of [name, `${name}.gz`]) {
      if (isInMemory(folder)) {
        if (Object.hasOwn(folder, candidate)) return bytesSource(folder[candidate], candidate);
        continue;
      }
      try {
        return await fileSource(join(folder, candidate));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
  throw missingFile(
    `Cannot read the data set in "${nameOfPlace(folder)}": there is no "${
      names.join('" or "')
    }"; expected it plain or with ".gz"`,
  );
}

/** Whether a folder or the memory has `name` or `name.gz`; does not read it. */
export async function hasDataFile(folder: DataPlace, name: string): Promise<boolean> {
  return isInMemory(folder)
    ? [name, `${name}.gz`].some((candidate) => Object.hasOwn(folder, candidate))
    : await dataFile(folder, name) !== undefined;
}

/** The path of `name`, or of `name.gz`, whichever a folder has first. */
export async function dataFile(
  folder: string | URL,
  name: string,
): Promise<string | URL | undefined> {
  for (const candidate of [name, `${name}.gz`]) {
    const path = join(folder, candidate);
    try {
      await Deno.stat(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** The path of a file in a folder. */
export function join(folder: string | URL, name: string): string | URL {
  return folder instanceof URL
    ? new URL(name, folder.href.replace(/\/?$/, "/"))
    : `${folder.replace(/[/\\]$/, "")}/${name}`;
}

/** The first bytes of a source, as many of `count` as there are. */
export async function headOf(source: DataSource, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  using reader = await source.open();
  return bytes.subarray(0, await reader.read(bytes));
}

/**
 * Bytes of a source: found out before memory is taken for what a header says. What is in gzip is believed where its own word
 * and the header's agree and it is not far smaller; otherwise it is gone through once.
 *
 * @param expected What the header says.
 * @returns Their number; where there are more than expected, one more at least.
 * @throws {DataFormatError} if the bytes are in gzip and damaged.
 */
export async function lengthOf(source: DataSource, expected: number): Promise<number> {
  const { size, statedSize } = source;
  if (statedSize === undefined) return size;
  if (expected <= TRUSTED_RATIO * size && statedSize === expected % 2 ** 32) return expected;
  const most = Math.min(expected, LARGEST_RATIO * size);
  using reader = await source.open();
  const piece = new Uint8Array(PIECE);
  let length = 0;
  for (let read = piece.length; read === piece.length && length <= most; length += read) {
    read = await reader.read(piece);
  }
  return length;
}

/** Reads what lies in memory. */
class MemoryReader implements ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(target: Uint8Array): Promise<number> {
    const piece = this.#bytes.subarray(this.#at, this.#at + target.length);
    target.set(piece);
    this.#at += piece.length;
    return Promise.resolve(piece.length);
  }

  [Symbol.dispose](): void {}
}

/** Reads what lies in gzip in memory. */
class GzipReader implements ByteReader {
  readonly #gunzip: Gunzip;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(bytes: Uint8Array, file: string) {
    this.#gunzip = new Gunzip(bytes, file);
  }

  /** The gzip stream's faults become rejections, as those of other readers. */
  // deno-lint-ignore require-await
  async read(target: Uint8Array): Promise<number> {
    let at = 0;
    while (at < target.length) {
      if (this.#rest.length === 0) this.#rest = this.#gunzip.next();
      if (this.#rest.length === 0) break;
      const piece = this.#rest.subarray(0, target.length - at);
      target.set(piece, at);
      at += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return at;
  }

  [Symbol.dispose](): void {}
}

/** Reads until an array is full or the file ends; gives the bytes that were read. */
export async function fill(file: Deno.FsFile, target: Uint8Array): Promise<number> {
  let at = 0;
  while (at < target.length) {
    const read = await file.read(target.subarray(at, at + PIECE));
    if (read === null) break;
    at += read;
  }
  return at;
}
