/**
 * The geometry of a pattern: how large its units are, how many lists it has and how long they can get. Everything here
 * follows from the specification and the shape of the matrix alone; no buffer is ever made again.
 *
 * @module
 */
import { areaOf, type Unit } from "../ops/matrix.ts";
import { fanInOf, floorShare } from "./capacity.ts";
import { partsOf, shareOf } from "./cells.ts";
import { constraintOf, mayRepeat } from "./lookup.ts";
import type { SparseSpec } from "./spec.ts";

export { areaOf, fanInOf, floorShare };
export type { Unit };

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
  const constraint = constraintOf(spec);
  const { unit, tile } = constraint;
  const lists = Math.ceil(rows / unit.height);
  const entries = Math.ceil(inputs / unit.width);
  const shape = { rows, inputs, lists, entries };
  const units = budget ?? constraint.budget(shape);
  const capacities = constraint.capacities(shape, units);
  return { spec, rows, inputs, unit, lists, entries, tile, budget: units, ...capacities };
}

/**
 * Connections of the first pattern, before any rewiring: what is left of the budget where lists are equally long. Of blocks that
 * reach over the edge the mean, because that depends on where they lie.
 */
export function firstConnections(geometry: Geometry): number {
  const { rows, inputs, lists, entries } = geometry;
  return Math.round(firstUnits(geometry) * rows / lists * inputs / entries);
}

/**
 * Share of the connections of the first pattern that repeat an input of their row, as chance is expected to have it: of F that are
 * drawn out of I with replacement `1 - I / F (1 - (1 - 1 / I)^F)`, and of distinct ones 0.
 */
export function expectedRepeats(geometry: Geometry): number {
  const { spec, lists, entries } = geometry;
  if (!mayRepeat(spec)) return 0;
  const each = firstUnits(geometry) / lists;
  return 1 + entries / each * Math.expm1(each * Math.log1p(-1 / entries));
}

function firstUnits(geometry: Geometry): number {
  const { spec, lists, budget } = geometry;
  if (constraintOf(spec).refill === "anywhere") return budget;
  const { perList } = partsOf(geometry);
  const { each, last } = shareOf(geometry, lists);
  return lists * ((perList - 1) * each + last);
}

/** Rows of the matrix that the units of a list have: fewer than their height where they reach over the edge. */
export function heightOf({ rows, unit }: Geometry, list: number): number {
  return Math.min(unit.height, rows - list * unit.height);
}

/** Inputs of the matrix that the units of an entry have. */
export function widthOf({ inputs, unit }: Geometry, entry: number): number {
  return Math.min(unit.width, inputs - entry * unit.width);
}

/** The norm that scores the units of a pattern, one of `NORM`. Of single connections all norms are the same. */
export function normOf(spec: SparseSpec): number {
  return constraintOf(spec).norm;
}
