/**
 * Mean of the first `step.examples` entries of `x` [columns] into `out[0]`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { oneGroup } from "./grid.ts";
import wgsl from "../../../wgsl/mean.wgsl" with { type: "text" };

/** The kernel `mean`. */
export const mean: Kernel = {
  name: "mean",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "columns", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches: oneGroup,
  },
};
