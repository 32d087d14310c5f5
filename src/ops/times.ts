/**
 * A tensor times a number that comes with a batch.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { scaleBy } from "./kernels/scale_by.ts";

/**
 * `factor[0] x`: what a loss counts that fades over a run. Nothing is differentiated by the factor.
 *
 * @param x Any shape, a scalar too.
 * @param factor f32; its first number counts.
 * @returns The same shape.
 * @throws {TypeError} if the factor is no f32.
 * @example
 * ```ts
 * import { createDevice, matrix, times } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(2, 32), matrix(1, 32)], (x, by) => times(x, by));
 * program.run([new Float32Array(64).fill(3), new Float32Array(32).fill(0.5)]);
 * console.assert((await program.floats(0))[40] === 1.5);
 * ```
 */
export function times(x: Tensor, factor: Tensor): Tensor {
  const { trace, shape, elements: length } = x;
  if (factor.type !== "f32") {
    throw new TypeError(`Cannot multiply by ${factor.type} [${factor.shape}]: expected f32`);
  }
  const y = trace.activation(shape);
  trace.emit(scaleBy, [x, factor, y], { length });
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(upstream) {
      const gradient = shape.length === 0
        ? trace.transient(shape, "gradients")
        : trace.activation(shape);
      trace.emit(scaleBy, [upstream, factor, gradient], { length });
      return [gradient];
    },
  });
  return y;
}
