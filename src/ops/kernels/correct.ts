/**
 * 1 where the largest logit of a column (the lowest class among equals) is its label, else 0.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import wgsl from "../../../wgsl/correct.wgsl" with { type: "text" };

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
    wgsl,
    dispatches: (p, traits) => overItems(p.columns, traits),
  },
};
