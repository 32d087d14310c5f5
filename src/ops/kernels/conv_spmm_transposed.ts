/**
 * Gradient of the image of a sparse convolution: every pixel of channel c of `dx` collects `values[s] * dy[index[s]]` from
 * the windows that it is in; see convolution.ts. The lists are those of the transposed view: one for each input of the
 * matrix, of the rows that have it. `epilogue` as in epilogue.ts; `extra` is the gate, of the shape of `dx`.
 *
 * @module
 */
import {
  type Dispatch,
  type Kernel,
  LIST_TILE,
  type Params,
  type Traits,
} from "../../device/kernel.ts";
import { outElements, overLines, termBytes, WINDOW_PARAMS } from "./convolution.ts";
import { inStretches, longestList, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `conv_spmm_transposed`. */
export const convSpmmTransposed: Kernel = {
  name: "conv_spmm_transposed",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
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
  ],
  epilogue: { extra: "extra", output: "dx" },
  gpu: withEpilogue({ dispatchParams: STRETCH_PARAMS, dispatches }),
  scratch: (p) => termBytes(p.rows * p.kernelHeight * p.kernelWidth),
  flops: (p) => 2 * p.capacity * outElements(p),
};

/** An invocation for a channel of a pixel, which goes through a list for every tap. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const lines = overLines(p.channels * p.height * p.width, p, traits)
    .map((dispatch) => ({ ...dispatch, constants: { ...dispatch.constants, WIDE: p.wide } }));
  const taps = p.kernelHeight * p.kernelWidth;
  const pace = { terms: LIST_TILE, steps: taps, beside: 2 * taps };
  return inStretches(longestList(p.rows, p.capacity), pace, lines);
}
