/**
 * Text out of HTML and OSIS (the markup of SWORD modules): paragraphs without tags.
 *
 * @module
 */

/** Elements of which nothing is text. */
const LEFT_OUT = /<(script|style|head|nav|note)\b[^>]*>.*?<\/\1\s*>/gis;

/** Navigation of pages that were made by Drupal. */
const NAVIGATION = /<div\b[^>]*class="[^"]*navigation[^"]*"[^>]*>.*$/is;

/** Tags at which a paragraph begins or ends. */
const BLOCK =
  /<\/?(?:address|article|blockquote|body|center|chapter|dd|div|dl|dt|figure|footer|h[1-6]|header|hr|html|item|lg|list|li|main|ol|p|pre|row|section|speaker|table|td|th|title|tr|ul)\b[^>]*>/gi;

/** Tags at which a line ends. */
const LINE = /<\/?(?:br|l|lb|cell|rdg|catchWord)\b[^>]*>/gi;

/** Any other tag. A `<` that begins none is text. */
const TAG = /<[/!?]?[a-zA-Z][^<>]*>|<!--.*?-->/gs;

/** Characters with names. */
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  mdash: "\u2014",
  ndash: "\u2013",
  hellip: "\u2026",
  lsquo: "\u2018",
  rsquo: "\u2019",
  ldquo: "\u201c",
  rdquo: "\u201d",
};

/** The paragraphs of a marked text, in one line each. */
export function paragraphsIn(markup: string): string[] {
  return markup.replace(LEFT_OUT, " ").replace(NAVIGATION, "").replace(/\s+/g, " ")
    .replace(BLOCK, "\n").replace(LINE, " ").replace(TAG, "")
    .split("\n").map((paragraph) => unescaped(paragraph).trim())
    .filter((paragraph) => paragraph !== "");
}

/** A text with characters in the place of their names and numbers. */
function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
