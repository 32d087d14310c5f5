/**
 * The linear operation `y = W x + b`, optionally followed by a relu in the same kernel, with `W`
 * dense or sparse.
 *
 * @module
 */
import type { Tensor, Trace } from "../program/trace.ts";
import type { Resource } from "../program/resource.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { gemm, permute, rowSum, sddmm, spmm } from "./kernels/mod.ts";
import type { Matrix, SparseMatrix } from "./matrix.ts";
import { relu, throughRelu } from "./relu.ts";

/** Options of {@linkcode linear}. */
export interface LinearOptions {
  /** `f32[rows]`, added to every column. */
  readonly bias?: Resource;
  /** Applied to the result by the same kernel. */
  readonly activation?: "none" | "relu";
}

/** Called when the gradient of a sparse matrix is recorded, with what growth scores are made of. */
export type GradientObserver = (matrix: SparseMatrix, dy: Tensor, x: Tensor) => void;

const observers = new WeakMap<Trace, GradientObserver>();

/**
 * Lets `observer` see the operands of every sparse weight gradient of a trace: `dy` is
 * `[rows, examples]`, `x` is `[inputs, examples]`. How methods that grow by gradient get their scores.
 */
export function observeGradients(trace: Trace, observer: GradientObserver): void {
  observers.set(trace, observer);
}

/**
 * `y = W x + b`, then the activation.
 *
 * @param x `[inputs, examples]`
 * @param weight `W`, `[rows, inputs]`
 * @returns `[rows, examples]`
 * @throws {TypeError} if `x` has another number of features than `W` has inputs.
 */
export function linear(x: Tensor, weight: Matrix, options: LinearOptions = {}): Tensor {
  const { trace } = x;
  if (x.shape.length !== 2 || x.rows !== weight.inputs) {
    throw new TypeError(
      `Cannot apply a linear layer [${weight.rows}, ${weight.inputs}] to x [${x.shape}]: ` +
        `expected x [${weight.inputs}, examples]`,
    );
  }
  const fused = options.activation === "relu" && options.bias !== undefined;
  if (options.activation === "relu" && !fused) return relu(linear(x, weight));
  const bias = options.bias === undefined ? undefined : trace.resource(options.bias);
  const y = trace.activation([weight.rows, x.shape[1]]);
  const values = trace.resource(weight.values);
  const epilogue = bias === undefined ? EPILOGUE.none : fused ? EPILOGUE.biasRelu : EPILOGUE.bias;
  product(weight, x, y, bias ?? values, epilogue);
  const inputs = bias === undefined ? [x, values] : [x, values, bias];
  trace.differentiable({
    inputs,
    output: y,
    backward(upstream) {
      const dy = fused ? throughRelu(y, upstream) : upstream;
      const dw = weightGradient(weight, dy, x);
      const db = bias === undefined ? undefined : biasGradient(dy);
      // The input's gradient comes last, so that a relu below can become its epilogue.
      return [trace.wantsGradient(x) ? inputGradient(weight, dy, x) : undefined, dw, db];
    },
  });
  return y;
}

function product(weight: Matrix, x: Tensor, y: Tensor, extra: Tensor, epilogue: number): void {
  const { trace, columns } = x;
  const { rows, inputs } = weight;
  const values = trace.resource(weight.values);
  if (weight.kind === "dense") {
    const params = { m: rows, n: columns, k: inputs, transposeA: 0, transposeB: 0, epilogue };
    trace.emit(gemm, [values, x, extra, y], params);
  } else {
    const { span, index, capacity, wide } = weight.lists;
    trace.emit(
      spmm,
      [trace.resource(span), trace.resource(index), values, x, extra, y],
      { rows, inputs, columns, capacity, wide: Number(wide), epilogue },
    );
  }
}

/** `dx = transpose(W) dy`: `[inputs, examples]`. */
function inputGradient(weight: Matrix, dy: Tensor, x: Tensor): Tensor {
  const { trace, columns } = x;
  const { rows, inputs } = weight;
  const dx = trace.activation(x.shape);
  const values = trace.resource(weight.values);
  if (weight.kind === "dense") {
    const params = { m: inputs, n: columns, k: rows, transposeA: 1, transposeB: 0 };
    trace.emit(gemm, [values, dy, values, dx], { ...params, epilogue: EPILOGUE.none });
    return dx;
  }
  const { span, index, slot, capacity, wide } = weight.transposed;
  const permuted = trace.transient([capacity], "permuted");
  trace.emit(permute, [trace.resource(slot), values, permuted], { length: capacity });
  trace.emit(
    spmm,
    [trace.resource(span), trace.resource(index), permuted, dy, permuted, dx],
    { rows: inputs, inputs: rows, columns, capacity, wide: Number(wide), epilogue: EPILOGUE.none },
  );
  return dx;
}

/** `dW = dy transpose(x)`, of the active connections only where `W` is sparse: same length as its values. */
function weightGradient(weight: Matrix, dy: Tensor, x: Tensor): Tensor {
  const { trace, columns } = x;
  const { rows, inputs } = weight;
  if (weight.kind === "dense") {
    const gradient = trace.transient([rows * inputs], "gradients");
    const params = { m: rows, n: inputs, k: columns, transposeA: 0, transposeB: 1 };
    trace.emit(gemm, [dy, x, dy, gradient], { ...params, epilogue: EPILOGUE.none });
    return gradient;
  }
  observers.get(trace)?.(weight, dy, x);
  const { span, index, capacity, wide } = weight.lists;
  const gradient = trace.transient([capacity], "gradients");
  trace.emit(
    sddmm,
    [trace.resource(span), trace.resource(index), dy, x, gradient],
    { rows, inputs, columns, capacity, wide: Number(wide) },
  );
  return gradient;
}

function biasGradient(dy: Tensor): Tensor {
  const { trace, rows, columns } = dy;
  const gradient = trace.transient([rows], "gradients");
  trace.emit(rowSum, [dy, gradient], { rows, columns });
  return gradient;
}
