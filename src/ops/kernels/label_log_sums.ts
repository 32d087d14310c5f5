/**
 * What a softmax over all labels needs of their logits, a chunk of labels at a time. `logits` [rows, columns] are those of the
 * labels `first` to `first + rows`; `labels` [most, columns] and `weights` say which labels apply and what each counts, as in
 * `label_losses`. `logs` [4, columns] holds, of the chunks so far and then of this one too, for each column
 *
 * the largest logit; the sum of exp(logit - largest); the sum of the weights of labels that apply; how many of them there are.
 *
 * Where `fresh` is 1 nothing counts that it holds. The sum of a chunk is made by itself, then added.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `label_log_sums`. */
export const labelLogSums: Kernel = {
  name: "label_log_sums",
  bindings: [
    { name: "logits", access: "read", type: "f32" },
    { name: "labels", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "logs", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "first", type: "u32" },
    { name: "most", type: "u32" },
    { name: "weighted", type: "u32" },
    { name: "fresh", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    // The largest, then the sum; the first stretch goes through the labels too.
    dispatches: ({ rows, columns, most }, traits) =>
      inStretches(
        rows,
        { terms: 1, steps: 2, beside: most + 3 },
        overItems(columns, traits),
      ),
  },
};
