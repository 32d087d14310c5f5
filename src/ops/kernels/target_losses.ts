/**
 * A number for every column of `outputs` [rows, columns], from what its targets [rows, columns] say of each output. With x
 * an output, t its target, and mean the mean over the rows of the column, by `kind` (see {@linkcode TARGET_LOSS}):
 * `square` mean (x - t)^2; `absolute` mean |x - t|;
 * `logistic` mean p u softplus(-x) + (1 - u) softplus(x), the binary cross-entropy of the logit x, where
 * u = targetScale t + targetShift (label smoothing), p = `positiveWeight`, softplus(z) = max(z, 0) + log(1 + exp(-|z|));
 * `right` mean [(x > 0) = (t > 1/2)]; `exact` 1 if that holds in every row, else 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { inParts, partsOf, partsScratch } from "./parts.ts";

/** Rows of a part. */
const PART = 1024;

/** The kernel `target_losses`. */
export const targetLosses: Kernel = {
  name: "target_losses",
  bindings: [
    { name: "outputs", access: "read", type: "f32" },
    { name: "targets", access: "read", type: "f32" },
    { name: "losses", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "kind", type: "u32" },
    { name: "positiveWeight", type: "f32" },
    { name: "targetScale", type: "f32" },
    { name: "targetShift", type: "f32" },
  ],
  gpu: {
    dispatches: ({ rows, columns }, traits) => {
      const parts = partsOf(rows, PART);
      const whole = overItems(columns, traits);
      return inParts(
        parts,
        stepping(rows + 1, whole),
        [
          ...stepping(parts.size + 1, overItems(parts.count * columns, traits), "parts"),
          ...stepping(parts.count + 1, whole),
        ],
      );
    },
    scratch: ({ rows, columns }) => partsScratch(partsOf(rows, PART), columns, 4),
  },
};
