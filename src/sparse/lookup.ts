/**
 * Patterns by their specifications and by their names.
 *
 * @module
 */
import { type Constraint, kindOf, patternKinds } from "./constraint.ts";
import "./patterns/mod.ts";
import type { PatternSpec } from "./spec.ts";

/**
 * What a specification demands of connections.
 *
 * @throws {TypeError} if it is of no sparse pattern.
 * @throws {RangeError} if it cannot be.
 */
export function constraintOf(spec: PatternSpec): Constraint {
  const constraint = kindOf(spec).constraint?.(spec);
  if (constraint !== undefined) return constraint;
  throw new TypeError(
    `Cannot use the pattern ${
      patternName(spec)
    } for lists of connections: it has all of them; expected a sparse one`,
  );
}

/** Whether a specification is of a matrix with every connection, stored as such. */
export function isDense(spec: PatternSpec): boolean {
  return kindOf(spec).constraint === undefined;
}

/** Whether what a specification demands is of columns, so that only masks keep it. */
export function isOfColumns(spec: PatternSpec): boolean {
  return kindOf(spec).constraint?.(spec).columns !== undefined;
}

/** Whether a list may have an entry more than once: those of patterns that are drawn with replacement. */
export function mayRepeat(spec: PatternSpec): boolean {
  return kindOf(spec).constraint?.(spec).repeats === true;
}

/**
 * A pattern for people: "fan-in", "group-16", "block-4", "2:4", "dense".
 *
 * @example
 * ```ts
 * import { groupFanIn, nm, patternName } from "@filigree/filigree";
 *
 * console.assert(patternName(nm(2, 4)) === "2:4");
 * console.assert(patternName(groupFanIn(8, 16)) === "group-16");
 * ```
 */
export function patternName(spec: PatternSpec): string {
  return kindOf(spec).nameOf(spec);
}

/** The names that {@linkcode patternNamed} takes, for help texts and errors. */
export function patternNames(): string {
  const names = patternKinds().flatMap((kind) => kind.names);
  return `${names.slice(0, -1).join(", ")}, or ${names.at(-1)}`;
}

/**
 * The pattern of a name, with a density where the name does not say one itself; undefined if there is none.
 *
 * @throws {RangeError} if the density or the numbers in the name are not to be had.
 */
export function patternNamed(name: string, density: number): PatternSpec | undefined {
  for (const kind of patternKinds()) {
    const spec = kind.parse(name, density);
    if (spec !== undefined) return spec;
  }
  return undefined;
}

/** The density that a specification has by its name; undefined where it is chosen. */
export function fixedDensity(spec: PatternSpec): number | undefined {
  return kindOf(spec).fixedDensity?.(spec);
}
