/**
 * The linear operation `y = W x + b`, optionally followed by a relu in the same kernel, with `W`
 * dense or sparse.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import type { Resource } from "../program/resource.ts";
import { showOperands } from "./gradient_observer.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { rowSum } from "./kernels/mod.ts";
import type { Matrix } from "./matrix.ts";
import { multiply, multiplyTransposed, weightGradient } from "./products.ts";
import { relu, throughRelu } from "./relu.ts";

/** Options of {@linkcode linear}. */
export interface LinearOptions {
  /** `f32[rows]`, added to every column. */
  readonly bias?: Resource;
  /** Applied to the result by the same kernel. */
  readonly activation?: "none" | "relu";
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
  const kind = bias === undefined ? EPILOGUE.none : fused ? EPILOGUE.biasRelu : EPILOGUE.bias;
  multiply(weight, x, y, { kind, extra: bias ?? values });
  const inputs = bias === undefined ? [x, values] : [x, values, bias];
  trace.differentiable({
    inputs,
    output: y,
    backward(upstream) {
      const dy = fused ? throughRelu(y, upstream) : upstream;
      if (weight.kind === "sparse") showOperands(weight, { dy, x });
      const dw = weightGradient(weight, dy, x);
      const db = bias === undefined ? undefined : biasGradient(dy);
      // The input's gradient comes last, so that a relu below can become its epilogue.
      const dx = trace.wantsGradient(x) ? multiplyTransposed(weight, dy, x.shape[1]) : undefined;
      return [dx, dw, db];
    },
  });
  return y;
}

/** The gradient of a bias: the sum of every row. */
export function biasGradient(dy: Tensor): Tensor {
  const { trace, rows, columns } = dy;
  const gradient = trace.transient([rows], "gradients");
  trace.emit(rowSum, [dy, gradient], { rows, columns });
  return gradient;
}
