/**
 * What pattern a layer should have, whatever its shape. A specification is plain data, as it stands in checkpoints; its kind
 * names the file of `patterns/` that knows what it means.
 *
 * @module
 */

/** How much of a matrix exists: a share of all its connections. */
export interface Density {
  /** Share of all connections, in (0, 1]. */
  readonly density: number;
}

/** Inputs of every live row. */
export interface FanIn {
  /** Inputs per row, at least 1. */
  readonly k: number;
}

/** What pattern a layer should have; made by `dense`, `fanIn`, `groupFanIn`, `block`, `nm`, or by a pattern of one's own. */
export interface PatternSpec {
  /** Which pattern it is. */
  readonly kind: string;
}

/** What pattern a sparse layer should have: any but `dense`. */
export type SparseSpec = PatternSpec;

/**
 * The size of lists of equal length, checked.
 *
 * @throws {RangeError} if `k` is not a positive integer or `density` is not in (0, 1].
 */
export function fanInSize(size: number | FanIn | Density): FanIn | Density {
  const given = typeof size === "number" ? { k: size } : size;
  if ("density" in given) return { density: requireDensity(given.density) };
  if (!(Number.isInteger(given.k) && given.k >= 1)) {
    throw new RangeError(
      `Cannot use fan-in ${given.k}: a row needs whole inputs; expected an integer of at least 1`,
    );
  }
  return { k: given.k };
}

/** The size in a specification that was read: a fan-in or a density, whatever its values are. */
export function sizeIn(spec: PatternSpec): FanIn | Density {
  const size = Object(fieldOf(spec, "size"));
  return "k" in size ? { k: Number(size.k) } : { density: Number(size.density) };
}

/** A field of a specification that was read. */
export function fieldOf(spec: PatternSpec, name: string): unknown {
  return new Map<string, unknown>(Object.entries(spec)).get(name);
}

/**
 * A density, checked.
 *
 * @throws {RangeError} if it is not in (0, 1].
 */
export function requireDensity(density: number): number {
  if (density > 0 && density <= 1) return density;
  throw new RangeError(
    `Cannot use density ${density}: it is a share of all connections; expected 0 < density <= 1`,
  );
}

/**
 * One of the values that an option can have.
 *
 * @throws {RangeError} if it is none of them.
 */
export function oneOf<T>(what: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw new RangeError(`Cannot use ${what} ${value}: expected one of ${allowed.join(", ")}`);
}
