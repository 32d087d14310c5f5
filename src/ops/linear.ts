/**
 * The linear operation `y = W x + b`, with `W` dense or sparse.
 *
 * @module
 */
import { COLUMN_TILE } from "../device/kernel.ts";
import type { Tensor } from "../program/trace.ts";
import { affine, affineResult, type LinearOptions } from "./affine.ts";
import type { Matrix } from "./matrix.ts";
import { multiply, multiplyTransposed, weightGradient } from "./products.ts";

/**
 * `y = W x + b`, along the features whatever other axes there are.
 *
 * @param x `[inputs, ..., examples]`
 * @param weight `W`, `[rows, inputs]`
 * @returns `[rows, ..., examples]`
 * @throws {TypeError} if `x` has another number of features than `W` has inputs.
 */
export function linear(x: Tensor, weight: Matrix, options: LinearOptions = {}): Tensor {
  const { rows, inputs } = weight;
  if (x.shape.length < 2 || x.rows !== inputs) {
    throw new TypeError(
      `Cannot apply a linear layer [${rows}, ${inputs}] to x [${x.shape}]: expected x [${inputs}, ..., examples]`,
    );
  }
  if (x.columns !== 1 && x.columns % COLUMN_TILE !== 0) {
    throw new TypeError(
      `Cannot apply a linear layer to x [${x.shape}] in a program of a single example: its columns are not padded; ` +
        `expected x [${inputs}, 1], or a program of inputs made by matrix()`,
    );
  }
  const [, ...others] = x.shape;
  const { y, epilogue } = affineResult(x, weight, [rows, ...others], options);
  multiply(weight, x, y, epilogue);
  return affine(y, {
    ...{ ...options, x, weight },
    weightGradient: (dy) => weightGradient(weight, dy, x),
    inputGradient: (dy) => multiplyTransposed(weight, dy),
  });
}
