/**
 * Sum of two tensors.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { add as addKernel } from "./kernels/add.ts";

/**
 * `a + b`, element by element.
 *
 * @param a Any shape.
 * @param b The same shape.
 * @returns The same shape.
 * @throws {TypeError} if the shapes differ.
 * @example
 * ```ts
 * import { add, createDevice, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32), matrix(1, 32)], (a, b) => add(a, b));
 * program.run([new Float32Array(32).fill(1), new Float32Array(32).fill(2)], { step: 0, totalSteps: 0 });
 * console.assert((await program.floats(0))[0] === 3);
 * ```
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
    backward: (upstream) => [upstream, upstream],
  });
  return y;
}
