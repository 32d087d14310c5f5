/**
 * What every operation with a weight matrix and a bias has in common, whatever the matrix is applied to: the epilogue of its
 * product, and the order of its gradients.
 *
 * @module
 */
import type { Params } from "../device/kernel.ts";
import type { Resource } from "../program/resource.ts";
import type { Shape, Tensor } from "../program/trace.ts";
import { showOperands } from "./gradient_observer.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { rowSum } from "./kernels/row_sum.ts";
import type { Matrix } from "./matrix.ts";
import type { Epilogue } from "./products.ts";

/** Options of {@linkcode linear} and {@linkcode conv2d}. */
export interface LinearOptions {
  /** `f32[rows]`, added to every column. */
  readonly bias?: Resource;
}

/** What a matrix was applied to, and the products that its gradients are, as they are recorded. */
export interface Application extends LinearOptions {
  /** What it was applied to. */
  readonly x: Tensor;
  /** The matrix. */
  readonly weight: Matrix;
  /** Of a convolution: its windows, as the kernels take them. */
  readonly windows?: Params;
  /** Records the gradient of the values and gives it. */
  weightGradient(dy: Tensor): Tensor;
  /** Records the gradient of `x` and gives it. */
  inputGradient(dy: Tensor): Tensor;
}

/** Where the product of a matrix with `x` goes, and what is done to it before it is stored: a bias is added. */
export function affineResult(
  { trace }: Tensor,
  weight: Matrix,
  shape: Shape,
  options: LinearOptions,
): { readonly y: Tensor; readonly epilogue: Epilogue } {
  // In the order in which layers list them, which numbers their random streams.
  const values = trace.resource(weight.values);
  const bias = options.bias === undefined ? undefined : trace.resource(options.bias);
  const kind = bias === undefined ? EPILOGUE.none : EPILOGUE.bias;
  return { y: trace.activation(shape), epilogue: { kind, extra: bias ?? values } };
}

/** Records how the product `y` of a matrix, plus its bias, is differentiated; gives `y`. */
export function affine(y: Tensor, application: Application): Tensor {
  const { trace } = y;
  const { x, weight, windows } = application;
  const values = trace.resource(weight.values);
  const bias = application.bias === undefined ? undefined : trace.resource(application.bias);
  trace.differentiable({
    inputs: bias === undefined ? [x, values] : [x, values, bias],
    output: y,
    backward(dy) {
      if (weight.kind === "sparse") {
        showOperands(weight, { dy, x, ...(windows === undefined ? {} : { windows }) });
      }
      const dw = application.weightGradient(dy);
      const db = bias === undefined ? undefined : biasGradient(dy);
      const dx = trace.wantsGradient(x) ? application.inputGradient(dy) : undefined;
      return [dx, dw, db];
    },
  });
  return y;
}

function biasGradient(dy: Tensor): Tensor {
  const { trace, rows, columns } = dy;
  const gradient = trace.transient([rows], "gradients");
  trace.emit(rowSum, [dy, gradient], { rows, columns });
  return gradient;
}
