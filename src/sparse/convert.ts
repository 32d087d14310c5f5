/**
 * Patterns and their values from and to dense matrices.
 *
 * @module
 */
import { faultOf, partsOf } from "./cells.ts";
import { areaOf, type Geometry, geometryOf, heightOf, widthOf } from "./geometry.ts";
import { patternName } from "./lookup.ts";
import { type Pattern, patternOf } from "./pattern.ts";
import { fanIn } from "./patterns/fan_in.ts";
import type { SparseSpec } from "./spec.ts";

/** A pattern with its values. */
export interface PatternValues {
  /** Which connections exist. */
  readonly pattern: Pattern;
  /** `[pattern.capacity, width, height]`: one value per connection of each slot. */
  readonly values: Float32Array;
}

/** Options of {@linkcode fromDense}. */
export interface FromDenseOptions {
  /** The constraint. Default: a constant fan-in. */
  readonly spec?: SparseSpec;
  /** `[rows * inputs]`: not 0 where a connection exists. Default: where the matrix is not 0. */
  readonly mask?: ArrayLike<number>;
  /** Units that may exist. Default: as many as do. */
  readonly budget?: number;
}

/** A connection of a pattern: called with its place in the values, its row and its input. */
export type ConnectionVisitor = (at: number, row: number, input: number) => void;

/** Calls `visit` for every connection inside the matrix, list by list, slot by slot. */
export function eachConnection(pattern: Pattern, visit: ConnectionVisitor): void {
  const { lists, unit: { height, width }, span, index } = pattern;
  if (height === 1 && width === 1) {
    for (let list = 0; list < lists; list++) {
      const end = span[2 * list + 1];
      for (let slot = span[2 * list]; slot < end; slot++) visit(slot, list, index[slot]);
    }
    return;
  }
  for (let list = 0; list < lists; list++) {
    const high = heightOf(pattern, list);
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      const wide = widthOf(pattern, index[slot]);
      for (let c = 0; c < wide; c++) {
        for (let r = 0; r < high; r++) {
          visit((slot * width + c) * height + r, list * height + r, index[slot] * width + c);
        }
      }
    }
  }
}

/**
 * The matrix `[rows, inputs]` of a pattern's values, 0 where there is no connection. Those of an input that a row has more than
 * once are added up.
 *
 * @example
 * ```ts
 * import { fromDense, toDense } from "@filigree/filigree";
 *
 * const matrix = Float32Array.of(1, 0, 2, 0, 0, 3, 0, 4); // [2, 4]
 * const { pattern, values } = fromDense(matrix, 2, 4);
 * console.assert(toDense(pattern, values).join() === matrix.join());
 * ```
 */
export function toDense(pattern: Pattern, values: Float32Array): Float32Array {
  const { rows, inputs } = pattern;
  const matrix = new Float32Array(rows * inputs);
  eachConnection(pattern, (at, row, input) => matrix[row * inputs + input] += values[at]);
  return matrix;
}

/**
 * The connections of a matrix `[rows, inputs]` as a pattern and its values. A unit exists where at least one of its
 * connections does.
 *
 * @throws {TypeError} if the connections do not obey the constraint.
 * @example
 * ```ts
 * import { block, fromDense, patternStatistics } from "@filigree/filigree";
 *
 * const matrix = Float32Array.of(1, 0, 2, 0, 0, 3, 0, 4); // [2, 4]
 * const { pattern } = fromDense(matrix, 2, 4, { spec: block(1, { density: 0.5 }) });
 * console.assert(patternStatistics(pattern).connections === 4);
 * ```
 */
export function fromDense(
  matrix: Float32Array,
  rows: number,
  inputs: number,
  options: FromDenseOptions = {},
): PatternValues {
  const { spec = fanIn({ density: 1 }), mask = matrix } = options;
  // The shape of the lists does not depend on the budget.
  const geometry = geometryOf(spec, rows, inputs, 1);
  const lists = activeLists(geometry, mask);
  const units = lists.reduce((sum, list) => sum + list.length, 0);
  const budget = options.budget ?? units;
  requireConstraint({ ...geometry, budget }, lists);
  const pattern = patternOf(lists, { spec, rows, inputs, budget });
  const values = new Float32Array(pattern.capacity * areaOf(pattern.unit));
  eachConnection(pattern, (at, row, input) => values[at] = matrix[row * inputs + input]);
  return { pattern, values };
}

/** The entries of each list that have a connection. */
function activeLists(geometry: Geometry, mask: ArrayLike<number>): number[][] {
  const { inputs, unit: { height, width }, lists, entries } = geometry;
  const isActive = (list: number, entry: number): boolean => {
    for (let r = 0; r < heightOf(geometry, list); r++) {
      for (let c = 0; c < widthOf(geometry, entry); c++) {
        if (mask[(list * height + r) * inputs + entry * width + c] !== 0) return true;
      }
    }
    return false;
  };
  return Array.from({ length: lists }, (_, list) => {
    const active: number[] = [];
    for (let entry = 0; entry < entries; entry++) if (isActive(list, entry)) active.push(entry);
    return active;
  });
}

function requireConstraint(geometry: Geometry, lists: readonly number[][]): void {
  const { spec, rows, inputs } = geometry;
  const { count, perList, segment } = partsOf(geometry);
  const counts = new Uint32Array(count);
  for (const [list, entries] of lists.entries()) {
    for (const entry of entries) counts[list * perList + Math.floor(entry / segment)]++;
  }
  const fault = faultOf(geometry, counts, "connections");
  if (fault === undefined) return;
  throw new TypeError(
    `Cannot make a ${patternName(spec)} pattern of [${rows}, ${inputs}]: ${fault}`,
  );
}
