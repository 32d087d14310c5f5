/**
 * Who wants to know what the gradient of a sparse matrix is made of: methods that grow connections by gradient do.
 *
 * @module
 */
import type { Params } from "../device/kernel.ts";
import type { Tensor, Trace } from "../program/trace.ts";
import type { SparseMatrix } from "./matrix.ts";

/** What the gradient of a sparse matrix is the product of. */
export interface GradientOperands {
  /** The gradient of the result, `[rows, examples]`, or images of as many channels. */
  readonly dy: Tensor;
  /** What the matrix was applied to, `[inputs, examples]`, or images whose windows are the inputs. */
  readonly x: Tensor;
  /** Of a convolution: its windows, as the kernels take them. */
  readonly windows?: Params;
  /** Where they are of some rows of the matrix alone, which come one after the other. */
  readonly part?: GradientPart;
}

/** Rows of a matrix whose gradient is a product by itself. */
export interface GradientPart {
  /** Those rows, as a matrix. */
  readonly matrix: SparseMatrix;
  /** The gradient of their values. */
  readonly gradient: Tensor;
}

/** Called when the gradient of a sparse matrix is recorded. */
export type GradientObserver = (matrix: SparseMatrix, operands: GradientOperands) => void;

const observers = new WeakMap<Trace, GradientObserver>();

/** Lets `observer` see the operands of every sparse weight gradient of a trace. */
export function observeGradients(trace: Trace, observer: GradientObserver): void {
  observers.set(trace, observer);
}

/** Shows the operands of a sparse weight gradient to whoever observes the trace. */
export function showOperands(matrix: SparseMatrix, operands: GradientOperands): void {
  observers.get(operands.x.trace)?.(matrix, operands);
}
