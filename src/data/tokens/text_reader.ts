/**
 * How a decoder's tokens become text, and text becomes tokens: by what its preparation says.
 *
 * @module
 */
import { Characters } from "./characters.ts";
import type { WindowPreparation } from "./token_windows.ts";
import { Tokenizer } from "./tokenizer.ts";
import { CONTINUATION, SPECIAL_PIECES, Vocabulary } from "./vocabulary.ts";

/** Between text and tokens. */
export interface TextReader {
  /** What tokens are below. */
  readonly size: number;
  /** Whether each token, by number, is one that a text may go on with. */
  readonly drawn: readonly boolean[];
  /** Tokens that a text begins behind where it has none before. */
  readonly begin: readonly number[];
  /**
   * The tokens of a text.
   *
   * @throws {RangeError} if it has what was never trained with; names it.
   */
  encode(text: string): number[];
  /**
   * What a token adds to a text.
   *
   * @param first Whether nothing stands before it.
   */
  text(token: number, first: boolean): string;
}

/**
 * The reader that a preparation describes.
 *
 * @example
 * ```ts
 * import { characterWindows, textReaderOf } from "@filigree/filigree/tokens";
 *
 * const { preparation } = characterWindows("abc ".repeat(100), { positions: 8 });
 * const reader = textReaderOf(preparation);
 * console.assert(reader.encode("cab").map((token) => reader.text(token, false)).join("") === "cab");
 * ```
 */
export function textReaderOf(preparation: WindowPreparation): TextReader {
  return preparation.tokens === "characters" ? ofCharacters(preparation) : ofPieces(preparation);
}

function ofCharacters({ pieces }: WindowPreparation): TextReader {
  const characters = new Characters(pieces);
  const line = pieces.indexOf("\n");
  return {
    size: pieces.length,
    drawn: pieces.map(() => true),
    begin: [Math.max(line, 0)],
    encode: (text) => Array.from(characters.encode(text)),
    text: (token) => pieces[token],
  };
}

function ofPieces({ pieces, lowerCase, stripAccents }: WindowPreparation): TextReader {
  const vocabulary = new Vocabulary(pieces);
  const tokenizer = new Tokenizer(vocabulary, {
    ...(lowerCase === undefined ? {} : { lowerCase }),
    ...(stripAccents === undefined ? {} : { stripAccents }),
  });
  const { separator, unknown } = vocabulary.special;
  const ofText = new Set([...vocabulary.ofText(), separator]);
  const special = new Set<string>(Object.values(SPECIAL_PIECES));
  return {
    size: pieces.length,
    drawn: pieces.map((_, token) => ofText.has(token)),
    begin: [separator],
    encode(text) {
      const tokens = tokenizer.encode(text);
      if (!tokens.includes(unknown)) return tokens;
      const word = text.split(/\s+/).find((each) => tokenizer.encode(each).includes(unknown));
      throw new RangeError(
        `Cannot read the text: ${
          JSON.stringify(word ?? text)
        } is not made of pieces of the vocabulary; expected words that are`,
      );
    },
    text(token, first) {
      const piece = pieces[token];
      // The border of documents.
      if (special.has(piece)) return first ? "" : "\n\n";
      if (piece.startsWith(CONTINUATION)) return piece.slice(CONTINUATION.length);
      return first ? piece : ` ${piece}`;
    },
  };
}
