/**
 * Takes from a weight what its mask leaves out: `values = 0` where `bits`, as `nm_select` leaves it, has none.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors, stepping } from "./grid.ts";

/** The kernel `nm_prune`. */
export const nmPrune: Kernel = {
  name: "nm_prune",
  bindings: [
    { name: "values", access: "readwrite", type: "f32" },
    { name: "bits", access: "read", type: "u32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
  ],
  // A loop over four elements.
  gpu: { dispatches: (p, traits) => stepping(5, overVectors(p.rows * p.inputs, traits)) },
};
