/**
 * How BERT cuts a text into words: what is cleaned away, what becomes lower case and loses its accents, and where a word ends
 * (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2019, its released
 * `BasicTokenizer`).
 *
 * @module
 */

/** How words are read. */
export interface WordOptions {
  /** Whether letters become lower case; true by default. */
  readonly lowerCase?: boolean;
  /** Whether letters lose their accents; by default where they become lower case. */
  readonly stripAccents?: boolean;
}

/** Characters that stand for nothing: of control, of format, of private use, halves of a pair, and what replaces a damaged one. */
const NOTHING = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\uFFFD]/gu;

/** Those of them that are space. */
const CONTROLLED_SPACE = /[\t\n\r]/g;

/** Ideographs, each of which is a word. The released code lists these blocks. */
const IDEOGRAPH =
  /[\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/** Marks that stand on a letter. */
const ACCENT = /\p{Mn}/gu;

/** A run of letters and the like, or one mark of punctuation: that of Unicode, and whatever else of ASCII is no letter or digit. */
const WORD =
  /[^\s\p{P}\u0021-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u007E]+|[\p{P}\u0021-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u007E]/gu;

/** Characters beyond ASCII, and those of control. */
const UNUSUAL = /[^\x20-\x7E]/;

/**
 * The words of a text, as BERT cuts it.
 *
 * @example
 * ```ts
 * import { bertWords } from "@filigree/filigree/tokens";
 *
 * console.assert(bertWords("Don't, Zo\u00eb!").join(" ") === "don ' t , zoe !");
 * ```
 */
export function bertWords(text: string, options: WordOptions = {}): string[] {
  return normalized(text, options).match(WORD) ?? [];
}

function normalized(
  text: string,
  { lowerCase = true, stripAccents = lowerCase }: WordOptions,
): string {
  if (!UNUSUAL.test(text)) return lowerCase ? text.toLowerCase() : text;
  let clean = text.replace(CONTROLLED_SPACE, " ").replace(NOTHING, "")
    .replace(IDEOGRAPH, " $& ");
  if (lowerCase) clean = clean.toLowerCase();
  return stripAccents ? clean.normalize("NFD").replace(ACCENT, "") : clean;
}

/**
 * Whether a UTF-16 unit ends a word wherever it stands: the space of Unicode, without what is cleaned away as a control
 * character. What lies between two of them is read alike whatever stands around it.
 */
export function isSpace(unit: number): boolean {
  if (unit <= 32) return unit === 32 || unit === 9 || unit === 10 || unit === 13;
  if (unit < 160) return false;
  return unit === 0xa0 || unit === 0x1680 || (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}
