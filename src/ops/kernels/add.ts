/**
 * `y = a + b`: the sum of two gradients of one tensor.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `add`. */
export const add: Kernel = {
  name: "add",
  bindings: [
    { name: "a", access: "read", type: "f32" },
    { name: "b", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
