/**
 * Characters as tokens: those of a text by number, in the order of Unicode.
 *
 * @module
 */

/**
 * The characters of a text.
 *
 * @example
 * ```ts
 * import { Characters } from "@filigree/filigree/tokens";
 *
 * const characters = Characters.of("hello");
 * console.assert(characters.pieces.join("") === "ehlo");
 * console.assert(characters.encode("hole").join() === "1,3,2,0");
 * ```
 */
export class Characters {
  /** The characters by number. */
  readonly pieces: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  /** Takes characters, of which a number is the place. */
  constructor(pieces: Iterable<string>) {
    this.pieces = [...pieces];
    this.#numbers = new Map(this.pieces.map((piece, number) => [piece, number]));
  }

  /** Those that a text has. */
  static of(text: string): Characters {
    const pointOf = (character: string): number => character.codePointAt(0) ?? 0;
    return new Characters([...new Set(text)].sort((a, b) => pointOf(a) - pointOf(b)));
  }

  /**
   * The numbers of a text.
   *
   * @throws {RangeError} if it has a character that is none of these; names it and its place.
   */
  encode(text: string): Uint32Array {
    let place = 0;
    return Uint32Array.from(text, (character) => {
      place++;
      const number = this.#numbers.get(character);
      if (number !== undefined) return number;
      const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      throw new RangeError(
        `Cannot read the text: its character ${place} is ${
          JSON.stringify(character)
        } (U+${point}); expected characters of ` +
          `the text that was trained with: ${JSON.stringify(this.#known())}`,
      );
    });
  }

  /** The first of them, for errors. */
  #known(): string {
    const most = 100;
    const some = this.pieces.slice(0, most).join("");
    return this.pieces.length > most ? `${some}...` : some;
  }
}
