/**
 * `conv_block_spmm_transposed` in float64: see `src/ops/kernels/conv_block_spmm_transposed.ts`.
 *
 * @module
 */
import { convolveTransposed, ofUnitColumns } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** Every pixel of dx collects the values of units times dy from the windows that it is in, then the epilogue. */
export function convBlockSpmmTransposed(
  arrays: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { values, dy, extra } = arrays;
  return { dx: convolveTransposed(ofUnitColumns(arrays, params), values, dy, extra, params) };
}
