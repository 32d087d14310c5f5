/**
 * The gradient of the table of `embedding`: `gradient[t, f]` is the sum of `weights[p, c] dy[f, c]` over the places (p, c) of
 * token t, which the lists of `token_lists` name as `p columns + c`, in their order; 0 for a token without a list. Without
 * `weighted` all weights are 1, and `weights` is any buffer.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { roundUp } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** Places that are added before their sum is added to that of the others; mirrored in WGSL. */
const CHUNK = 256;

/** Features that a thread turns at a time on WASM, as in `wasm/src/kernels/embedding_gradient.rs`. */
const BLOCK = 256;

/** The kernel `embedding_gradient`. */
export const embeddingGradient: Kernel = {
  name: "embedding_gradient",
  bindings: [
    { name: "start", access: "read", type: "u32" },
    { name: "order", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "gradient", access: "write", type: "f32" },
  ],
  params: [
    { name: "vocabulary", type: "u32" },
    { name: "features", type: "u32" },
    { name: "positions", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "weighted", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    // No list is longer than there are places.
    dispatches: (p, traits) =>
      inStretches(
        p.positions * p.columns,
        { terms: CHUNK, steps: CHUNK + 2 },
        overItems(p.vocabulary * p.features, traits),
      ),
  },
  scratch: ({ features, columns }) => 4 * columns * Math.min(roundUp(features, 4), BLOCK),
  flops: (p) => 2 * p.features * p.positions * p.columns,
};
