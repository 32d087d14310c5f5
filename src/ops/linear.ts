/**
 * The linear operation `y = W x + b`, with `W` dense or sparse.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { affine, type LinearOptions } from "./affine.ts";
import type { Matrix } from "./matrix.ts";
import { multiply, multiplyTransposed, weightGradient } from "./products.ts";

/**
 * `y = W x + b`.
 *
 * @param x `[inputs, examples]`
 * @param weight `W`, `[rows, inputs]`
 * @returns `[rows, examples]`
 * @throws {TypeError} if `x` has another number of features than `W` has inputs.
 */
export function linear(x: Tensor, weight: Matrix, options: LinearOptions = {}): Tensor {
  if (x.shape.length !== 2 || x.rows !== weight.inputs) {
    throw new TypeError(
      `Cannot apply a linear layer [${weight.rows}, ${weight.inputs}] to x [${x.shape}]: ` +
        `expected x [${weight.inputs}, examples]`,
    );
  }
  const examples = x.shape[1];
  return affine(x, weight, {
    shape: [weight.rows, examples],
    forward: (y, epilogue) => multiply(weight, x, y, epilogue),
    weightGradient: (dy) => weightGradient(weight, dy, x),
    inputGradient: (dy) => multiplyTransposed(weight, dy, examples),
  }, options);
}
