/**
 * Product of a matrix of units: `y = W x`, where a unit is `height` rows by `width` inputs of `W`: a group slot
 * (`width` 1) or a block (`width` = `height`). `span` and `index` are lists as in `spmm`, but of rows of units
 * (`ceil(rows / height)` lists) and of columns of units (below `ceil(inputs / width)`); `values` holds
 * `[capacity, width, height]`, a unit's rows innermost. Units may reach over the edge of the matrix; what lies outside
 * has the value 0, is never read from `x` and never written to `y`.
 *
 * Lists of group slots begin at multiples of LIST_TILE and are padded to it with unit 0 of values 0, as in `spmm`. Lists of
 * blocks are NOT padded: one begins where the one before ends, at any slot, odd ones too (`index` of u16 is then read half
 * by half), and `capacity` is any number.
 * `rows` and `inputs` count connections; `x` is [inputs, columns], `y` is [rows, columns]. `epilogue` and `extra` as in
 * `spmm`. Over the transposed view, with the values that `block_transpose` gives, it is the gradient of the input.
 *
 * @module
 */
import { COLUMN_TILE, type Kernel, roundUp } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import wgsl from "../../../wgsl/block_spmm.wgsl" with { type: "text" };

/** The kernel `block_spmm`. */
export const blockSpmm: Kernel = {
  name: "block_spmm",
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
    { name: "columns", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
    { name: "epilogue", type: "u32" },
    { name: "height", type: "u32" },
    { name: "width", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches: (p, traits) => overItems(p.rows * p.columns / 4, traits),
  },
  // A tile of columns of `x`, packed, and the inputs of one list next to each other.
  scratch: (p) => 4 * COLUMN_TILE * (p.inputs + roundUp(p.inputs, p.width)),
  flops: (p) => 2 * p.capacity * p.height * p.width * p.columns,
};
