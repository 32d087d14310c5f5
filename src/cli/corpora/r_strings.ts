/**
 * Lines of text out of a database of R (`.rdb`, with its index `.rdx`), as packages of data have it: of each object four bytes
 * of its size and a zlib stream, in which is the serialisation of R: a vector of strings, of each its kind (9), its size and its
 * bytes. All numbers are big-endian.
 *
 * @module
 */
import { DataFormatError } from "../../data/errors.ts";
import { inflated } from "./inflated.ts";

/** Kinds of objects: a vector of strings, a string. */
const STRINGS = 16, STRING = 9;

/** Size of a string that is missing. */
const MISSING = 0xffffffff;

/** What stands in the index before an offset and a size: a vector of two integers. */
const PAIR = [0, 0, 0, 13, 0, 0, 0, 2];

/**
 * The vectors of strings of a database, in the order in which they lie there.
 *
 * @param path Without its ending.
 * @throws {DataFormatError} if it is damaged, or holds something else.
 */
export async function* rStrings(path: string): AsyncGenerator<string[]> {
  const packed = await Deno.readFile(`${path}.rdb`);
  const index = await inGzip(await Deno.readFile(`${path}.rdx`));
  for (const [offset, size] of pairsIn(index)) {
    if (offset + size > packed.length) {
      throw new DataFormatError(
        `${path}.rdb`,
        packed.length,
        `the file ends here; expected an object of ${size} bytes from ${offset} on`,
      );
    }
    const content = inflated(
      packed.subarray(offset + 4, offset + size),
      `${path}.rdb`,
      offset,
    );
    const strings = stringsIn(content, `${path}.rdb`, offset);
    if (strings !== undefined) yield strings;
  }
}

async function inGzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Offsets and sizes in an index. */
function* pairsIn(index: Uint8Array): Generator<[number, number]> {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  for (let at = 0; at + PAIR.length + 8 <= index.length; at++) {
    if (!PAIR.every((byte, i) => index[at + i] === byte)) continue;
    yield [view.getUint32(at + PAIR.length), view.getUint32(at + PAIR.length + 4)];
    at += PAIR.length + 7;
  }
}

/** The strings of an object, if it is a vector of such. */
function stringsIn(bytes: Uint8Array, file: string, offset: number): string[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // "X\n", three versions, and from the third one on what the strings are encoded in.
  let at = 2;
  const next = (): number => {
    if (at + 4 > bytes.length) {
      throw new DataFormatError(file, offset, "an object ends too soon; expected its strings");
    }
    return view.getUint32((at += 4) - 4);
  };
  const [version] = [next(), next(), next()];
  if (version >= 3) {
    const size = next();
    at += size;
  }
  if ((next() & 0xff) !== STRINGS) return undefined;
  return Array.from({ length: next() }, () => {
    const kind = next() & 0xff, size = next();
    if (kind !== STRING || (size !== MISSING && at + size > bytes.length)) {
      throw new DataFormatError(
        file,
        offset,
        `there is an element of kind ${kind}; expected strings`,
      );
    }
    if (size === MISSING) return "";
    return new TextDecoder().decode(bytes.subarray(at, at += size));
  });
}
