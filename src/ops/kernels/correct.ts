/**
 * 1 where the largest logit of a column (the lowest class among equals) is its label, else 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";
import { inParts, partsOf, partsScratch } from "./parts.ts";
import { CLASS_PART } from "./softmax.ts";

/** The kernel `correct`. */
export const correct: Kernel = {
  name: "correct",
  bindings: [
    { name: "logits", access: "read", type: "f32" },
    { name: "labels", access: "read", type: "u32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "classes", type: "u32" },
    { name: "columns", type: "u32" },
  ],
  gpu: {
    dispatches: ({ classes, columns }, traits) => {
      const parts = partsOf(classes, CLASS_PART);
      return inParts(
        parts,
        stepping(classes, overItems(columns, traits)),
        [
          ...stepping(parts.size, overItems(parts.count * columns, traits), "parts"),
          ...stepping(parts.count, overItems(columns, traits)),
        ],
      );
    },
    // A class and its logit of every part.
    scratch: ({ classes, columns }) => partsScratch(partsOf(classes, CLASS_PART), columns, 8),
  },
};
