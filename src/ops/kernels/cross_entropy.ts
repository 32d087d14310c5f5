/**
 * Softmax cross-entropy of every column of `logits` [classes, columns] against its integer label:
 * `losses[c] = log(sum_i exp(logits[i, c])) - logits[labels[c], c]`, with the largest logit subtracted first.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import wgsl from "../../../wgsl/cross_entropy.wgsl" with { type: "text" };

/** The kernel `cross_entropy`. */
export const crossEntropy: Kernel = {
  name: "cross_entropy",
  bindings: [
    { name: "logits", access: "read", type: "f32" },
    { name: "labels", access: "read", type: "u32" },
    { name: "losses", access: "write", type: "f32" },
  ],
  params: [
    { name: "classes", type: "u32" },
    { name: "columns", type: "u32" },
  ],
  gpu: {
    wgsl,
    dispatches: (p, traits) => overItems(p.columns, traits),
  },
};
