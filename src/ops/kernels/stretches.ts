/**
 * Sums of more terms than the loops of an invocation take steps for, in stretches: a dispatch each, which adds to what the
 * one before left, so that the order stays. Ordinary sums are one stretch.
 *
 * @module
 */
import type { Dispatch, Param } from "../../device/kernel.ts";

/**
 * Steps that the loops of an invocation may take together on software: llvmpipe leaves every loop after 65535 in all, and
 * says nothing.
 */
export const LOOP_STEPS = 60_000;

/** Steps beside a sum: searching the lists, adding up a workgroup. */
export const BESIDE = 128;

/** The dispatch parameters of a kernel that adds in stretches, as `wgsl/shared/stretches.wgsl` reads them. */
export const STRETCH_PARAMS: readonly Param[] = [
  { name: "firstTerm", type: "u32" },
  { name: "someTerms", type: "u32" },
];

/** A stretch of a sum that one dispatch adds. */
export interface Stretch {
  /** Where it begins. */
  readonly first: number;
  /** How long it is. */
  readonly some: number;
}

/** A sum of `length` terms in stretches of at most `most`. */
export function stretches(length: number, most: number): readonly Stretch[] {
  return Array.from({ length: Math.ceil(length / most) }, (_, i) => {
    return { first: i * most, some: Math.min(most, length - i * most) };
  });
}

/** How an invocation adds. */
export interface Pace {
  /** Terms that it takes at a time; a stretch begins with a multiple of them. */
  readonly terms: number;
  /** Steps that its loops take for so many terms; by default one. */
  readonly steps?: number;
  /** Steps that they take for a stretch of whatever length, beside a few that any takes. */
  readonly beside?: number;
  /** Terms that the last stretch goes on to where a sum has more than `length` of them; none by default. */
  readonly rest?: number;
}

/** The dispatches of a sum of `length` terms, of which `dispatches` adds a stretch. */
export function inStretches(
  length: number,
  { terms, steps = 1, beside = 0, rest = 0 }: Pace,
  dispatches: readonly Dispatch[],
): readonly Dispatch[] {
  const most = terms * Math.max(Math.floor((LOOP_STEPS - beside) / steps), 1);
  // A sum of no terms is a stretch too: somebody has to write the 0.
  const all = length === 0 ? [{ first: 0, some: 0 }] : stretches(length, most);
  return all.flatMap(({ first, some }, i) => {
    const whole = all.length === 1;
    const ends: Readonly<Record<string, number>> = whole
      ? {}
      : { FIRST: Number(i === 0), LAST: Number(i === all.length - 1) };
    return dispatches.map((dispatch) => ({
      ...dispatch,
      constants: { ...dispatch.constants, ...ends },
      params: {
        ...dispatch.params,
        ...{
          firstTerm: first,
          someTerms: i + 1 < all.length ? some : Math.max(some, rest - first),
        },
      },
      steps: Math.ceil(some / terms) * steps + beside + BESIDE,
    }));
  });
}

/**
 * Most slots of a list of `capacity` in all whose entries are distinct numbers below `entries`. Lists that repeat entries are as long
 * at most where they are the rows of a matrix; its columns may be longer.
 */
export function longestList(entries: number, capacity: number): number {
  return Math.min(4 * Math.ceil(entries / 4), capacity);
}
