/**
 * Decimal numbers as bytes of a text.
 *
 * @module
 */

const SPACE = 0x20, PLUS = 0x2b, MINUS = 0x2d, POINT = 0x2e, ZERO = 0x30, LARGE_E = 0x45;

/** Most digits of an integer that doubles hold exactly, whatever it is. */
const EXACT_DIGITS = 15;

/** Powers of ten that doubles hold exactly. */
const POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);

/** What a number looks like; `Number` alone takes hexadecimals, nothing and Infinity. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * The number that bytes of a text hold, rounded to the nearest double; NaN if they hold none. Spaces around it are left out.
 *
 * @param begin The first byte.
 * @param stop The one behind the last.
 */
export function decimalOf(bytes: Uint8Array, begin: number, stop: number): number {
  let at = begin, end = stop;
  while (at < end && bytes[at] === SPACE) at++;
  while (end > at && bytes[end - 1] === SPACE) end--;
  const negative = bytes[at] === MINUS;
  let value = 0, digits = 0, point = -1, i = negative || bytes[at] === PLUS ? at + 1 : at;
  for (; i < end; i++) {
    const digit = bytes[i] - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = 10 * value + digit;
      digits++;
    } else if (bytes[i] === POINT && point < 0) point = i;
    else break;
  }
  if (digits === 0 || digits > EXACT_DIGITS) return spelledNumber(bytes, at, end);
  let power = point < 0 ? 0 : point + 1 - i;
  if (i < end) {
    const exponent = exponentOf(bytes, i, end);
    if (Number.isNaN(exponent)) return spelledNumber(bytes, at, end);
    power += exponent;
  }
  if (power < -22 || power > 22) return spelledNumber(bytes, at, end);
  // Both are exact, so the product or quotient is rounded once.
  const size = power < 0 ? value / POWERS[-power] : value * POWERS[power];
  return negative ? -size : size;
}

/** The exponent that begins with an `e`: of one to three digits; NaN if it is none. */
function exponentOf(bytes: Uint8Array, begin: number, end: number): number {
  let at = begin + 1;
  const negative = bytes[at] === MINUS;
  if (negative || bytes[at] === PLUS) at++;
  if ((bytes[begin] & ~SPACE) !== LARGE_E || at >= end || end - at > 3) return NaN;
  let exponent = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    exponent = 10 * exponent + digit;
  }
  return negative ? -exponent : exponent;
}

function spelledNumber(bytes: Uint8Array, begin: number, end: number): number {
  const text = new TextDecoder().decode(bytes.subarray(begin, end));
  return NUMBER.test(text) ? Number(text) : NaN;
}
