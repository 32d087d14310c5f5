/**
 * Lines of a file as bytes, one after the other: a line is looked at where it lies and never becomes a string.
 *
 * @module
 */
import { DataFormatError } from "../errors.ts";
import { type ByteReader, type DataSource, LARGEST_RATIO } from "../files.ts";

const LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d;

/** Bytes that are held at first of a file that has so many, and at most: a line must fit. */
const FIRST_BUFFER = 1 << 20;
const LARGEST_BUFFER = 1 << 28;

/** What makes text of bytes. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads lines. They are asked for in two steps, because most of them are there already and need no turn of the event loop:
 *
 * ```ts ignore
 * while (await lines.more()) while (lines.next()) use(lines.bytes, lines.begin, lines.end);
 * ```
 */
export class ByteLines implements Disposable {
  /** What the present line lies in; another one after {@linkcode more}. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The first byte of the present line. */
  begin = 0;
  /** The byte behind its last one, without what ends it. */
  end = 0;
  /** Its number, from 1. */
  line = 0;
  /** Byte of the file at which it begins. */
  offset = 0;
  readonly #reader: ByteReader;
  readonly #file: string;
  /** Where the next line begins, and the end of what was read. */
  #at = 0;
  #filled = 0;
  #ended = false;
  /** Byte of the file that the first one of the buffer is. */
  #before = 0;

  /**
   * Begins to read.
   *
   * @param reader May give fewer bytes than there is room for, as they come; 0 at the end.
   * @param file What errors call it.
   * @param room Bytes that are held at first.
   */
  constructor(reader: ByteReader, file: string, room = FIRST_BUFFER) {
    this.#reader = reader;
    this.#file = file;
    this.bytes = new Uint8Array(room);
  }

  /** Begins to read a file. */
  static async open(source: DataSource): Promise<ByteLines> {
    const { size, statedSize, file } = source;
    // One more than there are shows that there are no more.
    const most = statedSize === undefined ? size + 1 : LARGEST_RATIO * size;
    return new ByteLines(await source.open(), file, Math.min(FIRST_BUFFER, most));
  }

  /** Goes on to the next line that is there; false if there is none. */
  next(): boolean {
    const found = this.bytes.indexOf(LINE_FEED, this.#at);
    let end = found < 0 || found >= this.#filled ? this.#filled : found;
    if (end === this.#filled && (!this.#ended || end === this.#at)) return false;
    this.begin = this.#at;
    this.#at = Math.min(this.#filled, end + 1);
    if (end > this.begin && this.bytes[end - 1] === CARRIAGE_RETURN) end--;
    this.end = end;
    this.line++;
    this.offset = this.#before + this.begin;
    return true;
  }

  /**
   * Reads on. The present line is gone.
   *
   * @returns Whether there is another line.
   * @throws {DataFormatError} if the next line is beyond any use, or the file is in UTF-16.
   */
  async more(): Promise<boolean> {
    const first = this.#before === 0 && this.#filled === 0;
    do {
      if (this.#ended) return this.#at < this.#filled;
      await this.#read();
    } while (!this.#ended && !this.#hasLine());
    if (first) this.#skipMark();
    return this.#at < this.#filled;
  }

  /** The text of some bytes of the present line; by default all of it. */
  text(begin: number = this.begin, end: number = this.end): string {
    try {
      return DECODER.decode(this.bytes.subarray(begin, end));
    } catch (cause) {
      throw this.fault("the text is no UTF-8; expected UTF-8", cause);
    }
  }

  /** The error of the present line. */
  fault(message: string, cause?: unknown): DataFormatError {
    const place = { line: Math.max(1, this.line), offset: this.offset };
    return new DataFormatError(this.#file, place, message, { cause });
  }

  /** Gives the file back. */
  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  #hasLine(): boolean {
    const found = this.bytes.indexOf(LINE_FEED, this.#at);
    return found >= 0 && found < this.#filled;
  }

  async #read(): Promise<void> {
    const held = this.#filled - this.#at;
    if (held === this.bytes.length) {
      if (held === LARGEST_BUFFER) {
        const place = { line: this.line + 1, offset: this.#before + this.#at };
        throw new DataFormatError(
          this.#file,
          place,
          `the line has more than ${LARGEST_BUFFER} bytes; expected its end before`,
        );
      }
      const larger = new Uint8Array(2 * held);
      larger.set(this.bytes);
      this.bytes = larger;
    } else this.bytes.copyWithin(0, this.#at, this.#filled);
    this.#before += this.#at;
    this.#at = 0;
    const free = this.bytes.subarray(held);
    const read = await this.#reader.read(free);
    this.#filled = held + read;
    this.#ended = read === 0;
  }

  /** Skips the byte order mark that some programs begin UTF-8 with. */
  #skipMark(): void {
    const [a, b, c] = this.bytes.subarray(0, this.#filled);
    if (a === 0xff && b === 0xfe || a === 0xfe && b === 0xff) {
      throw this.fault("the text is in UTF-16; expected UTF-8");
    }
    if (a === 0xef && b === 0xbb && c === 0xbf) this.#at = 3;
  }
}
