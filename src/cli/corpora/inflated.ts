/**
 * What lies in zlib (RFC 1950), whatever stands behind it.
 *
 * @module
 */
import { DataFormatError } from "../../data/errors.ts";
import { InflateError, Inflater } from "../../data/inflate.ts";

/** Bytes of the header. */
const HEADER = 2;

/** What sums of Adler's checksum are taken by, and how many bytes may be added before that. */
const ADLER = 65521, ADLER_RUN = 3800;

/**
 * The content of a zlib stream that bytes begin with.
 *
 * @param file Where it lies, for errors.
 * @param offset At which byte of the file.
 * @throws {DataFormatError} if it is damaged.
 */
export function inflated(bytes: Uint8Array, file: string, offset: number): Uint8Array<ArrayBuffer> {
  const refuse = (at: number, why: string, cause?: unknown): never => {
    throw new DataFormatError(file, offset + at, `${why}; expected a stream of zlib`, { cause });
  };
  if (bytes.length < HEADER || (bytes[0] & 15) !== 8 || (bytes[0] << 8 | bytes[1]) % 31 !== 0) {
    refuse(0, "the header is another one");
  }
  const inflater = new Inflater(bytes, HEADER);
  const pieces: Uint8Array[] = [];
  let low = 1, high = 0, size = 0;
  try {
    for (let piece = inflater.next(); piece.length > 0; piece = inflater.next()) {
      for (let i = 0; i < piece.length; i++) {
        low += piece[i];
        high += low;
        if (i % ADLER_RUN === 0) [low, high] = [low % ADLER, high % ADLER];
      }
      [low, high] = [low % ADLER, high % ADLER];
      size += piece.length;
      pieces.push(piece.slice());
    }
  } catch (cause) {
    if (!(cause instanceof InflateError)) throw cause;
    refuse(inflater.position, cause.message, cause);
  }
  const end = inflater.position;
  const sum = [0, 1, 2, 3].reduce((all, i) => all * 256 + (bytes[end + i] ?? NaN), 0);
  if (sum !== high * 65536 + low) refuse(end, "the checksum is that of another content");
  const content = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    content.set(piece, at);
    at += piece.length;
  }
  return content;
}
