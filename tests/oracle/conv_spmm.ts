/**
 * `conv_spmm` in float64: see `src/ops/kernels/conv_spmm.ts`.
 *
 * @module
 */
import { convolve, ofRows } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** Row r of y is the sum of its connections' values times their inputs of the windows of x, then the epilogue. */
export function convSpmm(arrays: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { values, x, extra } = arrays;
  return { y: convolve(ofRows(arrays, params), values, x, extra, params) };
}
