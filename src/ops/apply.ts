/**
 * How a pointwise operation is applied to a tensor.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { gradientReads, keepsSlope, type Pointwise } from "./expression.ts";
import { pointwise } from "./kernels/pointwise.ts";
import { pointwiseGradient } from "./kernels/pointwise_gradient.ts";
import { pointwiseSlope } from "./kernels/pointwise_slope.ts";
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
  const call = trace.emit(pointwise, [x, y], params);
  let slope: Tensor | undefined;
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      if (!keepsSlope(operation)) {
        const operand = gradientReads(operation) === "x" ? x : y;
        trace.emit(pointwiseGradient, [operand, dy, dx], params);
        return [dx];
      }
      if (slope === undefined) {
        // Only now is it known that somebody asks for the slope.
        slope = trace.activation(x.shape);
        trace.replace(call, pointwiseSlope, [x, y, slope], params);
      }
      trace.emit(pointwiseGradient, [slope, dy, dx], { ...params, operation: NUMBERS.scaled });
      return [dx];
    },
  });
  return y;
}
