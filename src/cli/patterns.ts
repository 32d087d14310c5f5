/**
 * Patterns by the names that people give them on the command line.
 *
 * @module
 */
import { fixedDensity, patternNamed, patternNames } from "../sparse/lookup.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { ValidationError } from "./deps.ts";

/** Why a key does not apply where nothing is sparse. */
export const ONLY_SPARSE = 'applies to sparse layers only, but the pattern is "dense"';

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

/** What names of patterns of a head of very many labels are, for help texts and errors. */
export const HEAD_PATTERN_NAMES =
  "fan-in:32 or another number of inputs of each label, group-16:32 (groups of 4, 8, 16 or 32 labels), " +
  "fan-in:32-replacement or group-16:32-replacement (which may give a label an input twice), or dense";

/** Whether a name says how many inputs a row has: the pattern of a head of labels, `fan-in:32` or `group-16:32`. */
export function saysInputs(name: string): boolean {
  return /^(fan-in|group-\d+):/.test(name);
}

/**
 * The pattern of a head of very many labels, all of whose lists are full.
 *
 * @throws {ValidationError} if the name is none of one.
 */
export function headPattern(name: string, density: number): PatternSpec {
  const spec = asWrongUse(() => patternNamed(name, density));
  if (spec?.kind === "dense") return spec;
  if (spec?.kind === "fanIn" || spec?.kind === "groupFanIn") {
    const full: PatternSpec & { readonly full: true } = { ...spec, full: true };
    return full;
  }
  throw new ValidationError(
    `Option "--pattern" (pattern.name) is "${name}"; a head of very many labels takes ${HEAD_PATTERN_NAMES}.`,
  );
}

/** Rows that share their inputs in the pattern of a name, such as 16 of `group-16:32`; nothing of one whose rows have their own. */
export function groupOf(name: string): number | undefined {
  const group = /^group-(\d+)(:|-|$)/.exec(name)?.[1];
  return group === undefined ? undefined : Number(group);
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
