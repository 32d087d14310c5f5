/**
 * `conv_sddmm` in float64: see `src/ops/kernels/conv_sddmm.ts`.
 *
 * @module
 */
import { gradients, ofRows } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** gradient[s] is the dot product of dy[r] and input index[s] of all windows; exactly 0 on padding and tail. */
export function convSddmm(arrays: Inputs, params: Readonly<Record<string, number>>): Outputs {
  return { gradient: gradients(ofRows(arrays, params), params.capacity, arrays, params) };
}
