/**
 * `conv_spmm_transposed` in float64: see `src/ops/kernels/conv_spmm_transposed.ts`.
 *
 * @module
 */
import { convolveTransposed, ofInputs } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** Every pixel of dx collects values times dy from the windows that it is in, then the epilogue. */
export function convSpmmTransposed(
  arrays: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { values, dy, extra } = arrays;
  return { dx: convolveTransposed(ofInputs(arrays, params), values, dy, extra, params) };
}
