/**
 * `spmv` in float64: `block_spmm` of one column; see `src/ops/kernels/spmv.ts`.
 *
 * @module
 */
import { blockSpmm } from "./block_spmm.ts";
import type { Inputs, Outputs } from "./types.ts";

/** y[r] = the sum over the units s of r's row of units, and their inputs c, of values[s, c, r] * x[c], then the epilogue. */
export function spmv(inputs: Inputs, params: Readonly<Record<string, number>>): Outputs {
  return blockSpmm(inputs, { ...params, columns: 1 });
}
