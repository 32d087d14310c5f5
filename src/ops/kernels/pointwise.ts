/**
 * A pointwise operation of every element of `x`: the one whose number is `operation` (`src/ops/pointwise`), or a copy if that
 * is 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { followedBy, specialised } from "./epilogue.ts";
import { overVectors } from "./grid.ts";

/** The kernel `pointwise`. */
export const pointwise: Kernel = {
  name: "pointwise",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "operation", type: "u32" },
  ],
  follower: {
    operand: "x",
    output: "y",
    epilogue: (before, { operation }) => followedBy(before, operation),
  },
  gpu: specialised(
    { dispatches: (p, traits) => overVectors(p.length, traits) },
    ({ operation }) => operation,
  ),
};
