/**
 * The three products of a matrix: with a batch, of its transpose with a batch, and the gradient of its values. Which
 * kernel carries one out depends on how the matrix is stored, and on nothing else.
 *
 * @module
 */
import type { Tensor, Trace } from "../program/trace.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { blockSddmm } from "./kernels/block_sddmm.ts";
import { blockSpmm } from "./kernels/block_spmm.ts";
import { blockTranspose } from "./kernels/block_transpose.ts";
import { gemm } from "./kernels/gemm.ts";
import { gemv } from "./kernels/gemv.ts";
import { groupSpmmTransposed } from "./kernels/group_spmm_transposed.ts";
import { permute } from "./kernels/permute.ts";
import { sddmm } from "./kernels/sddmm.ts";
import { spmm } from "./kernels/spmm.ts";
import { spmv } from "./kernels/spmv.ts";
import type { DenseMatrix, Matrix, SparseMatrix, Unit } from "./matrix.ts";

/** What becomes of a product before it is stored. */
export interface Epilogue {
  /** One of {@linkcode EPILOGUE}. */
  readonly kind: number;
  /** Its operand; any tensor where it needs none. */
  readonly extra: Tensor;
}

/** Records `y = W x`: `x` is `[inputs, ..., examples]`, `y` is `[rows, ..., examples]`. */
export function multiply(weight: Matrix, x: Tensor, y: Tensor, { kind, extra }: Epilogue): void {
  const { trace, columns } = x;
  const { rows, inputs } = weight;
  const values = valuesOf(trace, weight);
  if (columns === 1) return multiplyVector(weight, x, y, { kind, extra });
  if (isWhole(weight)) {
    const shape = { m: rows, n: columns, k: inputs, transposeA: 0, transposeB: 0 };
    trace.emit(gemm, [values, x, extra, y], { ...shape, epilogue: kind });
    return;
  }
  const operands = [...listsOf(trace, weight), values, x, extra, y];
  const shape = { ...shapeOf(weight, columns), epilogue: kind };
  if (isConnection(weight.unit)) trace.emit(spmm, operands, shape);
  else trace.emit(blockSpmm, operands, { ...shape, ...weight.unit });
}

/** Records `y = W x` for one column. */
function multiplyVector(weight: Matrix, x: Tensor, y: Tensor, { kind, extra }: Epilogue): void {
  const { trace } = x;
  const values = valuesOf(trace, weight);
  if (isWhole(weight)) {
    const shape = { m: weight.rows, k: weight.inputs, epilogue: kind };
    trace.emit(gemv, [values, x, extra, y], shape);
    return;
  }
  const { columns: _, ...shape } = shapeOf(weight, 1);
  trace.emit(spmv, [...listsOf(trace, weight), values, x, extra, y], {
    ...shape,
    ...weight.unit,
    epilogue: kind,
  });
}

/** Records `dx = transpose(W) dy`, `dy` is `[rows, ..., examples]`, and gives `dx`: `[inputs, ..., examples]`. */
export function multiplyTransposed(weight: Matrix, dy: Tensor): Tensor {
  const { trace, columns } = dy;
  const { rows, inputs } = weight;
  const dx = trace.activation([inputs, ...dy.shape.slice(1)]);
  const values = valuesOf(trace, weight);
  const epilogue = EPILOGUE.none;
  if (isWhole(weight)) {
    const shape = { m: inputs, n: columns, k: rows, transposeA: 1, transposeB: 0 };
    trace.emit(gemm, [values, dy, values, dx], { ...shape, epilogue });
    return dx;
  }
  const { unit: { height, width }, transposed } = weight;
  // Of groups of rows the product goes by groups, without the view by columns.
  if (transposed === undefined || (height > 1 && width === 1)) {
    const operands = [...listsOf(trace, weight), values, dy, values, dx];
    trace.emit(groupSpmmTransposed, operands, { ...shapeOf(weight, columns), epilogue, height });
    return dx;
  }
  const { capacity, wide } = transposed;
  const slot = trace.resource(transposed.slot);
  const turned = trace.transient([capacity * height * width], "permuted");
  const operands = [trace.resource(transposed.span), trace.resource(transposed.index), turned];
  const shape = { rows: inputs, inputs: rows, columns, capacity, wide: Number(wide), epilogue };
  if (isConnection(weight.unit)) {
    trace.emit(permute, [slot, values, turned], { length: capacity });
    trace.emit(spmm, [...operands, dy, turned, dx], shape);
  } else {
    trace.emit(blockTranspose, [slot, values, turned], { length: capacity, height, width });
    const turnedUnit = { height: width, width: height };
    trace.emit(blockSpmm, [...operands, dy, turned, dx], { ...shape, ...turnedUnit });
  }
  return dx;
}

/** Records `dW = dy transpose(x)`, of the active units only where `W` is sparse and wants no more, and gives it: as long as the values. */
export function weightGradient(weight: Matrix, dy: Tensor, x: Tensor): Tensor {
  const { trace, columns } = x;
  const { rows, inputs } = weight;
  const gradient = trace.transient([weight.values.length], "gradients");
  if (weight.kind === "dense" || weight.dense === true) {
    const shape = { m: rows, n: inputs, k: columns, transposeA: 0, transposeB: 1 };
    trace.emit(gemm, [dy, x, dy, gradient], { ...shape, epilogue: EPILOGUE.none });
    return gradient;
  }
  const operands = [...listsOf(trace, weight), dy, x, gradient];
  const shape = shapeOf(weight, columns);
  if (isConnection(weight.unit)) trace.emit(sddmm, operands, shape);
  else trace.emit(blockSddmm, operands, { ...shape, ...weight.unit });
  return gradient;
}

/** A matrix that products multiply by as a whole: a dense one, or one under a mask. */
export type WholeMatrix = DenseMatrix | SparseMatrix & Required<Pick<SparseMatrix, "masked">>;

/** Whether products multiply by all of a matrix, not by lists. */
export function isWhole(weight: Matrix): weight is WholeMatrix {
  return weight.kind === "dense" || weight.masked !== undefined;
}

/** What products with a matrix multiply by: its values, those under its mask, or those of its slots where they are read from elsewhere. */
export function valuesOf(trace: Trace, weight: Matrix): Tensor {
  const read = weight.kind === "sparse" ? weight.masked ?? weight.view : undefined;
  return read?.(trace) ?? trace.resource(weight.values);
}

/** The span of a matrix's lists, and their index as kernels read it: unpacked first where it is stored in a form of its own. */
export function listsOf(trace: Trace, weight: SparseMatrix): [span: Tensor, index: Tensor] {
  const { lists: { span, index, unpack } } = weight;
  const stored = trace.resource(index);
  return [trace.resource(span), unpack?.(trace, stored) ?? stored];
}

function shapeOf({ rows, inputs, lists }: SparseMatrix, columns: number) {
  return { rows, inputs, columns, capacity: lists.capacity, wide: Number(lists.wide) };
}

/** Whether a slot stands for a single connection. */
export function isConnection({ height, width }: Unit): boolean {
  return height === 1 && width === 1;
}
