/**
 * Patterns by the names that people give them on the command line.
 *
 * @module
 */
import { fixedDensity, patternNamed, patternNames } from "../sparse/lookup.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { ValidationError } from "./deps.ts";

/** What {@linkcode parsePattern} takes, for help texts and errors. */
export const PATTERN_NAMES = patternNames();

/**
 * The pattern of a name, with a density where the name does not say one itself (`N:M` does).
 *
 * @throws {ValidationError} if the name is not one of {@linkcode PATTERN_NAMES}, or its numbers cannot be.
 */
export function parsePattern(name: string, density: number): PatternSpec {
  const spec = asWrongUse(() => patternNamed(name, density));
  if (spec !== undefined) return spec;
  throw new ValidationError(`Pattern "${name}" is not known; expected ${PATTERN_NAMES}.`);
}

/** The density that a name says itself, such as 0.5 of `2:4`; nothing of one that takes any. */
export function densityOf(name: string): number | undefined {
  return fixedDensity(parsePattern(name, 1));
}

/**
 * What `make` makes of sizes, shares and names that users gave: what these cannot be is wrong use.
 *
 * @throws {ValidationError} in place of a RangeError.
 */
export function asWrongUse<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof RangeError) throw new ValidationError(cause.message, { cause });
    throw cause;
  }
}
