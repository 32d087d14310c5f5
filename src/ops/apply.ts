/**
 * How a pointwise operation is applied to a tensor.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { gradientReads, type Pointwise } from "./expression.ts";
import { pointwise, pointwiseGradient } from "./kernels/mod.ts";
import { NUMBERS } from "./pointwise/numbers.ts";

/**
 * Applies an operation to every element, and records how it is differentiated.
 *
 * @param x Any shape.
 * @returns The same shape.
 * @throws {ReferenceError} if the kernels do not know the operation: its file is new.
 */
export function apply(operation: Pointwise, x: Tensor): Tensor {
  const { trace } = x;
  const number = NUMBERS[operation.name];
  if (number === undefined) {
    throw new ReferenceError(
      `Cannot apply "${operation.name}": the kernels do not know it; expected an operation of a file of ` +
        "src/ops/pointwise, after `deno task generate` and `deno task wasm`",
    );
  }
  const params = { length: x.elements, operation: number };
  const y = trace.activation(x.shape);
  trace.emit(pointwise, [x, y], params);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      trace.emit(pointwiseGradient, [gradientReads(operation) === "x" ? x : y, dy, dx], params);
      return [dx];
    },
  });
  return y;
}
