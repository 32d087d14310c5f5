/**
 * Other shapes of the same memory.
 *
 * @module
 */
import type { Shape, Tensor } from "../program/trace.ts";

/**
 * The same numbers in another shape; costs nothing. The last dimension, examples, stays.
 *
 * @param x Any shape of two dimensions or more.
 * @param features All dimensions but the last: their product must be that of `x`.
 * @throws {TypeError} if the numbers of elements differ.
 * @example
 * ```ts
 * import { createDevice, matrix, reshape } from "@filigree/filigree";
 *
 * // Four features as pictures of 2 x 2 pixels.
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(4, 32)], (x) => reshape(x, [1, 2, 2]));
 * program.run([new Float32Array(4 * 32).fill(5)], { step: 0, totalSteps: 0 });
 * console.assert((await program.floats(0))[0] === 5);
 * ```
 */
export function reshape(x: Tensor, features: Shape): Tensor {
  const { trace } = x;
  const examples = x.shape[x.shape.length - 1] ?? 1;
  const y = trace.view(x, [...features, examples]);
  trace.differentiable({
    inputs: [x],
    output: y,
    backward: (upstream) => [trace.view(upstream, x.shape)],
  });
  return y;
}
