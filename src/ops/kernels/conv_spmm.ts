/**
 * Sparse convolution: row r of `y` is the sum over its connections s of `values[s]` times input `index[s]` of the windows of
 * `x`; see convolution.ts, and spmm.ts for the lists. `epilogue` as in epilogue.ts; `extra` is the bias [rows] or
 * the gate, of the shape of `y`.
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
import { outElements, overLines, termBytes, WINDOW_PARAMS, windowInputs } from "./convolution.ts";
import { inStretches, longestList, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `conv_spmm`. */
export const convSpmm: Kernel = {
  name: "conv_spmm",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    ...WINDOW_PARAMS,
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "epilogue", type: "u32" },
  ],
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue({ dispatchParams: STRETCH_PARAMS, dispatches }),
  scratch: (p) => termBytes(windowInputs(p)),
  flops: (p) => 2 * p.capacity * outElements(p),
};

/** An invocation for a row of a pixel. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const lines = overLines(p.rows * p.outHeight * p.outWidth, p, traits)
    .map((dispatch) => ({ ...dispatch, constants: { ...dispatch.constants, WIDE: p.wide } }));
  return inStretches(longestList(windowInputs(p), p.capacity), { terms: LIST_TILE }, lines);
}
