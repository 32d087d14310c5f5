/**
 * What patterns share whose parts are whole lists.
 *
 * @module
 */
import { fanInOf, type UnitShape } from "./capacity.ts";
import type { Parts, PartShare } from "./constraint.ts";
import type { Geometry } from "./geometry.ts";

/** Each list is one part. */
export function wholeLists({ lists, entries }: UnitShape): Parts {
  return { count: lists, perList: 1, segment: entries };
}

/** The budget in equal lists. */
export function equalShare({ budget, entries }: Geometry, live: number): PartShare {
  const k = fanInOf(budget, live, entries);
  return { each: k, last: k };
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
