/**
 * Texts as their lines.
 *
 * @module
 */

/** The lines of a text, whose last one may end or not; an empty text is one empty line. */
export function linesIn(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}
