/**
 * The pieces of words that texts are made of, by number: a vocabulary of WordPiece, in the form of BERT's. A piece that goes on
 * with a word begins with `##`.
 *
 * @module
 */

/** What a piece begins with that does not begin a word. */
export const CONTINUATION = "##";

/** What a piece that is no text is for. */
export type SpecialPiece = "pad" | "unknown" | "begin" | "separator" | "mask";

/** The pieces that are no text, by what they are for. */
export const SPECIAL_PIECES: Readonly<Record<SpecialPiece, string>> = {
  pad: "[PAD]",
  unknown: "[UNK]",
  begin: "[CLS]",
  separator: "[SEP]",
  mask: "[MASK]",
};

/** Numbers that were kept free in BERT's vocabulary. */
const UNUSED = /^\[unused\d+\]$/;

/**
 * Pieces and their numbers.
 *
 * @example
 * ```ts
 * import { Vocabulary } from "@filigree/filigree/tokens";
 *
 * const vocabulary = new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sleep", "##s"]);
 * console.assert(vocabulary.size === 7 && vocabulary.numberOf("##s") === 6);
 * console.assert(vocabulary.special.mask === 4);
 * ```
 */
export class Vocabulary {
  /** The pieces by number. */
  readonly pieces: readonly string[];
  /** The numbers of the pieces that are no text. */
  readonly special: Readonly<Record<SpecialPiece, number>>;
  readonly #numbers: ReadonlyMap<string, number>;

  /**
   * Takes pieces, of which a number is the place. Of a piece that comes twice the last place counts, as everywhere else; the
   * earlier one stands for nothing, as an empty piece does.
   *
   * @throws {RangeError} if `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` or `[MASK]` is not there.
   */
  constructor(pieces: Iterable<string>) {
    this.pieces = [...pieces];
    this.#numbers = new Map(this.pieces.map((piece, number) => [piece, number]));
    const special = (name: SpecialPiece): number => {
      const number = this.#numbers.get(SPECIAL_PIECES[name]);
      if (number !== undefined) return number;
      throw new RangeError(
        `Cannot use the vocabulary: ${
          SPECIAL_PIECES[name]
        } is not among its ${this.size} pieces; expected ${
          Object.values(SPECIAL_PIECES).join(", ")
        }`,
      );
    };
    this.special = {
      pad: special("pad"),
      unknown: special("unknown"),
      begin: special("begin"),
      separator: special("separator"),
      mask: special("mask"),
    };
  }

  /** What numbers are below. */
  get size(): number {
    return this.pieces.length;
  }

  /** The number of a piece, if there is one. */
  numberOf(piece: string): number | undefined {
    return this.#numbers.get(piece);
  }

  /** Whether each piece goes on with a word (1) or not (0), by number. */
  continuations(): Uint8Array {
    return Uint8Array.from(this.pieces, (piece) => piece.startsWith(CONTINUATION) ? 1 : 0);
  }

  /** The numbers of pieces of text: all but the special ones and those that were kept free. */
  ofText(): Uint32Array {
    const special = new Set<number>(Object.values(this.special));
    const numbers = this.pieces.keys().filter((number) =>
      !special.has(number) && !UNUSED.test(this.pieces[number]) && this.pieces[number] !== "" &&
      this.#numbers.get(this.pieces[number]) === number
    );
    return Uint32Array.from(numbers);
  }
}
