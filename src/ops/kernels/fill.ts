/**
 * One number in a run of elements: `y[to + i] = value`; the other elements of `y` stay.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `fill`. */
export const fill: Kernel = {
  name: "fill",
  bindings: [
    { name: "y", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "to", type: "u32" },
    { name: "value", type: "f32" },
  ],
  run: { output: "y" },
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
