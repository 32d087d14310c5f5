/**
 * `conv` in float64: see `src/ops/kernels/conv.ts`.
 *
 * @module
 */
import { convolve, dense } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** Row r of y is the product of row r of the weight with the windows of x, then the epilogue. */
export function conv(arrays: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { weight, x, extra } = arrays;
  return { y: convolve(dense(params), weight, x, extra, params) };
}
