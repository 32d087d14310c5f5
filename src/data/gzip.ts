/**
 * Gzip (RFC 1952): one member or several, one after the other, in one file.
 *
 * @module
 */
import { DataFormatError } from "./errors.ts";
import { InflateError, Inflater } from "./inflate.ts";

/** Bytes of the end of a member: checksum and size. */
const TRAILER = 8;

/** Bytes of the beginning of a member, without names. */
const HEADER = 10;

/** Whether a file begins like one in gzip. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The size that the last member of a file says it has, modulo 2^32. */
export function statedSize(bytes: Uint8Array): number {
  if (bytes.length < HEADER + TRAILER) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0, true);
}

/** What lies in gzip, piece by piece: whatever it expands to, some 100 KB of memory beside the compressed bytes. */
export class Gunzip {
  readonly #bytes: Uint8Array;
  readonly #file: string;
  #at = 0;
  #inflater: Inflater | undefined;
  #checksum = 0;
  #size = 0;

  /** @param file Its name, for errors. */
  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#file = file;
  }

  /**
   * The next bytes, none at the end. They are overwritten by the next call.
   *
   * @throws {DataFormatError} if the stream is damaged, cut off or followed by something else.
   */
  next(): Uint8Array {
    for (;;) {
      if (this.#inflater === undefined) {
        if (this.#at === this.#bytes.length) return new Uint8Array(0);
        this.#begin();
      }
      const piece = this.#inflate();
      if (piece.length > 0) {
        this.#checksum = crc32(piece, this.#checksum);
        this.#size = (this.#size + piece.length) >>> 0;
        return piece;
      }
      this.#end();
    }
  }

  #inflate(): Uint8Array {
    const inflater = this.#inflater;
    if (inflater === undefined) return new Uint8Array(0);
    try {
      return inflater.next();
    } catch (cause) {
      if (!(cause instanceof InflateError)) throw cause;
      throw this.#damaged(inflater.position, cause.message, cause);
    }
  }

  /** Reads the header of a member. */
  #begin(): void {
    const bytes = this.#bytes, start = this.#at;
    if (bytes.length - start < HEADER || !isGzip(bytes.subarray(start)) || bytes[start + 2] !== 8) {
      throw start === 0
        ? this.#damaged(0, "its header is not that of gzip with DEFLATE")
        : this.#damaged(start, `${bytes.length - start} bytes behind it are no gzip`);
    }
    const flags = bytes[start + 3];
    if ((flags & 0xe0) !== 0) throw this.#damaged(start + 3, "its header has unknown flags");
    let at = start + HEADER;
    if ((flags & 4) !== 0) at += 2 + (bytes[at] | bytes[at + 1] << 8);
    // Name and comment end with a 0.
    for (const flag of [8, 16]) {
      if ((flags & flag) === 0) continue;
      const zero = bytes.indexOf(0, at);
      at = zero < 0 ? Infinity : zero + 1;
    }
    if ((flags & 2) !== 0) at += 2;
    // A size made of absent bytes is NaN.
    if (!(at <= bytes.length)) throw this.#damaged(start, "its header ends too early");
    this.#inflater = new Inflater(bytes, at);
    this.#checksum = this.#size = 0;
  }

  /** Compares a member with what it says of itself. */
  #end(): void {
    const at = this.#inflater?.position ?? 0;
    if (this.#bytes.length - at < TRAILER) throw this.#damaged(at, "it ends too early");
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at);
    if (view.getUint32(0, true) !== this.#checksum) {
      throw this.#damaged(at, "its checksum is another");
    }
    if (view.getUint32(4, true) !== this.#size) throw this.#damaged(at + 4, "its size is another");
    this.#at = at + TRAILER;
    this.#inflater = undefined;
  }

  #damaged(at: number, why: string, cause?: unknown): DataFormatError {
    return new DataFormatError(
      this.#file,
      at,
      `the gzip stream is damaged: ${why}; expected one or several whole members`,
      { cause },
    );
  }
}

/** Tables of {@linkcode crc32}: of a byte, and of a byte that 1, 2 or 3 others follow. */
const TABLES: readonly Int32Array[] = tables();

/** Continues a checksum over more bytes, four at a time. */
export function crc32(bytes: Uint8Array, before: number): number {
  const [t0, t1, t2, t3] = TABLES;
  let crc = ~before, i = 0;
  for (const whole = bytes.length - 3; i < whole; i += 4) {
    crc ^= bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
    crc = t3[crc & 255] ^ t2[crc >>> 8 & 255] ^ t1[crc >>> 16 & 255] ^ t0[crc >>> 24];
  }
  for (; i < bytes.length; i++) crc = crc >>> 8 ^ t0[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

function tables(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = byte >>> 1 ^ ((byte & 1) === 0 ? 0 : 0xedb88320);
    return byte;
  });
  const all = [first];
  while (all.length < 4) {
    const last = all[all.length - 1];
    all.push(last.map((value) => value >>> 8 ^ first[value & 255]));
  }
  return all;
}
