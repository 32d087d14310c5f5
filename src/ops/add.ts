/**
 * Sum of two tensors.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { add as addKernel } from "./kernels/mod.ts";

/**
 * `a + b`, element by element.
 *
 * @param a Any shape.
 * @param b The same shape.
 * @returns The same shape.
 * @throws {TypeError} if the shapes differ.
 */
export function add(a: Tensor, b: Tensor): Tensor {
  const { trace, shape } = a;
  if (String(shape) !== String(b.shape)) {
    throw new TypeError(`Cannot add [${b.shape}] to [${shape}]: expected the same shape`);
  }
  const y = trace.activation(shape);
  trace.emit(addKernel, [a, b, y], { length: a.elements });
  trace.differentiable({
    inputs: [a, b],
    output: y,
    backward(upstream) {
      // Both read it, so that no relu may become part of the product that gave it.
      trace.share(upstream);
      return [upstream, upstream];
    },
  });
  return y;
}
