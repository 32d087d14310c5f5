/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2, decoupled weight decay): g = clip[0] * gradient;
 * m = beta1 m + rest1 g; v = beta2 v + rest2 g^2;
 * `values -= learningRate * (weightDecay * values + (m / biasCorrection1) / (sqrt(v / biasCorrection2) + epsilon))`.
 * Where the step block says `frozen`, v stays as it is. Where
 * `flush` is above 0, an m whose magnitude is not above it becomes 0, and so does a v that is no normal number. `rest1` and `rest2` are 1 - beta1 and 1 - beta2. They come from the host, because a float32 1 - beta has the rounding of
 * beta: with 0.9999, weights were off by 1.4e-3 after a hundred steps.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `adamw`. */
export const adamw: Kernel = {
  name: "adamw",
  bindings: [
    { name: "values", access: "readwrite", type: "f32" },
    { name: "gradient", access: "read", type: "f32" },
    { name: "m", access: "readwrite", type: "f32" },
    { name: "v", access: "readwrite", type: "f32" },
    { name: "clip", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "beta1", type: "f32" },
    { name: "beta2", type: "f32" },
    { name: "rest1", type: "f32" },
    { name: "rest2", type: "f32" },
    { name: "epsilon", type: "f32" },
    { name: "weightDecay", type: "f32" },
    { name: "flush", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
