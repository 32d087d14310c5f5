/**
 * Gradient of the cross-entropy:
 * `dlogits[i, c] = (softmax(logits[:, c])[i] - labelShare [i = labels[c]] - classShare) * upstream[c]`; see cross_entropy.ts.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { partsOf } from "./parts.ts";
import { CLASS_PART, softmaxDispatches, softmaxScratch } from "./softmax.ts";

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
    { name: "labelShare", type: "f32" },
    { name: "classShare", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => {
      const items = partsOf(p.classes, CLASS_PART).count * p.columns;
      return softmaxDispatches(p, traits, 3, { items, loops: 1 });
    },
    scratch: softmaxScratch,
  },
};
