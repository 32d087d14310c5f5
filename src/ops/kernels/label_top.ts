/**
 * The largest logits of every column so far, with their labels: a chunk of labels is added to what earlier chunks left. `logits`
 * [rows, columns] are those of the labels `first` to `first + rows`, or, where `numbered` is 1, of those that `numbers` [rows] says;
 * `scores` and `labels` [top, columns] are sorted by score, the largest first, the lower label first among equals. Where `fresh` is
 * 1 nothing counts that they hold. Places that no logit has taken hold the score -3.4028234663852886e38 and the label 0xffffffff; a
 * logit that is no number takes none.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `label_top`. */
export const labelTop: Kernel = {
  name: "label_top",
  bindings: [
    { name: "logits", access: "read", type: "f32" },
    { name: "numbers", access: "read", type: "u32" },
    { name: "scores", access: "readwrite", type: "f32" },
    { name: "labels", access: "readwrite", type: "u32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "first", type: "u32" },
    { name: "top", type: "u32" },
    { name: "fresh", type: "u32" },
    { name: "numbered", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    // A logit may go through the whole list.
    dispatches: ({ rows, columns, top }, traits) =>
      inStretches(
        rows,
        { terms: 1, steps: top + 1, beside: 2 * top + 2 },
        overItems(columns, traits),
      ),
  },
};
