/**
 * `conv_block_sddmm` in float64: see `src/ops/kernels/conv_block_sddmm.ts`.
 *
 * @module
 */
import { gradients, ofUnits } from "./convolution.ts";
import type { Inputs, Outputs } from "./types.ts";

/** gradient[s, c, r] is the dot product of dy[r] and input c of all windows, for every connection of every unit s; exactly 0 elsewhere. */
export function convBlockSddmm(arrays: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { capacity, unitHeight, unitWidth } = params;
  const length = capacity * unitHeight * unitWidth;
  return { gradient: gradients(ofUnits(arrays, params), length, arrays, params) };
}
