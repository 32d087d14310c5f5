/**
 * Sums of rows of a `table` [vocabulary, features] that tokens name:
 * `y[f, c] = sum_p weights[p, c] table[tokens[p, c], f]`, with tokens and weights [positions, columns] and y
 * [features, columns]. Of one position it is the row itself. Without `weighted` all weights are 1, and `weights` is any
 * buffer. A token of weight 0, or one that is no row of the table, gives nothing, whatever the table holds.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** Positions whose rows are added before their sum is added to that of the others; mirrored in WGSL. */
const CHUNK = 256;

/** The kernel `embedding`. */
export const embedding: Kernel = {
  name: "embedding",
  bindings: [
    { name: "tokens", access: "read", type: "u32" },
    { name: "table", access: "read", type: "f32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "y", access: "write", type: "f32" },
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
    // A step for every position, and one for every so many of them.
    dispatches: (p, traits) =>
      inStretches(
        p.positions,
        { terms: CHUNK, steps: CHUNK + 2 },
        overItems(p.features * p.columns, traits),
      ),
  },
  flops: (p) => 2 * p.features * p.positions * p.columns,
};
