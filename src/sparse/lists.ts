/**
 * What patterns share whose parts are whole lists.
 *
 * @module
 */
import { fanInOf, type UnitShape } from "./capacity.ts";
import type { Parts, PartShare } from "./constraint.ts";
import type { Geometry } from "./geometry.ts";
import { fieldOf, type PatternSpec } from "./spec.ts";

/** Options of patterns of lists of equal length. */
export interface ListOptions {
  /**
   * Whether every list is live, always: then none is longer than at first, a list lies where its number says, and rows can be
   * taken by themselves, as the head of many labels does. By default a method may empty lists, and the others share their budget.
   */
  readonly full?: boolean;
}

/** The options as a specification has them: what is the default is left out. */
export function listOptions({ full = false }: ListOptions): ListOptions {
  return full ? { full } : {};
}

/** The options in a specification that was read. */
export function fullIn(spec: PatternSpec): ListOptions {
  return listOptions({ full: fieldOf(spec, "full") === true });
}

/** Each list is one part. */
export function wholeLists({ lists, entries }: UnitShape): Parts {
  return { count: lists, perList: 1, segment: entries };
}

/** The budget in equal lists. */
export function equalShare({ budget, entries }: Geometry, live: number): PartShare {
  const k = fanInOf(budget, live, entries);
  return { each: k, last: k };
}

/** The budget in equal lists that are all live, always. */
export function fullShare(geometry: Geometry): PartShare {
  return equalShare(geometry, geometry.lists);
}

/** Candidates of a list of about `units` that are usually enough when the share `fraction` of all units is replaced. */
export function usualCandidates(units: number, fraction: number): number {
  // Lists lose unequally: twice the mean and a few more cover nearly all of them.
  return Math.ceil(2 * fraction * Math.max(1, units)) + 4;
}

/** Growth candidates of lists of equal length, which cannot take more than they have or lack. */
export function candidatesOfLists(geometry: Geometry, fraction: number): number {
  const { lists, entries } = geometry;
  const k = Math.max(1, equalShare(geometry, lists).each);
  return Math.max(1, Math.min(entries - k, k, usualCandidates(k, fraction)));
}
