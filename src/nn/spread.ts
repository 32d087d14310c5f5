/**
 * Which rank has a parameter that not every rank has.
 *
 * @module
 */
import type { Parallel } from "../parallel/parallel.ts";
import type { Resource } from "../program/resource.ts";

/**
 * Parameters that are spread over ranks: each has some of them, and no memory for the others. Every rank describes all, so that what
 * each begins with, and what it is called, is that of one process.
 */
export interface RankSpread {
  /** The ranks. */
  readonly parallel: Parallel;
  /** The rank that has a parameter; every rank has those that are not here. */
  readonly homes: ReadonlyMap<Resource, number>;
}

/**
 * What modules together have spread.
 *
 * @throws {TypeError} if they are spread over different ranks.
 */
export function joinedSpread(
  modules: readonly { readonly spread?: RankSpread | undefined }[],
): RankSpread | undefined {
  const spreads = modules.flatMap(({ spread }) => spread ?? []);
  if (spreads.length === 0) return undefined;
  const [{ parallel }] = spreads;
  if (spreads.every((each) => each.parallel === parallel)) {
    return { parallel, homes: new Map(spreads.flatMap(({ homes }) => [...homes])) };
  }
  throw new TypeError(
    "Cannot make one module of parts that are spread over different ranks: expected the same `spread` of all of them",
  );
}

/** Those of some parameters that this rank has. */
export function placedHere(
  { parameters, spread }: {
    readonly parameters: readonly Resource[];
    readonly spread?: RankSpread;
  },
): readonly Resource[] {
  return parameters.filter((parameter) => isHere(spread, parameter));
}

/** Whether this rank has a parameter. */
export function isHere(spread: RankSpread | undefined, parameter: Resource): boolean {
  const home = spread?.homes.get(parameter);
  return home === undefined || home === spread?.parallel.rank;
}
