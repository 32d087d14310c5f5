/**
 * Product with the transpose of a matrix of groups: `y = transpose(W) x`, where `W` [rows, inputs] is as in `block_spmm`
 * with `width` 1. No transposed view is needed: the groups are added into `y` in their order, so that the sums are
 * reproducible. `x` is [rows, columns], `y` is [inputs, columns] and written whole: an input without a connection gets 0.
 * `epilogue` is none or gate; `extra` is the gate [inputs, columns].
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import wgsl from "../../../wgsl/group_spmm_transposed.wgsl" with { type: "text" };

/** The kernel `group_spmm_transposed`. */
export const groupSpmmTransposed: Kernel = {
  name: "group_spmm_transposed",
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
  ],
  gpu: {
    wgsl,
    dispatches: (p, traits) => overItems(p.columns / 4, traits),
  },
  // Eight columns of `y`, of a row behind it and of the rows of a group.
  scratch: (p) => 4 * 8 * (p.inputs + 1 + p.height),
  flops: (p) => 2 * p.capacity * p.height * p.columns,
};
