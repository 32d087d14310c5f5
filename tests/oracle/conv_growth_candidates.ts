/**
 * `conv_growth_candidates` in float64: see `src/ops/kernels/conv_growth_candidates.ts`.
 *
 * @module
 */
import { windowsOf } from "./convolution.ts";
import { growthCandidates } from "./growth_candidates.ts";
import type { Inputs, Outputs } from "./types.ts";

/** The candidates over the matrix of windows, written down; exact scores are asked for as there. */
export function convGrowthCandidates(
  arrays: Inputs,
  p: Readonly<Record<string, number>>,
): Outputs {
  const shape = {
    inputs: p.channels * p.kernelHeight * p.kernelWidth,
    columns: p.outHeight * p.outWidth * p.columns,
    height: p.unitHeight,
    width: p.unitWidth,
  };
  return growthCandidates({ ...arrays, x: windowsOf(arrays.x, p) }, { ...p, ...shape });
}
