/**
 * Losses over a chunk of labels, and their gradient in the place of the logits. `logits` [rows, columns] are those of the labels
 * `first` to `first + rows`; `labels` [most, columns] says which labels apply to each column: ascending and distinct, then
 * numbers at or above `first + rows`, of which none is looked at beyond the first. With z a logit, y = 1 where its label
 * applies, else 0, and w `weights[row]` where `weighted` is 1 and y is, else 1, a loss is by `kind` (see {@linkcode LABEL_LOSS})
 *
 * `hinge`     w max(0, 1 - (2 y - 1) z)^2
 * `logistic`  w softplus((1 - 2 y) z), softplus(z) = log(1 + exp(z))
 * `softmax`   y w / n (log(sum of exp over all labels) - z), n the number of labels that apply to the column
 *
 * times a column's share: `scale / step.examples`, and 0 for padding. `logits` becomes the derivative of share times loss,
 * `sums[row]` the sum of that over the columns: the gradient of a bias. `losses[b]` is the sum of the losses of eight rows and all
 * columns, 0 behind the last ones up to a multiple of 32. Without `weighted`, `weights` is any buffer.
 * `softmax` reads of all labels what `label_log_sums` leaves in `logs`, which else is any buffer; its derivative is that of the
 * losses of all labels, and a column to which none applies has neither.
 *
 * On WebGPU a first dispatch says in scratch memory which labels apply, a bit for each: 32 rows of a column are a word.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { COLUMN_TILE, roundUp } from "../../device/kernel.ts";
import { overGroups, overItems, stepping } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** Rows whose losses are one sum. */
export const LABEL_ROWS = 8;

/** Sums of losses of so many rows: a multiple of 32, as sums of rows take them. */
export function lossBlocks(rows: number): number {
  return roundUp(Math.ceil(rows / LABEL_ROWS), 32);
}

/** Rows of a column whose bits are a word. */
const MARKED_ROWS = 32;

/** Steps of the search in the labels of a column, and then at most one for each row of a word. */
const MARK_STEPS = 33 + MARKED_ROWS + 1;

/** The kernel `label_losses`. */
export const labelLosses: Kernel = {
  name: "label_losses",
  bindings: [
    { name: "logits", access: "readwrite", type: "f32" },
    { name: "labels", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "logs", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "losses", access: "write", type: "f32" },
    { name: "sums", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "first", type: "u32" },
    { name: "most", type: "u32" },
    { name: "kind", type: "u32" },
    { name: "weighted", type: "u32" },
    { name: "scale", type: "f32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    scratch: ({ rows, columns }) => 4 * Math.ceil(rows / MARKED_ROWS) * columns,
    dispatches: ({ rows, columns }, traits) => {
      const marks = overItems(Math.ceil(rows / MARKED_ROWS) * columns, traits);
      return [
        ...stepping(MARK_STEPS, marks, "marks").map((dispatch) => ({
          ...dispatch,
          params: { firstTerm: 0, someTerms: 0 },
        })),
        ...inStretches(
          columns,
          { terms: COLUMN_TILE, beside: 9 * LABEL_ROWS + 2 },
          overGroups(lossBlocks(rows), traits),
        ),
      ];
    },
  },
  // A bit for each logit, a row of logits, and a factor for each column.
  scratch: ({ rows, columns }) => 4 * (rows * Math.ceil(columns / 32) + 2 * columns),
};
