/**
 * Gradient of the image of a convolution by a matrix of units: every pixel of channel c of `dx` collects `values * dy` from
 * the windows that it is in; see convolution.ts. The lists are those of the transposed view: one for each column of units,
 * of the rows of units that have it; `slot` says which unit of `values`, `[*, unitWidth, unitHeight]`, an entry is. Neighbouring
 * inputs of a unit are taps, which meet different pixels: each is followed by itself. `epilogue` as in epilogue.ts;
 * `extra` is the gate, of the shape of `dx`.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import { overLines, termBytes, UNIT_PARAMS, unitFlops, WINDOW_PARAMS } from "./convolution.ts";
import { inStretches, longestList, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `conv_block_spmm_transposed`. */
export const convBlockSpmmTransposed: Kernel = {
  name: "conv_block_spmm_transposed",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "slot", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "epilogue", type: "u32" },
    ...UNIT_PARAMS,
  ],
  epilogue: { extra: "extra", output: "dx" },
  gpu: withEpilogue({ dispatchParams: STRETCH_PARAMS, dispatches }),
  scratch: (p) => termBytes(p.rows * p.kernelHeight * p.kernelWidth),
  flops: unitFlops,
};

/** An invocation for a channel of a pixel, which goes through a list for every tap, and through the rows of each unit. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const lines = overLines(p.channels * p.height * p.width, p, traits).map((dispatch) => ({
    ...dispatch,
    constants: { ...dispatch.constants, WIDE: p.wide, WIDTH: p.unitWidth },
  }));
  const taps = p.kernelHeight * p.kernelWidth;
  const pace = { terms: 1, steps: taps * (p.unitHeight / 4 + 2), beside: 2 * taps };
  return inStretches(longestList(Math.ceil(p.rows / p.unitHeight), p.capacity), pace, lines);
}
