/**
 * SGD with momentum (PyTorch's form, no dampening): g = clip[0] * gradient + weightDecay * values;
 * `momentum = beta * momentum + g`; the update is `g + beta * momentum` with Nesterov, else `momentum`; `values -= learningRate * update`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `sgd_momentum`. */
export const sgdMomentum: Kernel = {
  name: "sgd_momentum",
  bindings: [
    { name: "values", access: "readwrite", type: "f32" },
    { name: "gradient", access: "read", type: "f32" },
    { name: "momentum", access: "readwrite", type: "f32" },
    { name: "clip", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "beta", type: "f32" },
    { name: "nesterov", type: "u32" },
    { name: "weightDecay", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
