/**
 * `conv_transposed` in float64: see `src/ops/kernels/conv_transposed.ts`.
 *
 * @module
 */
import { convolveTransposed, dense } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** Every pixel of dx collects the weights times dy from the windows that it is in, then the epilogue. */
export function convTransposed(arrays: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { weight, dy, extra } = arrays;
  return { dx: convolveTransposed(dense(params), weight, dy, extra, params) };
}
