/**
 * `conv_gradient` in float64: see `src/ops/kernels/conv_gradient.ts`.
 *
 * @module
 */
import { dense, gradients } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** gradient[r, i] is the dot product of dy[r] and input i of all windows of x. */
export function convGradient(arrays: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const connections = dense(params);
  return { gradient: gradients(connections, connections.length, arrays, params) };
}
