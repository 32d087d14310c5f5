/**
 * Stochastic depth: what a branch gives is left out for some examples.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { batchedProduct } from "./batched_product.ts";
import type { DropoutOptions } from "./dropout.ts";
import { dropping } from "./kernels/dropping.ts";
import { dropout as dropoutKernel } from "./kernels/dropout.ts";
import { fill } from "./kernels/fill.ts";
import { reshape } from "./reshape.ts";

/**
 * Zeros for all features and positions of a random share of the examples, and `1 / (1 - rate)` times the others: stochastic depth
 * (Huang et al. 2016), in the form that keeps expectations, where the tensor is what a branch adds. Which examples these are
 * depends on the seed, the stream, the step, the batch of its update and the place in the batch alone; on both devices, and
 * whatever the number of threads, they are the same.
 *
 * @param x `[features, ..., examples]`
 * @param rate Share of the examples; rounded to a multiple of 2^-16.
 * @returns The same shape; `x` itself where the rate is 0.
 * @throws {RangeError} if the rate is not a number from 0 up to but not including 1.
 * @example
 * ```ts
 * import { createDevice, dropPath, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(8, 32)], (x) => dropPath(x, 0.5, { seed: 1, stream: 0 }));
 * program.run([new Float32Array(8 * 32).fill(1)], { step: 0, totalSteps: 1 });
 * const y = await program.floats(0);
 * // All of an example, or nothing.
 * console.assert(y.every((value, i) => value === y[i % 32]) && y.includes(0) && y.includes(2));
 * ```
 */
export function dropPath(x: Tensor, rate: number, key: DropoutOptions): Tensor {
  const { trace, shape, paddedExamples: columns } = x;
  const params = { length: columns, ...dropping(rate, key, "path") };
  if (rate === 0) return x;
  const examples = shape[shape.length - 1];
  const ones = trace.activation([1, 1, examples]);
  trace.emit(fill, [ones], { length: columns, to: 0, value: 1 });
  // What each example is multiplied by: 0, or the factor.
  const kept = trace.activation([1, 1, examples]);
  trace.emit(dropoutKernel, [ones, trace.step, kept], params);
  const line = reshape(x, [x.elements / columns, 1]);
  const over = { a: "positions", b: "features" } as const;
  return reshape(batchedProduct(line, kept, over), shape.slice(0, -1));
}
