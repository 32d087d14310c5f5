/**
 * Numbers for people.
 *
 * @module
 */

/** A whole number, its thousands apart. */
export function count(number: number): string {
  return number.toLocaleString("en");
}
