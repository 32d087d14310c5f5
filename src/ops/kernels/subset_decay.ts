/**
 * Decay of values of which a part is chosen: `values -= learningRate * share * values`, where the share is `inside` of those
 * that are chosen and `outside` of the others. `places` has 0xffffffff where a value is not chosen.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `subset_decay`. */
export const subsetDecay: Kernel = {
  name: "subset_decay",
  bindings: [
    { name: "values", access: "readwrite", type: "f32" },
    { name: "places", access: "read", type: "u32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "inside", type: "f32" },
    { name: "outside", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
