/**
 * What patterns share whose parts are whole lists.
 *
 * @module
 */
import { LIST_TILE } from "../device/kernel.ts";
import { equalCapacities, fanInOf, fullCapacities, type UnitShape } from "./capacity.ts";
import type { Constraint, Parts, PartShare } from "./constraint.ts";
import type { Geometry } from "./geometry.ts";
import { fieldOf, type PatternSpec } from "./spec.ts";

/** Options of patterns of lists of equal length. */
export interface ListOptions {
  /**
   * Whether every list is live, always: then none is longer than at first, a list lies where its number says, and rows can be
   * taken by themselves, as the head of many labels does. By default a method may empty lists, and the others share their budget.
   */
  readonly full?: boolean;
  /**
   * Whether inputs are drawn with replacement: every slot draws any input, whatever the others of its list have. Those that are
   * equal are weights of their own, and add up. Then all lists are `full`. By default the inputs of a list are distinct.
   */
  readonly replacement?: boolean;
}

/** The options as a specification has them: what is the default is left out. */
export function listOptions({ full = false, replacement = false }: ListOptions): ListOptions {
  return {
    ...(full || replacement ? { full: true } : {}),
    ...(replacement ? { replacement } : {}),
  };
}

/** The options in a specification that was read. */
export function listOptionsIn(spec: PatternSpec): ListOptions {
  const isSet = (option: keyof ListOptions): boolean => fieldOf(spec, option) === true;
  return listOptions({ full: isSet("full"), replacement: isSet("replacement") });
}

/** What names of patterns end in whose inputs are drawn with replacement. */
const REPLACEMENT = "-replacement";

/** The name of a pattern of lists without what its options add to it, and these. */
export function optionsNamed(name: string): [own: string, ListOptions] {
  return name.endsWith(REPLACEMENT)
    ? [name.slice(0, -REPLACEMENT.length), { replacement: true }]
    : [name, {}];
}

/** The name of a pattern of lists with what its options add to it. */
export function withOptions(name: string, { replacement = false }: ListOptions): string {
  return replacement ? `${name}${REPLACEMENT}` : name;
}

/** What patterns of lists of equal length demand, whatever their units are. */
export function equalLists(
  { full = false, replacement = false }: ListOptions,
): Omit<Constraint, "unit" | "norm" | "budget"> {
  return {
    tile: LIST_TILE,
    refill: "part",
    mayEmpty: !full,
    repeats: replacement,
    capacities(shape, budget) {
      if (!full) return equalCapacities(shape, budget);
      // All lists may have drawn the same entry, again and again.
      return fullCapacities(shape, budget, replacement ? budget : shape.lists);
    },
    parts: wholeLists,
    share: full ? fullShare : equalShare,
    candidates: candidatesOfLists,
  };
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
function fullShare(geometry: Geometry): PartShare {
  return equalShare(geometry, geometry.lists);
}

/** Candidates of a list of about `units` that are usually enough when the share `fraction` of all units is replaced. */
export function usualCandidates(units: number, fraction: number): number {
  // Lists lose unequally: twice the mean and a few more cover nearly all of them.
  return Math.ceil(2 * fraction * Math.max(1, units)) + 4;
}

/** Growth candidates of lists of equal length, which cannot take more than they have or lack. */
function candidatesOfLists(geometry: Geometry, fraction: number): number {
  const { lists, entries } = geometry;
  const k = Math.max(1, equalShare(geometry, lists).each);
  return Math.max(1, Math.min(entries - k, k, usualCandidates(k, fraction)));
}
