/**
 * Rectified linear unit.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { relu as reluKernel, reluGradient } from "./kernels/mod.ts";

/**
 * `max(x, 0)`.
 *
 * @param x Any shape.
 * @returns The same shape.
 * @example
 * ```ts
 * import { createDevice, matrix, relu } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32)], (x) => relu(x));
 * program.run([new Float32Array(32).fill(-1)], { step: 0, totalSteps: 0 });
 * console.assert((await program.floats(0))[0] === 0);
 * ```
 */
export function relu(x: Tensor): Tensor {
  const { trace } = x;
  const y = trace.activation(x.shape);
  trace.emit(reluKernel, [x, y], { length: x.elements });
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(y.shape);
      trace.emit(reluGradient, [y, dy, dx], { length: y.elements });
      return [dx];
    },
  });
  return y;
}
