/**
 * Softmax cross-entropy of every column of `logits` [classes, columns] against its integer label:
 * `losses[c] = log(sum_i exp(logits[i, c])) - labelShare logits[labels[c], c] - classShare sum_i logits[i, c]`, with the
 * largest logit subtracted first. Where the share s of the target is spread over all classes alike (label smoothing, Szegedy
 * et al., CVPR 2016, section 7), `labelShare` is 1 - s and `classShare` is s / classes; 1 and 0 are the plain cross-entropy.
 * Both come from the host, because a float32 1 - s has the rounding of s.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { softmaxDispatches, softmaxScratch } from "./softmax.ts";

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
    { name: "labelShare", type: "f32" },
    { name: "classShare", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => softmaxDispatches(p, traits, 2, { items: p.columns, loops: 0 }),
    scratch: softmaxScratch,
  },
};
