/**
 * Numbers for people.
 *
 * @module
 */

/** A number, rounded to a whole one, its digits in groups of three. */
export function grouped(number: number): string {
  return Math.round(number).toLocaleString("en");
}
