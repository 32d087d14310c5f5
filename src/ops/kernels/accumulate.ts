/**
 * One batch's share of an update over several: `sum = step.share * x` where `step.before` is 0, else `sum += step.share * x`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `accumulate`. */
export const accumulate: Kernel = {
  name: "accumulate",
  bindings: [
    { name: "sum", access: "readwrite", type: "f32" },
    { name: "x", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "length", type: "u32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
