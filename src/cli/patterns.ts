/**
 * Patterns by the names that people give them on the command line.
 *
 * @module
 */
import {
  block,
  type BlockSize,
  dense,
  fanIn,
  groupFanIn,
  type GroupSize,
  nm,
  type PatternSpec,
} from "../sparse/spec.ts";
import { ValidationError } from "./deps.ts";

/** What {@linkcode parsePattern} takes, for help texts and errors. */
export const PATTERN_NAMES =
  "dense, fan-in, group-4, group-8, group-16, group-32, block-1, block-4, block-8, block-16, block-32, or N:M such as 2:4";

const GROUPS: readonly GroupSize[] = [4, 8, 16, 32];
const BLOCKS: readonly BlockSize[] = [1, 4, 8, 16, 32];

/**
 * The pattern of a name, with a density where the name does not say one itself (`N:M` does).
 *
 * @throws {ValidationError} if the name is not one of {@linkcode PATTERN_NAMES}.
 */
export function parsePattern(name: string, density: number): PatternSpec {
  if (name === "dense") return dense();
  if (name === "fan-in") return fanIn({ density });
  const [, kind, size] = /^(group|block)-(\d+)$/.exec(name) ?? [];
  const group = GROUPS.find((known) => kind === "group" && String(known) === size);
  if (group !== undefined) return groupFanIn({ density }, group);
  const side = BLOCKS.find((known) => kind === "block" && String(known) === size);
  if (side !== undefined) return block(side, { density });
  const ratio = parseRatio(name);
  if (ratio !== undefined) return asWrongUse(() => nm(ratio.n, ratio.m));
  throw new ValidationError(`Pattern "${name}" is not known; expected ${PATTERN_NAMES}.`);
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

/** The numbers of a name such as `2:4`; nothing of any other. */
export function parseRatio(name: string): { readonly n: number; readonly m: number } | undefined {
  const match = /^(\d+):(\d+)$/.exec(name);
  return match === null ? undefined : { n: Number(match[1]), m: Number(match[2]) };
}
