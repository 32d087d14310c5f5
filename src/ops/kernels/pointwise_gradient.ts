/**
 * The gradient before a pointwise operation from `dy` behind it. `operand` is what the derivative is computed of: the operand
 * or the result of the operation, as its file says.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { gatedBy, specialised } from "./epilogue.ts";
import { overVectors } from "./grid.ts";

/** The kernel `pointwise_gradient`. */
export const pointwiseGradient: Kernel = {
  name: "pointwise_gradient",
  bindings: [
    { name: "operand", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "operation", type: "u32" },
  ],
  follower: {
    operand: "dy",
    extra: "operand",
    output: "dx",
    epilogue: (before, { operation }) => gatedBy(before, operation),
  },
  gpu: specialised(
    { dispatches: (p, traits) => overVectors(p.length, traits) },
    ({ operation }) => operation,
  ),
};
