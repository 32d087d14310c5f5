/**
 * The binary form of WebAssembly modules, as far as a build takes them apart and puts them together: sections, numbers,
 * vectors, and which functions the code of a function calls.
 *
 * @module
 */

/** Bytes of a module or a part of one. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The kinds of sections by their numbers. */
export const SECTION = {
  ...{ custom: 0, type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6 },
  ...{ export: 7, start: 8, element: 9, code: 10, data: 11, dataCount: 12 },
} as const;

/** The kinds of what is imported and exported. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** A section of a module. */
export interface Section {
  /** Its kind. */
  readonly id: number;
  /** What it holds, without its length. */
  readonly content: Bytes;
}

/** The magic number and the version. */
const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * The sections of a module, in order.
 *
 * @throws {SyntaxError} if it is no module.
 */
export function sectionsOf(module: Bytes): Section[] {
  if (String(module.subarray(0, HEADER.length)) !== String(HEADER)) {
    throw new SyntaxError("Cannot read the file: it does not begin as a WebAssembly module does");
  }
  const reader = new Reader(module.subarray(HEADER.length));
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.byte(), content: reader.take(reader.number()) });
  return sections;
}

/** The module of sections. */
export function moduleOf(sections: readonly Section[]): Bytes {
  return joined([HEADER, ...sections.map(({ id, content }) => joined([[id], sized(content)]))]);
}

/** Bytes one after the other. */
export function joined(parts: readonly ArrayLike<number>[]): Bytes {
  const whole = new Uint8Array(parts.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A count of elements and the elements. */
export function vector(elements: readonly ArrayLike<number>[]): Bytes {
  return joined([unsigned(elements.length), ...elements]);
}

/** A length and the bytes. */
export function sized(content: ArrayLike<number>): Bytes {
  return joined([unsigned(content.length), content]);
}

/** A name. */
export function text(name: string): Bytes {
  return sized(new TextEncoder().encode(name));
}

/** An unsigned number in LEB128. */
export function unsigned(value: number): number[] {
  const low = value % 0x80;
  return value < 0x80 ? [low] : [low + 0x80, ...unsigned(Math.floor(value / 0x80))];
}

/** `i32.const` of a number that is not negative, which is a signed number in LEB128. */
export function constant(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes[bytes.length - 1];
  // Bit 6 of the last byte is the sign.
  return [0x41, ...bytes.slice(0, -1), ...(last < 0x40 ? [last] : [last + 0x80, 0])];
}

/** Reads what a module consists of, one after the other. */
export class Reader {
  readonly #bytes: Bytes;
  #at = 0;

  /** Begins at the begin of bytes. */
  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** Whether all was read. */
  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A byte. */
  byte(): number {
    if (this.done) throw new SyntaxError("Cannot read the module: it is cut short");
    return this.#bytes[this.#at++];
  }

  /** So many bytes. */
  take(count: number): Bytes {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new SyntaxError("Cannot read the module: it is cut short");
    return this.#bytes.subarray(this.#at, this.#at = end);
  }

  /** An unsigned number of at most 32 bits. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new SyntaxError("Cannot read the module: a number has no end");
  }

  /** A name. */
  text(): string {
    return new TextDecoder().decode(this.take(this.number()));
  }

  /** A count and what is read so many times. */
  vector<T>(read: () => T): T[] {
    return Array.from({ length: this.number() }, read);
  }

  /** What a reading went over. */
  span(read: () => void): Bytes {
    const begin = this.#at;
    read();
    return this.#bytes.subarray(begin, this.#at);
  }
}

/** The limits of a table or a memory: flags, the least, and the most if there is one. */
export function readLimits(reader: Reader): { flags: number; least: number; most?: number } {
  const flags = reader.byte();
  const least = reader.number();
  return flags % 2 === 1 ? { flags, least, most: reader.number() } : { flags, least };
}

/** What {@linkcode readLimits} reads. */
export function limits({ flags, least, most }: ReturnType<typeof readLimits>): number[] {
  return [flags, ...unsigned(least), ...(most === undefined ? [] : unsigned(most))];
}

/**
 * The functions whose numbers the code of a function has: those that it calls and those that it takes references to.
 *
 * @throws {SyntaxError} if there is an instruction that the compiler does not make.
 */
export function calleesOf(body: Bytes): Set<number> {
  const reader = new Reader(body);
  for (let locals = reader.number(); locals > 0; locals--) {
    reader.number();
    reader.byte();
  }
  const callees = new Set<number>();
  while (!reader.done) {
    const operation = reader.byte();
    if (operation === CALL || operation === REFERENCE) callees.add(reader.number());
    else skip(reader, operation);
  }
  return callees;
}

const CALL = 0x10;
const REFERENCE = 0xd2;

/** What follows a number of an operation: so many numbers in LEB128 (of any sign), then so many bytes. */
type Immediates = readonly [numbers: number, bytes: number];

/** Goes over what follows an instruction. */
function skip(reader: Reader, operation: number): void {
  if (operation === 0x0e) {
    for (let targets = reader.number() + 1; targets > 0; targets--) skipNumber(reader);
    return;
  }
  const [numbers, bytes] = immediatesOf(reader, operation);
  for (let i = 0; i < numbers; i++) skipNumber(reader);
  reader.take(bytes);
}

/** Goes over a number of any width and sign. */
function skipNumber(reader: Reader): void {
  while (reader.byte() >= 0x80);
}

function immediatesOf(reader: Reader, operation: number): Immediates {
  if (operation >= 0x45 && operation <= 0xc4) return [0, 0];
  if (operation >= 0x28 && operation <= 0x3e) return [2, 0];
  switch (operation) {
    // unreachable, nop, else, end, return, drop, select
    case 0x00:
    case 0x01:
    case 0x05:
    case 0x0b:
    case 0x0f:
    case 0x1a:
    case 0x1b:
      return [0, 0];
    // block, loop, if, br, br_if, local and global, size and growth of the memory, i32.const, i64.const
    case 0x02:
    case 0x03:
    case 0x04:
    case 0x0c:
    case 0x0d:
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x24:
    case 0x3f:
    case 0x40:
    case 0x41:
    case 0x42:
      return [1, 0];
    case 0x11: // call_indirect
      return [2, 0];
    case 0x43: // f32.const
      return [0, 4];
    case 0x44: // f64.const
      return [0, 8];
    case 0xfc:
      return bulkImmediates(reader.number());
    case 0xfd:
      return vectorImmediates(reader.number());
    case 0xfe:
      return reader.number() === 3 ? [0, 1] : [2, 0];
    default:
      throw new SyntaxError(
        `Cannot read the code: expected no operation 0x${operation.toString(16)}`,
      );
  }
}

/** Of saturating conversions, and of copies and fills of memory. */
function bulkImmediates(operation: number): Immediates {
  if (operation < 8) return [0, 0];
  return operation === 9 || operation === 11 ? [1, 0] : [2, 0];
}

/** Of SIMD. */
function vectorImmediates(operation: number): Immediates {
  if (operation < 12 || operation === 92 || operation === 93) return [2, 0];
  if (operation === 12 || operation === 13) return [0, 16];
  if (operation >= 21 && operation <= 34) return [0, 1];
  if (operation >= 84 && operation <= 91) return [2, 1];
  return [0, 0];
}
