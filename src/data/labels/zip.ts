/**
 * Files in a ZIP archive: stored, or compressed with DEFLATE; with the 64-bit sizes that NumPy writes.
 *
 * @module
 */
import { DataFormatError } from "../errors.ts";
import { type ByteReader, type DataSource, LARGEST_RATIO } from "../files.ts";
import { crc32 } from "../gzip.ts";
import { InflateError, Inflater } from "../inflate.ts";

const END = 0x06054b50, DIRECTORY = 0x02014b50, LOCAL = 0x04034b50;
const END_SIZE = 22, DIRECTORY_SIZE = 46, LOCAL_SIZE = 30;

/** What stands in the place of a size or offset that is in the extra field. */
const IN_EXTRA = 0xffffffff;

/** A file of an archive. */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

/**
 * The files of an archive, which is read into memory.
 *
 * @throws {DataFormatError} if it is damaged, or a file is compressed in another way.
 */
export async function zipSources(source: DataSource): Promise<ReadonlyMap<string, DataSource>> {
  const bytes = await bytesOf(source);
  const sources = new Map<string, DataSource>();
  for (const entry of entriesOf(bytes, source.file)) {
    const { name, size } = entry;
    const file = `${source.file}:${name}`;
    const content = contentOf(bytes, entry, source.file);
    sources.set(name, {
      ...{ file, size },
      open: () => Promise.resolve(new EntryReader(content, entry, file)),
    });
  }
  return sources;
}

async function bytesOf(source: DataSource): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(source.size);
  using reader = await source.open();
  return bytes.subarray(0, await reader.read(bytes));
}

function entriesOf(bytes: Uint8Array<ArrayBuffer>, file: string): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fail = (at: number, why: string): never => {
    throw new DataFormatError(file, at, `${why}; expected a ZIP archive, as numpy.savez writes it`);
  };
  let end = bytes.length - END_SIZE;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) fail(0, "there is no end of an archive");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + DIRECTORY_SIZE > bytes.length || view.getUint32(at, true) !== DIRECTORY) {
      fail(at, `file ${i} of ${count} is not in the directory`);
    }
    const [names, extras, comments] = [28, 30, 32].map((where) => view.getUint16(at + where, true));
    const next = at + DIRECTORY_SIZE + names + extras + comments;
    if (next > bytes.length) fail(at, `file ${i} of ${count} is not whole in the directory`);
    const extra = extraOf(view, at + DIRECTORY_SIZE + names, extras);
    const numberAt = (where: number): number => {
      const number = view.getUint32(at + where, true);
      return number === IN_EXTRA ? extra.shift() ?? number : number;
    };
    // In this order they are in the extra field.
    const [size, packed, local] = [24, 20, 42].map(numberAt);
    const begin = at + DIRECTORY_SIZE;
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(begin, begin + names)),
      method: view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      ...{ packed, size, at: local },
    });
    at = next;
  }
  return entries;
}

/** The numbers of 64 bits in an extra field. */
function extraOf(view: DataView, begin: number, length: number): number[] {
  const numbers: number[] = [];
  for (let at = begin; at + 4 <= begin + length;) {
    const size = view.getUint16(at + 2, true);
    const last = Math.min(at + 4 + size, begin + length);
    if (view.getUint16(at, true) === 1) {
      for (let i = at + 4; i + 8 <= last; i += 8) numbers.push(Number(view.getBigUint64(i, true)));
    }
    at += 4 + size;
  }
  return numbers;
}

function contentOf(
  bytes: Uint8Array<ArrayBuffer>,
  { name, method, packed, size, at }: Entry,
  file: string,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fail = (why: string): never => {
    throw new DataFormatError(file, at, `"${name}" ${why}`);
  };
  if (at + LOCAL_SIZE > bytes.length || view.getUint32(at, true) !== LOCAL) {
    fail("does not begin where the directory says; expected a whole archive");
  }
  const begin = at + LOCAL_SIZE + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  if (begin + packed > bytes.length) fail("is cut off; expected a whole archive");
  if (method !== 0 && method !== 8) {
    fail(`is compressed by method ${method}; expected 0 (not at all) or 8 (DEFLATE)`);
  }
  if (method === 0 ? size !== packed : size > LARGEST_RATIO * (packed + 1)) {
    fail(`has ${packed} bytes for ${size}; expected a size that they can have`);
  }
  return bytes.subarray(begin, begin + packed);
}

/** Reads a file of an archive from its beginning. */
class EntryReader implements ByteReader {
  readonly #file: string;
  readonly #entry: Entry;
  readonly #inflater: Inflater | undefined;
  #rest: Uint8Array;
  #checksum = 0;
  #size = 0;

  constructor(content: Uint8Array<ArrayBuffer>, entry: Entry, file: string) {
    this.#file = file;
    this.#entry = entry;
    this.#inflater = entry.method === 0 ? undefined : new Inflater(content, 0);
    this.#rest = entry.method === 0 ? content : new Uint8Array(0);
  }

  /** The faults of the stream become rejections, as those of other readers. */
  // deno-lint-ignore require-await
  async read(target: Uint8Array): Promise<number> {
    let at = 0;
    while (at < target.length) {
      if (this.#rest.length === 0) this.#rest = this.#more();
      if (this.#rest.length === 0) break;
      const piece = this.#rest.subarray(0, target.length - at);
      target.set(piece, at);
      this.#checksum = crc32(piece, this.#checksum);
      this.#size += piece.length;
      at += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    if (at < target.length) this.#requireWhole();
    return at;
  }

  [Symbol.dispose](): void {}

  #more(): Uint8Array {
    try {
      return this.#inflater?.next() ?? new Uint8Array(0);
    } catch (cause) {
      if (!(cause instanceof InflateError)) throw cause;
      throw new DataFormatError(this.#file, this.#size, `${cause.message}; expected DEFLATE`, {
        cause,
      });
    }
  }

  #requireWhole(): void {
    const { checksum, size } = this.#entry;
    if (this.#size === size && this.#checksum === checksum) return;
    throw new DataFormatError(
      this.#file,
      this.#size,
      "size or checksum is another than the archive says; expected a whole archive",
    );
  }
}
