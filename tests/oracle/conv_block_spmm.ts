/**
 * `conv_block_spmm` in float64: see `src/ops/kernels/conv_block_spmm.ts`.
 *
 * @module
 */
import { convolve, ofUnits } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** Row r of y is the sum over the units of its row of units, of their values times their inputs of the windows of x, then the epilogue. */
export function convBlockSpmm(arrays: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { values, x, extra } = arrays;
  return { y: convolve(ofUnits(arrays, params), values, x, extra, params) };
}
