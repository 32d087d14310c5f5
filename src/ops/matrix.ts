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

/** Lists of connections by row, as `spmm` and `sddmm` read them. */
export interface ConnectionLists {
  /** `u32[2 * rows]`: begin and end of each row's list. */
  readonly span: Resource;
  /** Input of each slot, packed as u16 pairs unless `wide`. */
  readonly index: Resource;
  /** Slots, padding and tail included. */
  readonly capacity: number;
  /** Whether `index` holds u32. */
  readonly wide: boolean;
}

/** A sparse matrix `[rows, inputs]`: a pattern and the values of its active connections. */
export interface SparseMatrix {
  /** Discriminates the union. */
  readonly kind: "sparse";
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** `f32[capacity]`: one value per slot. */
  readonly values: Resource;
  /** The pattern by rows. */
  readonly lists: ConnectionLists;
  /** The pattern by columns, for the gradient of the input. */
  readonly transposed: ConnectionLists & {
    /** `u32[capacity]`: slot by rows of each slot by columns, 0xffffffff on padding. */
    readonly slot: Resource;
  };
}

/** A matrix that a linear operation multiplies by. */
export type Matrix = DenseMatrix | SparseMatrix;
