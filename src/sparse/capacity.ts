/**
 * Budgets and worst cases of lists: how many units a specification asks for, and how many slots they can take over everything
 * that rewiring can do.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../device/kernel.ts";
import type { Geometry } from "./geometry.ts";
import type { Density, FanIn } from "./spec.ts";

/** Slots that lists and their transposed view take at worst. */
export interface Capacities {
  /** Slots of the lists. */
  readonly capacity: number;
  /** Slots of the lists of the transposed view. */
  readonly viewCapacity: number;
}

/** A matrix in units. */
export type UnitShape = Pick<Geometry, "rows" | "inputs" | "lists" | "entries">;

/** Entries of each of `live` lists that share a budget. */
export function fanInOf(budget: number, live: number, entries: number): number {
  return live === 0 ? 0 : Math.min(entries, Math.floor(budget / live));
}

/** `total * share` rounded down, where a result that misses an integer by rounding alone counts as it. */
export function floorShare(total: number, share: number): number {
  const exact = total * share;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) <= 1e-9 * Math.max(1, exact) ? nearest : Math.floor(exact);
}

/**
 * Units of a fan-in or a density.
 *
 * @param name Name of the pattern, for errors.
 * @param least Fewest units that there may be.
 * @throws {RangeError} if there would be fewer, or more than the matrix has.
 */
export function budgetOf(
  size: FanIn | Density,
  { rows, inputs, lists, entries }: UnitShape,
  name: string,
  least: number,
): number {
  const budget = "k" in size ? lists * size.k : floorShare(lists * entries, size.density);
  const what = "k" in size ? `fan-in ${size.k}` : `density ${size.density}`;
  const where = `[${rows}, ${inputs}] a ${name} pattern of ${what}`;
  if (budget < least) {
    throw new RangeError(
      `Cannot give ${where}: ${budget} connections leave rows without inputs; ` +
        `expected a density of at least ${least / (lists * entries)}`,
    );
  }
  if (budget > lists * entries) {
    throw new RangeError(
      `Cannot give ${where}: a row has ${inputs} inputs; expected a fan-in of at most ${inputs}`,
    );
  }
  return budget;
}

/** What lists of equal length take at worst, over all numbers of live ones. */
export function equalCapacities({ lists, entries }: UnitShape, budget: number): Capacities {
  return {
    capacity: fanInCapacity(lists, entries, budget),
    viewCapacity: viewCapacity(lists, entries, budget),
  };
}

/**
 * What lists of equal length take where all of them are live, always.
 *
 * @param longest Units that a column may have.
 */
export function fullCapacities(
  { lists, entries }: UnitShape,
  budget: number,
  longest: number,
): Capacities {
  const each = fanInOf(budget, lists, entries);
  return {
    capacity: lists * roundUp(each, LIST_TILE),
    viewCapacity: raggedCapacity(entries, longest, lists * each, LIST_TILE),
  };
}

/**
 * Slots that lists of equal length take at worst: the maximum over all numbers of live lists `L` of
 * `L * roundUp(min(entries, floor(budget / L)), LIST_TILE)`.
 */
export function fanInCapacity(lists: number, entries: number, budget: number): number {
  let capacity = LIST_TILE;
  for (let live = 1; live <= lists; live++) {
    capacity = Math.max(capacity, live * roundUp(fanInOf(budget, live, entries), LIST_TILE));
  }
  return capacity;
}

/**
 * Slots that the columns of lists of equal length take at worst: with `L` live lists, whose entries are at most
 * `budget`, any fan-outs up to `L` can occur (Gale and Ryser), so the maximum over `L` is reached.
 */
function viewCapacity(lists: number, entries: number, budget: number): number {
  let capacity = LIST_TILE;
  for (let live = 1; live <= lists; live++) {
    const units = live * fanInOf(budget, live, entries);
    capacity = Math.max(capacity, raggedCapacity(entries, live, units, LIST_TILE));
  }
  return capacity;
}

/**
 * Slots that `lists` lists of any length up to `longest`, `units` in all, take at worst. Padding is largest when every
 * list has one unit more than a multiple of `tile` T: `T * units` slots while `units <= lists`, else
 * `T * min(lists + floor((units - lists) / T), lists * ceil(longest / T))`.
 */
export function raggedCapacity(
  lists: number,
  longest: number,
  units: number,
  tile: number,
): number {
  const spread = units <= lists ? units : lists + Math.floor((units - lists) / tile);
  return Math.max(1, Math.min(spread, lists * Math.ceil(longest / tile))) * tile;
}
