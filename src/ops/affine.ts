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
import { relu, throughRelu } from "./relu.ts";

/** Options of {@linkcode linear} and {@linkcode conv2d}. */
export interface LinearOptions {
  /** `f32[rows]`, added to every column. */
  readonly bias?: Resource;
  /** Applied to the result by the same kernel. */
  readonly activation?: "none" | "relu";
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

/** Records the product of a matrix with `x` plus a bias, then the activation, and how it is differentiated. */
export function affine(
  x: Tensor,
  weight: Matrix,
  application: Application,
  options: LinearOptions,
): Tensor {
  const { trace } = x;
  const { shape, windows } = application;
  const fused = options.activation === "relu" && options.bias !== undefined;
  if (options.activation === "relu" && !fused) return relu(affine(x, weight, application, {}));
  // In the order in which layers list them, which numbers their random streams.
  const values = trace.resource(weight.values);
  const bias = options.bias === undefined ? undefined : trace.resource(options.bias);
  const y = trace.activation(shape);
  const kind = bias === undefined ? EPILOGUE.none : fused ? EPILOGUE.biasRelu : EPILOGUE.bias;
  application.forward(y, { kind, extra: bias ?? values });
  trace.differentiable({
    inputs: bias === undefined ? [x, values] : [x, values, bias],
    output: y,
    backward(upstream) {
      const dy = fused ? throughRelu(y, upstream) : upstream;
      if (weight.kind === "sparse") {
        showOperands(weight, { dy, x, ...(windows === undefined ? {} : { windows }) });
      }
      const dw = application.weightGradient(dy);
      const db = bias === undefined ? undefined : biasGradient(dy);
      // The input's gradient comes last, so that a relu below can become its epilogue.
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
