/**
 * A run of elements: `y[to + i] = x[begin + i]`; the other elements of `y` stay.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `copy`. */
export const copy: Kernel = {
  name: "copy",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "y", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "begin", type: "u32" },
    { name: "to", type: "u32" },
  ],
  run: { output: "y", source: "x" },
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
