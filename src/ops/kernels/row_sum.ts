/**
 * Sum of every row of `x` [rows, columns]: the gradient of a bias.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import wgsl from "../../../wgsl/row_sum.wgsl" with { type: "text" };

/** The kernel `row_sum`. */
export const rowSum: Kernel = {
  name: "row_sum",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches: (p, traits) => overItems(p.rows, traits),
  },
};
