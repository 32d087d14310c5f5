/**
 * Millions of texts as the bytes of all of them, so that they are two arrays and not millions of strings.
 *
 * @module
 */
import { Growing } from "./growing.ts";

/** The bytes of texts, one behind the other. */
export interface TextRowParts {
  /** `[rows + 1]`: where the bytes of each text begin; their end is the beginning of the next. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** `[offsets[rows]]`: UTF-8. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Texts.
 *
 * @example
 * ```ts
 * import { TextRows } from "@filigree/filigree/files";
 *
 * const texts = TextRows.of(["a cat", "a dog"]);
 * console.assert(texts.rows === 2 && texts.text(1) === "a dog" && [...texts].length === 2);
 * ```
 */
export class TextRows implements TextRowParts, Iterable<string> {
  /** Where the bytes of each text begin. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** UTF-8. */
  readonly bytes: Uint8Array<ArrayBuffer>;

  /** Takes the arrays as they are. */
  constructor({ offsets, bytes }: TextRowParts) {
    this.offsets = offsets;
    this.bytes = bytes;
  }

  /** The texts of strings. */
  static of(texts: Iterable<string>): TextRows {
    const builder = new TextBuilder();
    for (const text of texts) builder.add(text);
    return builder.take();
  }

  /** How many there are. */
  get rows(): number {
    return this.offsets.length - 1;
  }

  /** One of them. */
  text(row: number): string {
    return DECODER.decode(this.bytes.subarray(this.offsets[row], this.offsets[row + 1]));
  }

  /** All of them. */
  *[Symbol.iterator](): Generator<string> {
    for (let row = 0; row < this.rows; row++) yield this.text(row);
  }
}

// A byte order mark that a text begins with is a part of it.
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const ENCODER = new TextEncoder();

/** Texts that grow at their end. */
export class TextBuilder {
  readonly #offsets: Growing<Uint32Array<ArrayBuffer>> = new Growing((n) => new Uint32Array(n));
  readonly #bytes: Growing<Uint8Array<ArrayBuffer>> = new Growing((n) => new Uint8Array(n));
  #room: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 12);

  /** Begins without any. */
  constructor() {
    this.#offsets.push(0);
  }

  /** How many there are. */
  get rows(): number {
    return this.#offsets.length - 1;
  }

  /**
   * Appends a text.
   *
   * @throws {RangeError} if all of them have 2^32 bytes or more.
   */
  add(text: string): void {
    if (this.#room.length < 3 * text.length) this.#room = new Uint8Array(6 * text.length);
    const { written } = ENCODER.encodeInto(text, this.#room);
    if (this.#bytes.length + written >= 2 ** 32) {
      throw new RangeError(
        `Cannot hold ${this.rows + 1} texts: they have 2^32 bytes or more; expected fewer`,
      );
    }
    this.#bytes.append(this.#room, written);
    this.#offsets.push(this.#bytes.length);
  }

  /** The texts; nothing is left here. */
  take(): TextRows {
    return new TextRows({ offsets: this.#offsets.take(), bytes: this.#bytes.take() });
  }
}
