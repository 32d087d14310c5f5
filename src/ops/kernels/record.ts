/**
 * Copies `value[0]` to `ring[step.slot % size]`; the other entries of the ring stay.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { oneGroup } from "./grid.ts";

/** The kernel `record`. */
export const record: Kernel = {
  name: "record",
  bindings: [
    { name: "value", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "ring", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "size", type: "u32" },
  ],
  gpu: {
    dispatches: oneGroup,
  },
};
