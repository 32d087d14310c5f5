/**
 * Gradient of the cross-entropy: `dlogits[i, c] = (softmax(logits[:, c])[i] - (1 - s) [i = labels[c]] - s / classes) * upstream[c]`,
 * with the share s = `smoothing` of the target spread over all classes alike.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import wgsl from "../../../wgsl/cross_entropy_gradient.wgsl" with { type: "text" };

/** The kernel `cross_entropy_gradient`. */
export const crossEntropyGradient: Kernel = {
  name: "cross_entropy_gradient",
  bindings: [
    { name: "logits", access: "read", type: "f32" },
    { name: "labels", access: "read", type: "u32" },
    { name: "upstream", access: "read", type: "f32" },
    { name: "dlogits", access: "write", type: "f32" },
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
