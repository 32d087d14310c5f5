/**
 * The geometry of a pattern: how large its units are, how many lists it has and how long they can get. Everything here
 * follows from the specification and the shape of the matrix alone; no buffer is ever made again.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../device/kernel.ts";
import { NORM } from "../ops/kernels/constants.ts";
import { areaOf, connectionsPerRow, type Segments, type Unit } from "../ops/matrix.ts";
import { patternName, type SparseSpec } from "./spec.ts";

export { areaOf, connectionsPerRow };
export type { Segments, Unit };

/** What a specification makes of a matrix. */
export interface Geometry {
  /** The constraint. */
  readonly spec: SparseSpec;
  /** Outputs of the matrix. */
  readonly rows: number;
  /** Inputs of the matrix. */
  readonly inputs: number;
  /** What a slot stands for. */
  readonly unit: Unit;
  /** Rows of units: each has one list. */
  readonly lists: number;
  /** Columns of units: what the entries of a list count. */
  readonly entries: number;
  /** Lists begin at multiples of this and are padded to it. */
  readonly tile: number;
  /** Most units that may exist, at any time. */
  readonly budget: number;
  /** Slots that the lists take at worst, over everything that rewiring can do. */
  readonly capacity: number;
  /** Slots that the lists of the transposed view take at worst. */
  readonly viewCapacity: number;
  /** Of an N:M pattern. */
  readonly segments?: Segments;
}

/**
 * The geometry of a pattern `[rows, inputs]`.
 *
 * @param budget Most units that may exist; by default what the specification says.
 * @throws {RangeError} if the specification does not fit the shape.
 */
export function geometryOf(
  spec: SparseSpec,
  rows: number,
  inputs: number,
  budget?: number,
): Geometry {
  const unit = unitOf(spec);
  const lists = Math.ceil(rows / unit.height);
  const entries = Math.ceil(inputs / unit.width);
  // A block is a vector long already; padding lists of them would cost more than it aligns.
  const tile = unit.width === 1 ? LIST_TILE : 1;
  const segments = spec.kind === "nm" ? segmentsOf(spec.n, spec.m, inputs) : undefined;
  const units = budget ?? budgetOf(spec, rows, inputs, lists, entries, segments);
  return {
    spec,
    rows,
    inputs,
    unit,
    lists,
    entries,
    tile,
    budget: units,
    ...capacities(spec, lists, entries, units, tile),
    ...(segments === undefined ? {} : { segments }),
  };
}

/**
 * Connections of the first pattern, before any rewiring: what is left of the budget where lists are equally long. Of blocks that
 * reach over the edge the mean, because that depends on where they lie.
 */
export function firstConnections(geometry: Geometry): number {
  const { spec, rows, inputs, lists, entries, budget, segments } = geometry;
  if (segments !== undefined) return budget;
  if (spec.kind !== "block") return rows * fanInOf(budget, lists, entries);
  return Math.round(budget * rows / lists * inputs / entries);
}

/** Rows of the matrix that the units of a list have: fewer than their height where they reach over the edge. */
export function heightOf({ rows, unit }: Geometry, list: number): number {
  return Math.min(unit.height, rows - list * unit.height);
}

/** Inputs of the matrix that the units of an entry have. */
export function widthOf({ inputs, unit }: Geometry, entry: number): number {
  return Math.min(unit.width, inputs - entry * unit.width);
}

/** The norm that scores the units of a pattern; see {@linkcode NORM}. Of single connections all norms are the same. */
export function normOf(spec: SparseSpec): number {
  if (spec.kind === "groupFanIn") return spec.score === "mean" ? NORM.mean : NORM.max;
  if (spec.kind === "block") return { l1: NORM.l1, l2: NORM.l2, linf: NORM.max }[spec.score];
  return NORM.l1;
}

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

function unitOf(spec: SparseSpec): Unit {
  switch (spec.kind) {
    case "groupFanIn":
      return { height: spec.group, width: 1 };
    case "block":
      return { height: spec.block, width: spec.block };
    default:
      return { height: 1, width: 1 };
  }
}

function segmentsOf(n: number, m: number, inputs: number): Segments {
  const perRow = Math.ceil(inputs / m);
  const rest = inputs - (perRow - 1) * m;
  const bits = Math.max(1, Math.ceil(Math.log2(m)));
  return { n, m, bits, perRow, last: Math.ceil(n * rest / m) };
}

/** Units that a specification asks for. */
function budgetOf(
  spec: SparseSpec,
  rows: number,
  inputs: number,
  lists: number,
  entries: number,
  segments: Segments | undefined,
): number {
  if (segments !== undefined) return rows * connectionsPerRow(segments);
  if (spec.kind === "nm") throw new TypeError("An N:M pattern has segments");
  const { size } = spec;
  const budget = "k" in size ? lists * size.k : floorShare(lists * entries, size.density);
  const least = spec.kind === "block" ? 1 : lists;
  const what = "k" in size ? `fan-in ${size.k}` : `density ${size.density}`;
  const where = `[${rows}, ${inputs}] a ${patternName(spec)} pattern of ${what}`;
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

function capacities(
  spec: SparseSpec,
  lists: number,
  entries: number,
  budget: number,
  tile: number,
): Pick<Geometry, "capacity" | "viewCapacity"> {
  switch (spec.kind) {
    case "fanIn":
    case "groupFanIn":
      return {
        capacity: fanInCapacity(lists, entries, budget),
        viewCapacity: viewCapacity(lists, entries, budget),
      };
    case "nm":
      return {
        capacity: lists * roundUp(budget / lists, tile),
        viewCapacity: raggedCapacity(entries, lists, budget, tile),
      };
    case "block":
      return {
        capacity: raggedCapacity(lists, entries, budget, tile),
        viewCapacity: raggedCapacity(entries, lists, budget, tile),
      };
  }
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
