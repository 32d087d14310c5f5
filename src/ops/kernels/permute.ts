/**
 * Values in the order of the transposed view: `out[i] = values[slot[i]]`, 0 where `slot[i]` is 0xffffffff.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `permute`. */
export const permute: Kernel = {
  name: "permute",
  bindings: [
    { name: "slot", access: "read", type: "u32" },
    { name: "values", access: "read", type: "f32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
