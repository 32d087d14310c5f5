/**
 * What `attention_tiled_gradient` knows, in one buffer, since it has many: `known` is [3, heads, queries, columns], the `statistics`
 * of `attention_tiled` and for each query the sum over the features of a head of `y dy`, and behind these [keys, columns], the
 * mask, or 1 if not `masked`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { ATTENTION_PARAMS, entering } from "./attention_sizes.ts";
import { overItems } from "./grid.ts";
import { STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `attention_known`. */
export const attentionKnown: Kernel = {
  name: "attention_known",
  bindings: [
    { name: "y", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "statistics", access: "read", type: "f32" },
    { name: "mask", access: "read", type: "f32" },
    { name: "known", access: "write", type: "f32" },
  ],
  params: ATTENTION_PARAMS,
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    dispatches({ heads, depth, queries, keys, columns }, traits) {
      const rows = overItems(heads * queries * columns, traits);
      return [
        ...entering("rows", depth, rows),
        ...entering("sight", 1, overItems(keys * columns, traits)),
      ];
    },
  },
};
