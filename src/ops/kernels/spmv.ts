/**
 * Sparse product with one vector: `y = W x`, for a matrix of connections or of units; lists and values as in `spmm` and
 * `block_spmm` (`height` and `width` are 1 for connections). `epilogue` as in
 * epilogue.ts; `extra` is the bias [rows]. For programs of a single example, whose activations have one column.
 *
 * @module
 */
import type { Dispatch, Kernel, Params, Traits } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { inStretches, longestList, STRETCH_PARAMS } from "./stretches.ts";
import { withEpilogue } from "./epilogue.ts";

/** The kernel `spmv`. */
export const spmv: Kernel = {
  name: "spmv",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "extra", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "epilogue", type: "u32" },
    { name: "height", type: "u32" },
    { name: "width", type: "u32" },
  ],
  epilogue: { extra: "extra", output: "y" },
  gpu: withEpilogue({
    dispatchParams: STRETCH_PARAMS,
    dispatches,
  }),
  flops: (p) => 2 * p.capacity * p.height * p.width,
};

/** An invocation for each row, which takes four inputs of a unit at a time. */
function dispatches(p: Params, traits: Traits): readonly Dispatch[] {
  const terms = Math.min(p.width, 4);
  const constants = { WIDE: p.wide, WIDTH: p.width, TERMS: terms };
  return inStretches(
    longestList(Math.ceil(p.inputs / p.width), p.capacity) * p.width,
    { terms },
    overItems(p.rows, traits).map((dispatch) => ({ ...dispatch, constants })),
  );
}
