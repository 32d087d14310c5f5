/**
 * Sentences of English text, by a rule: a sentence ends with `.`, `!` or `?`, with what closes a quotation or a bracket behind
 * it, where space follows and then a capital letter, a digit, or what opens a quotation or a bracket. It does not end behind a
 * full stop of an abbreviation (`Mr.`, `St.`, `vol.`) or of an initial (`J. S. Mill`). It ends where a paragraph does.
 *
 * @module
 */

/** Where a sentence may end: what ends it, and the space behind it. */
const END = /[.!?]+["'\u2019\u201d)\]]*\s+(?=["'`\u2018\u201c(\[]*[\p{Lu}\p{N}])/gu;

/** What stands before a full stop that ends no sentence: an initial, or a word that is written short. */
const SHORT =
  /(?:^|[\s"'(\[\u2018\u201c-])(?:[A-HJ-Z]|Mr|Mrs|Ms|Messrs|Mme|Mlle|Dr|Prof|Rev|Hon|St|Sts|Mt|Jr|Sr|Esq|Capt|Col|Gen|Lt|Maj|Sgt|Gov|Sen|Rep|Pres|Adm|Cmdr|No|Nos|Vol|vol|pp?|ch|chap|cf|vs?|ff?|ed|eds|trans|e\.g|i\.e|viz|al|Op|op|Ps|Pss|Inc|Ltd|Co|Corp|Ave|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.$/u;

/** Where a paragraph ends: a line without text. */
const PARAGRAPH = /\n[^\S\n]*\n\s*/;

/**
 * The sentences of a paragraph, without space around them.
 *
 * @example
 * ```ts
 * import { sentencesOf } from "@filigree/filigree/tokens";
 *
 * const sentences = sentencesOf('Mr. Bennet was silent. "Is he married?" She said: "Oh!"');
 * console.assert(sentences.join("|") === 'Mr. Bennet was silent.|"Is he married?"|She said: "Oh!"');
 * ```
 */
export function sentencesOf(paragraph: string): string[] {
  const text = paragraph.replace(/\s+/g, " ").trim();
  const sentences: string[] = [];
  let begin = 0;
  for (const { 0: { length }, index } of text.matchAll(END)) {
    const end = index + length;
    // No abbreviation is longer.
    if (SHORT.test(text.slice(Math.max(begin, index - 8), index + 1))) continue;
    sentences.push(text.slice(begin, end).trimEnd());
    begin = end;
  }
  if (begin < text.length) sentences.push(text.slice(begin));
  return sentences;
}

/**
 * The paragraphs of a text: what lies between lines without any.
 *
 * @example
 * ```ts
 * import { paragraphsOf } from "@filigree/filigree/tokens";
 *
 * console.assert(paragraphsOf("one\ntwo\n\n\nthree\n").join("|") === "one\ntwo|three");
 * ```
 */
export function paragraphsOf(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").trim().split(PARAGRAPH).filter((part) => part !== "");
}
