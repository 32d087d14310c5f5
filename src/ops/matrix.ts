/**
 * The two kinds of matrix that a linear operation multiplies by.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import type { Tensor, Trace } from "../program/trace.ts";

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

/** Lists of units, as the sparse kernels read them. */
export interface UnitLists {
  /** `u32[2 * lists]`: begin and end of each list. */
  readonly span: Resource;
  /** Entry of each slot, packed as u16 pairs unless `wide`; in a form of its own where there is `unpack`. */
  readonly index: Resource;
  /** Slots, padding and tail included. */
  readonly capacity: number;
  /** Whether kernels read u32. */
  readonly wide: boolean;
  /** Records what makes entries that kernels read of an index in a form of its own. */
  readonly unpack?: (trace: Trace, index: Tensor) => Tensor;
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
  /** What training changes: `f32[capacity, width, height]`, the values of each slot's unit, unless there is a `view`. */
  readonly values: Resource;
  /** Records the values of each slot's unit and gives them, where they are not what is stored. */
  readonly view?: (trace: Trace) => Tensor;
  /** Whether the gradient of the values is that of the whole matrix, `[rows, inputs]`; by default it is that of the units. */
  readonly dense?: boolean;
  /** Records the whole matrix `[rows, inputs]` under its mask and gives it, which products multiply by in the place of lists. */
  readonly masked?: (trace: Trace) => Tensor;
  /** The pattern by rows of units. */
  readonly lists: UnitLists;
  /** Units of every list, where all have as many, always: then rows can be taken by themselves. */
  readonly each?: number;
  /** The pattern by columns of units, for the gradient of the input; groups of rows do without, but for convolutions. */
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
