/**
 * Texts as the tokens that an encoder of very many labels reads in their order.
 *
 * @module
 */
import { Growing } from "../labels/growing.ts";
import type { TokenRows } from "../labels/rows.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Pieces that are no text: one before it and one behind it. */
const AROUND = 2;

/** Options of {@linkcode tokenRows}. */
export interface TokenRowsOptions {
  /** Most tokens of a text, `[CLS]` and `[SEP]` among them: what does not fit is left out. 128 by default. */
  readonly positions?: number;
}

/**
 * The pieces of texts, `[CLS]` before and `[SEP]` behind them, for `rankingSource` and `bertEncoder`.
 *
 * @throws {RangeError} if the positions are no whole number that leaves room for a piece.
 * @example
 * ```ts
 * import { tokenRows, Tokenizer, Vocabulary } from "@filigree/filigree/tokens";
 *
 * const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "##s"];
 * const tokenizer = new Tokenizer(new Vocabulary(pieces));
 * const { offsets, tokens } = tokenRows(["Cats", "cat cat cat"], tokenizer, { positions: 4 });
 * console.assert(offsets.join() === "0,4,8" && tokens.join() === "2,5,6,3,2,5,5,3");
 * ```
 */
export function tokenRows(
  texts: Iterable<string>,
  tokenizer: Tokenizer,
  { positions = 128 }: TokenRowsOptions = {},
): TokenRows {
  if (!(Number.isSafeInteger(positions) && positions > AROUND)) {
    throw new RangeError(
      `Cannot read texts as ${positions} tokens: expected a whole number above ${AROUND}`,
    );
  }
  const { size, special: { begin, separator } } = tokenizer.vocabulary;
  const offsets = new Growing((n) => new Uint32Array(n));
  const tokens = new Growing((n) => new Uint32Array(n));
  offsets.push(0);
  for (const text of texts) {
    const row = [begin];
    tokenizer.encodeInto(text, row);
    row.length = Math.min(row.length, positions - 1);
    row.push(separator);
    for (const token of row) tokens.push(token);
    offsets.push(tokens.length);
  }
  return {
    rows: offsets.length - 1,
    columns: size,
    offsets: offsets.take(),
    tokens: tokens.take(),
  };
}
