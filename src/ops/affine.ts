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
import { rowSum } from "./kernels/mod.ts";
import type { Matrix } from "./matrix.ts";
import type { Epilogue } from "./products.ts";

/** Options of {@linkcode linear} and {@linkcode conv2d}. */
export interface LinearOptions {
  /** `f32[rows]`, added to every column. */
  readonly bias?: Resource;
}

/** How a matrix is applied to `x`: the three products, as they are recorded. */
export interface Application {
  /** Shape of the result. */
  readonly shape: Shape;
  /** Of a convolution: its windows, as the kernels take them. */
  readonly windows?: Params;
  /** Records the product. */
  forward(y: Tensor, epilogue: Epilogue): void;
  /** Records the gradient of the values and gives it. */
  weightGradient(dy: Tensor): Tensor;
  /** Records the gradient of `x` and gives it. */
  inputGradient(dy: Tensor): Tensor;
}

/** Records the product of a matrix with `x` plus a bias, and how it is differentiated. */
export function affine(
  x: Tensor,
  weight: Matrix,
  application: Application,
  options: LinearOptions,
): Tensor {
  const { trace } = x;
  const { shape, windows } = application;
  // In the order in which layers list them, which numbers their random streams.
  const values = trace.resource(weight.values);
  const bias = options.bias === undefined ? undefined : trace.resource(options.bias);
  const y = trace.activation(shape);
  const kind = bias === undefined ? EPILOGUE.none : EPILOGUE.bias;
  application.forward(y, { kind, extra: bias ?? values });
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
