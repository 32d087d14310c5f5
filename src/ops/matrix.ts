/**
 * The two kinds of matrix that a linear operation multiplies by.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";

/** A dense matrix `[rows, inputs]`, row-major. */
export interface DenseMatrix {
  /** Discriminates the union. */
  readonly kind: "dense";
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** `f32[rows * inputs]`. */
  readonly values: Resource;
}

/** What a slot of a list stands for: `height` rows by `width` inputs of the matrix. */
export interface Unit {
  /** Rows. */
  readonly height: number;
  /** Inputs. */
  readonly width: number;
}

/** How the places inside the segments of an N:M pattern are packed. */
export interface Segments {
  /** Connections in a segment. */
  readonly n: number;
  /** Inputs in a segment. */
  readonly m: number;
  /** Bits of a place. */
  readonly bits: number;
  /** Segments of a row; the last one may be shorter. */
  readonly perRow: number;
  /** Connections in the last segment of a row. */
  readonly last: number;
}

/** Lists of units, as the sparse kernels read them. */
export interface UnitLists {
  /** `u32[2 * lists]`: begin and end of each list. */
  readonly span: Resource;
  /** Entry of each slot, packed as u16 pairs unless `wide`. */
  readonly index: Resource;
  /** Slots, padding and tail included. */
  readonly capacity: number;
  /** Whether `index` holds u32. */
  readonly wide: boolean;
}

/** A sparse matrix `[rows, inputs]`: a pattern and the values of its active units. */
export interface SparseMatrix {
  /** Discriminates the union. */
  readonly kind: "sparse";
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** What a slot stands for. */
  readonly unit: Unit;
  /** `f32[capacity, width, height]`: the values of each slot's unit. */
  readonly values: Resource;
  /** The pattern by rows of units. */
  readonly lists: UnitLists;
  /** Of an N:M pattern: then `lists.index` holds places inside the segments, `bits` bits each. */
  readonly segments?: Segments;
  /** The pattern by columns of units, for the gradient of the input; groups of rows do without. */
  readonly transposed?: UnitLists & {
    /** `u32[capacity]`: slot by rows of each slot by columns, 0xffffffff on padding. */
    readonly slot: Resource;
  };
}

/** A matrix that a linear operation multiplies by. */
export type Matrix = DenseMatrix | SparseMatrix;

/** Connections of a unit. */
export function areaOf({ height, width }: Unit): number {
  return height * width;
}

/** Connections of each row of an N:M pattern. */
export function connectionsPerRow({ n, perRow, last }: Segments): number {
  return n * (perRow - 1) + last;
}
