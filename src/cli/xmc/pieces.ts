/**
 * Pieces of words in their order, as a model of very many labels reads them by a BERT.
 *
 * @module
 */
import type { TokenRows } from "../../data/labels/rows.ts";
import { tokenRows } from "../../data/tokens/token_rows.ts";
import { Tokenizer } from "../../data/tokens/tokenizer.ts";
import { POSITIONS } from "../pretraining.ts";
import { rarities, tokenizerOf, vocabularyOf, type Words } from "./words.ts";

/** Pieces of a vocabulary of the texts where nobody says how many. */
const PIECES = 8192;

/** How the pieces of texts are chosen. */
export interface PiecesOptions {
  /** What cuts texts, where that is there already. */
  readonly tokenizer?: Tokenizer;
  /** Otherwise how many pieces a vocabulary of the texts has; 8,192 by default. */
  readonly pieces?: number;
}

/**
 * The pieces of texts to train with, and what each weighs where texts are compared.
 *
 * @throws {RangeError} if the pieces are fewer than the characters.
 */
export function piecesOfTexts(
  texts: Iterable<string>,
  { pieces = PIECES, tokenizer = new Tokenizer(vocabularyOf(texts, pieces)) }: PiecesOptions,
): Words {
  const { vocabulary, options: { lowerCase, stripAccents } } = tokenizer;
  const counts = new Uint32Array(vocabulary.size);
  let rows = 0;
  for (const text of texts) {
    for (const piece of new Set(tokenizer.encode(text))) counts[piece]++;
    rows++;
  }
  const weights = rarities(counts, rows);
  return { encoder: "bert", words: vocabulary.pieces, weights, lowerCase, stripAccents };
}

/** Makes tokens of texts. */
export type ReadPieces = (texts: Iterable<string>) => TokenRows;

/**
 * What makes tokens of texts; nothing of a model that reads no pieces in their order.
 *
 * @param positions Most tokens of a text; 128 by default.
 */
export function pieceReader(
  words: Words | undefined,
  positions: number = POSITIONS,
): ReadPieces | undefined {
  if (words?.encoder !== "bert") return undefined;
  const tokenizer = tokenizerOf(words);
  return (texts) => tokenRows(texts, tokenizer, { positions });
}
