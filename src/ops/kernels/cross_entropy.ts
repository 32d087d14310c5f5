/**
 * Softmax cross-entropy of every column of `logits` [classes, columns] against its integer label:
 * `losses[c] = log(sum_i exp(logits[i, c])) - (1 - s) logits[labels[c], c] - s mean_i logits[i, c]`, with the largest logit
 * subtracted first. `smoothing` s is the share of the target that is spread over all classes alike (label smoothing,
 * Szegedy et al., CVPR 2016, section 7); 0 is the plain cross-entropy.
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
    { name: "smoothing", type: "f32" },
  ],
  gpu: {
    wgsl,
    dispatches: (p, traits) => overItems(p.columns, traits),
  },
};
