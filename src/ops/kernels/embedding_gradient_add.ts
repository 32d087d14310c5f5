/**
 * The gradient of the table of `embedding`, added to another one of it: `gradient[t, f]` grows by what `embedding_gradient`
 * gives. A table that something else is made of too has one gradient in memory, and rows without a token are not touched.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { embeddingGradient } from "./embedding_gradient.ts";

/** The kernel `embedding_gradient_add`. */
export const embeddingGradientAdd: Kernel = {
  ...embeddingGradient,
  name: "embedding_gradient_add",
  bindings: embeddingGradient.bindings.map((binding) =>
    binding.name === "gradient" ? { ...binding, access: "readwrite" } : binding
  ),
  gpu: {
    ...embeddingGradient.gpu,
    // No stretch is the first: there is always something to add to.
    dispatches: (p, traits) =>
      embeddingGradient.gpu.dispatches(p, traits).map((dispatch) => ({
        ...dispatch,
        constants: { ...dispatch.constants, FIRST: 0 },
      })),
  },
};
