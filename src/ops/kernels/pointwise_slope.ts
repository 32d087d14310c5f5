/**
 * A pointwise operation of every element of `x`, and its derivative there: the gradient before it is that behind it times
 * `slope`. The operation is the one whose number is `operation` and whose derivative is computed of `x`, or a copy if that is 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { specialised } from "./epilogue.ts";
import { overVectors } from "./grid.ts";

/** The kernel `pointwise_slope`. */
export const pointwiseSlope: Kernel = {
  name: "pointwise_slope",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
    { name: "slope", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "operation", type: "u32" },
  ],
  gpu: specialised(
    { dispatches: (p, traits) => overVectors(p.length, traits) },
    ({ operation }) => operation,
  ),
};
