/**
 * Dropout.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { dropping, type DroppingKey } from "./kernels/dropping.ts";
import { dropout as dropoutKernel } from "./kernels/dropout.ts";

/** Where the random numbers of {@linkcode dropout} come from. */
export type DropoutOptions = DroppingKey;

/**
 * Zeros for a random share of the elements, and `1 / (1 - rate)` times the others (Srivastava et al. 2014). Which ones depends on
 * the seed, the stream, the step and the batch of its update alone: on both devices, and whatever the number of threads, they are
 * the same. Nothing is kept for the gradient, which draws them again.
 *
 * @param x Any shape.
 * @param rate Share that is dropped; rounded to a multiple of 2^-16.
 * @returns The same shape; `x` itself where the rate is 0.
 * @throws {RangeError} if the rate is not a number from 0 up to but not including 1.
 * @example
 * ```ts
 * import { createDevice, dropout, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(8, 32)], (x) => dropout(x, 0.5, { seed: 1, stream: 0 }));
 * program.run([new Float32Array(8 * 32).fill(1)], { step: 0, totalSteps: 1 });
 * const y = await program.floats(0);
 * console.assert(y.every((value) => value === 0 || value === 2) && y.includes(0) && y.includes(2));
 * ```
 */
export function dropout(x: Tensor, rate: number, key: DropoutOptions): Tensor {
  const { trace } = x;
  const params = { length: x.elements, ...dropping(rate, key) };
  if (rate === 0) return x;
  const y = trace.activation(x.shape);
  trace.emit(dropoutKernel, [x, trace.step, y], params);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward(dy) {
      const dx = trace.activation(x.shape);
      trace.emit(dropoutKernel, [dy, trace.step, dx], params);
      return [dx];
    },
  });
  return y;
}
