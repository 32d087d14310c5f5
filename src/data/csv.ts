/**
 * Comma-separated values (RFC 4180), record by record: fields may be quoted, lines end with or without a carriage return.
 *
 * @module
 */
import { decimalOf } from "./decimal.ts";
import { DataFormatError } from "./errors.ts";
import type { ByteReader } from "./files.ts";

const QUOTE = 0x22, COMMA = 0x2c, LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d;

/** Bytes that are held at first, and at most: a record must fit. */
const FIRST_BUFFER = 1 << 16;
const LARGEST_BUFFER = 1 << 26;

/** Most fields of a record: more than any table has, and what is kept of each takes more memory than a comma. */
const MOST_FIELDS = 1 << 20;

/** How records are written. */
export interface CsvForm {
  /** What stands between fields: one character of ASCII; a comma by default. */
  readonly separator?: string;
  /** Whether fields may be in quotation marks; otherwise these are characters as any others. True by default. */
  readonly quotes?: boolean;
}

/** Reads one record after the other. */
export class CsvRecords {
  readonly #reader: ByteReader;
  readonly #file: string;
  /** The byte between fields. */
  readonly #separator: number;
  /** The byte that fields are quoted with; -1, which no byte is, if they are not. */
  readonly #quote: number;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BUFFER);
  /** First byte of the buffer that belongs to no record yet, and the end of what was read. */
  #begin = 0;
  #end = 0;
  #ended = false;
  #first = true;
  #starts: Int32Array = new Int32Array(64);
  #ends: Int32Array = new Int32Array(64);
  #quoted: Uint8Array = new Uint8Array(64);
  #count = 0;
  #line = 1;
  #nextLine = 1;
  #offset = 0;
  #nextOffset = 0;

  /** @param file Its name, for errors. */
  constructor(reader: ByteReader, file: string, { separator = ",", quotes = true }: CsvForm = {}) {
    this.#reader = reader;
    this.#file = file;
    this.#separator = separator.charCodeAt(0);
    this.#quote = quotes ? QUOTE : -1;
  }

  /** Fields of the present record. */
  get count(): number {
    return this.#count;
  }

  /** Line on which the present record begins, from 1. */
  get line(): number {
    return this.#line;
  }

  /**
   * Goes on to the next record; lines without anything are skipped.
   *
   * @returns Whether there is one.
   * @throws {DataFormatError} if a quoted field is not closed or something follows it, a field that is not quoted has a
   * quotation mark, or the record is beyond any use.
   */
  async next(): Promise<boolean> {
    for (;;) {
      this.#line = this.#nextLine;
      this.#offset = this.#nextOffset;
      if (this.#first) await this.#skipMark();
      while (!this.#scan()) await this.#more();
      if (this.#count === 0) return false;
      if (this.#count > 1 || this.#ends[0] > this.#starts[0] || this.#quoted[0] > 0) return true;
    }
  }

  /**
   * The text of a field.
   *
   * @throws {DataFormatError} if it is no UTF-8.
   */
  text(field: number): string {
    const bytes = this.#buffer.subarray(this.#starts[field], this.#ends[field]);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      const column = String(field + 1);
      throw this.fault("the text is no UTF-8; expected UTF-8", column, cause);
    }
    return this.#quoted[field] > 1 ? text.replaceAll('""', '"') : text;
  }

  /** Whether a field is in quotation marks. */
  quoted(field: number): boolean {
    return this.#quoted[field] > 0;
  }

  /** The number that a field holds, rounded to the nearest double; NaN if it holds none. */
  number(field: number): number {
    return decimalOf(this.#buffer, this.#starts[field], this.#ends[field]);
  }

  /** The error of the present record. */
  fault(message: string, column?: string, cause?: unknown): DataFormatError {
    const place = { line: this.#line, offset: this.#offset };
    return new DataFormatError(
      this.#file,
      column === undefined ? place : { ...place, column },
      message,
      { cause },
    );
  }

  /** Skips the byte order mark that some programs begin UTF-8 with. */
  async #skipMark(): Promise<void> {
    this.#first = false;
    await this.#more();
    const [a, b, c] = this.#buffer;
    if (this.#end >= 2 && (a === 0xff && b === 0xfe || a === 0xfe && b === 0xff)) {
      throw this.fault("the text is in UTF-16; expected UTF-8");
    }
    if (this.#end >= 3 && a === 0xef && b === 0xbb && c === 0xbf) {
      this.#begin = this.#nextOffset = 3;
    }
  }

  /** Reads on, behind the record that is not whole yet. */
  async #more(): Promise<void> {
    const held = this.#buffer.subarray(this.#begin, this.#end);
    if (held.length === this.#buffer.length) {
      if (held.length === LARGEST_BUFFER) {
        throw this.fault(
          `the record has more than ${LARGEST_BUFFER} bytes; expected a quotation mark or a line's end before`,
        );
      }
      this.#buffer = new Uint8Array(2 * held.length);
      this.#buffer.set(held);
    } else this.#buffer.copyWithin(0, this.#begin, this.#end);
    this.#begin = 0;
    this.#end = held.length;
    const free = this.#buffer.subarray(this.#end);
    const read = await this.#reader.read(free);
    this.#end += read;
    this.#ended = read < free.length;
  }

  /** Finds the fields of the next record; false if more has to be read for that. None at the end. */
  #scan(): boolean {
    const buffer = this.#buffer, end = this.#end;
    let at = this.#begin, lines = false;
    this.#count = 0;
    if (at === end) return this.#ended;
    for (;;) {
      const quoted = at < end && buffer[at] === this.#quote;
      at = quoted ? this.#scanQuoted(at) : this.#scanPlain(at);
      if (at < 0) return false;
      lines ||= quoted;
      if (at >= end || buffer[at] !== this.#separator) break;
      at++;
    }
    const next = Math.min(end, at + 1);
    let count = 1;
    if (lines) {
      for (let i = this.#begin; i < at; i++) if (buffer[i] === LINE_FEED) count++;
    }
    this.#nextLine = this.#line + count;
    this.#nextOffset += next - this.#begin;
    this.#begin = next;
    return true;
  }

  /** Finds the end of a quoted field: the byte behind it, or -1 if more has to be read. */
  #scanQuoted(start: number): number {
    const buffer = this.#buffer, end = this.#end;
    let at = start + 1, quoted = 1;
    for (;; at += 2) {
      while (at < end && buffer[at] !== QUOTE) at++;
      if (at + 1 >= end && !this.#ended) return -1;
      if (at >= end) throw this.fault("a quoted field is not closed; expected a quotation mark");
      if (at + 1 >= end || buffer[at + 1] !== QUOTE) break;
      quoted = 2;
    }
    this.#field(start + 1, at++, quoted);
    if (at + 1 >= end && !this.#ended) return -1;
    if (buffer[at] === CARRIAGE_RETURN && (at + 1 >= end || buffer[at + 1] === LINE_FEED)) at++;
    if (at >= end || buffer[at] === this.#separator || buffer[at] === LINE_FEED) return at;
    throw this.fault(
      `something follows a quoted field; expected ${
        this.#separator === COMMA ? "a comma" : "what is between fields"
      } or the end of the line`,
      String(this.#count),
    );
  }

  /** Finds the end of a field without quotation marks, as {@linkcode #scanQuoted} does. */
  #scanPlain(start: number): number {
    const buffer = this.#buffer, end = this.#end, separator = this.#separator, quote = this.#quote;
    let at = start;
    for (; at < end && buffer[at] !== separator && buffer[at] !== LINE_FEED; at++) {
      if (buffer[at] !== quote) continue;
      throw this.fault(
        'a field that does not begin with a quotation mark has one; expected it quoted, with "" for each',
        String(this.#count + 1),
      );
    }
    if (at >= end && !this.#ended) return -1;
    const returned = at > start && (at >= end || buffer[at] === LINE_FEED) &&
      buffer[at - 1] === CARRIAGE_RETURN;
    this.#field(start, returned ? at - 1 : at, 0);
    return at;
  }

  #field(start: number, end: number, quoted: number): void {
    if (this.#count === this.#starts.length) {
      if (this.#count === MOST_FIELDS) {
        throw this.fault(
          `the record has more fields than ${MOST_FIELDS}; expected at most that many`,
        );
      }
      const grown = <A extends Int32Array | Uint8Array>(array: A, into: A): A => {
        into.set(array);
        return into;
      };
      this.#starts = grown(this.#starts, new Int32Array(2 * this.#count));
      this.#ends = grown(this.#ends, new Int32Array(2 * this.#count));
      this.#quoted = grown(this.#quoted, new Uint8Array(2 * this.#count));
    }
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#quoted[this.#count++] = quoted;
  }
}
