/**
 * Plain gradient descent: `values -= learningRate * (clip[0] * gradient + weightDecay * values)`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `sgd`. */
export const sgd: Kernel = {
  name: "sgd",
  bindings: [
    { name: "values", access: "readwrite", type: "f32" },
    { name: "gradient", access: "read", type: "f32" },
    { name: "clip", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "weightDecay", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
