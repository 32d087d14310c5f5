/**
 * WordPiece: a text as numbers of a vocabulary. Words are cut as BERT cuts them; of each the longest piece at its beginning is
 * taken, then the longest that goes on with it. A word that is not made of pieces, or has more than 100 characters, is `[UNK]`.
 *
 * @module
 */
import { Stretches } from "./stretches.ts";
import { CONTINUATION, SPECIAL_PIECES, type Vocabulary } from "./vocabulary.ts";
import { bertWords, type WordOptions } from "./words.ts";

/** How a {@linkcode Tokenizer} reads texts. */
export interface TokenizerOptions extends WordOptions {
  /**
   * Whether `[MASK]` and the like in a text stand for themselves, as in what somebody asks a model; by default they are text
   * like any other, so that no text can end itself.
   */
  readonly special?: boolean;
}

/** Most characters of a word. */
const LONGEST_WORD = 100;

/** What stands between texts where special pieces are. */
const SPECIAL = new RegExp(
  `(${Object.values(SPECIAL_PIECES).map((piece) => piece.replace(/[[\]]/g, "\\$&")).join("|")})`,
);

/**
 * Reads texts by a vocabulary.
 *
 * @example
 * ```ts
 * import { Tokenizer, Vocabulary } from "@filigree/filigree/tokens";
 *
 * const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "##s", "sleep", "."];
 * const tokenizer = new Tokenizer(new Vocabulary(pieces));
 * console.assert(tokenizer.encode("Cats sleep.").join() === "5,6,7,8");
 * console.assert(tokenizer.decode([5, 6, 7, 8]) === "cats sleep .");
 * ```
 */
export class Tokenizer {
  /** The pieces. */
  readonly vocabulary: Vocabulary;
  /** How words are read. */
  readonly options: Required<TokenizerOptions>;
  readonly #first: ReadonlyMap<string, number>;
  readonly #further: ReadonlyMap<string, number>;
  /** Units of the longest piece. */
  readonly #longest: number;
  /** What lies between two spaces is read alike wherever it stands, and most of it has come before. */
  readonly #stretches = new Stretches();
  /** The numbers of the stretches, one behind the other, and where those of each begin. */
  readonly #known: number[] = [];
  readonly #begins: number[] = [0];

  /** Makes a tokenizer of a vocabulary. */
  constructor(vocabulary: Vocabulary, options: TokenizerOptions = {}) {
    const { lowerCase = true, stripAccents = lowerCase, special = false } = options;
    this.vocabulary = vocabulary;
    this.options = { lowerCase, stripAccents, special };
    const numbered = [...vocabulary.pieces.entries()];
    this.#first = new Map(numbered.map(([number, piece]) => [piece, number]));
    this.#further = new Map(
      numbered.filter(([, piece]) => piece.startsWith(CONTINUATION))
        .map(([number, piece]) => [piece.slice(CONTINUATION.length), number]),
    );
    this.#longest = numbered.reduce((most, [, { length }]) => Math.max(most, length), 1);
  }

  /** The numbers of a text, without `[CLS]` and `[SEP]` around it. */
  encode(text: string): number[] {
    const numbers: number[] = [];
    this.encodeInto(text, numbers);
    return numbers;
  }

  /** Appends the numbers of a text. */
  encodeInto(text: string, numbers: number[]): void {
    if (!this.options.special) return this.#append(text, numbers);
    for (const [i, part] of text.split(SPECIAL).entries()) {
      if (i % 2 === 0) this.#append(part, numbers);
      else numbers.push(this.vocabulary.numberOf(part) ?? this.vocabulary.special.unknown);
    }
  }

  /** The pieces of a text. */
  tokens(text: string): string[] {
    return this.encode(text).map((number) => this.vocabulary.pieces[number]);
  }

  /** The words of numbers, with spaces between them; what was cleaned away does not come back. */
  decode(numbers: Iterable<number>): string {
    let text = "";
    for (const number of numbers) {
      const piece = this.vocabulary.pieces[number] ?? SPECIAL_PIECES.unknown;
      if (piece.startsWith(CONTINUATION)) text += piece.slice(CONTINUATION.length);
      else text += text === "" ? piece : ` ${piece}`;
    }
    return text;
  }

  #append(text: string, numbers: number[]): void {
    if (this.#stretches.isFull) {
      this.#stretches.clear();
      this.#known.length = 0;
      this.#begins.length = 1;
    }
    const known = this.#known, begins = this.#begins;
    this.#stretches.each(text, (stretch) => {
      if (stretch + 1 === begins.length) this.#read(this.#stretches.text(stretch));
      const end = begins[stretch + 1];
      for (let i = begins[stretch]; i < end; i++) numbers.push(known[i]);
    });
  }

  /** Reads a stretch that has not come before. */
  #read(stretch: string): void {
    for (const word of bertWords(stretch, this.options)) this.#cut(word, this.#known);
    this.#begins.push(this.#known.length);
  }

  /** Appends the pieces of a word, the longest one first. */
  #cut(word: string, numbers: number[]): void {
    const whole = numbers.length;
    const isTooLong = word.length > LONGEST_WORD && [...word].length > LONGEST_WORD;
    for (let begin = 0; begin < word.length;) {
      const pieces = begin === 0 ? this.#first : this.#further;
      let end = Math.min(word.length, begin + this.#longest), number: number | undefined;
      while (end > begin && !isTooLong) {
        number = pieces.get(word.slice(begin, end));
        if (number !== undefined) break;
        end--;
      }
      if (number === undefined) {
        numbers.length = whole;
        numbers.push(this.vocabulary.special.unknown);
        return;
      }
      numbers.push(number);
      begin = end;
    }
  }
}
