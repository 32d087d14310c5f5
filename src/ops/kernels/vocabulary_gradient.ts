/**
 * The gradient of the losses of `vocabulary_losses` by their logits, in the place of those:
 * `logits[i, c] = (exp(logits[i, c] - largest[c]) inverse[c] - labelShare [i = words[c]] - classShare) shares[c]`, with
 * `statistics` [2, columns] of that kernel and `words` and `shares` from column `begin` on. `sums[i]` is the sum over the
 * columns: the gradient of a bias.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { LANE_STEPS, overGroups } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `vocabulary_gradient`. */
export const vocabularyGradient: Kernel = {
  name: "vocabulary_gradient",
  bindings: [
    { name: "logits", access: "readwrite", type: "f32" },
    { name: "statistics", access: "read", type: "f32" },
    { name: "words", access: "read", type: "u32" },
    { name: "shares", access: "read", type: "f32" },
    { name: "sums", access: "write", type: "f32" },
  ],
  params: [
    { name: "vocabulary", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "begin", type: "u32" },
    { name: "labelShare", type: "f32" },
    { name: "classShare", type: "f32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    // A workgroup goes through a row.
    dispatches: (p, traits) =>
      inStretches(p.columns, { terms: 64, beside: LANE_STEPS }, overGroups(p.vocabulary, traits)),
  },
};
