/**
 * The gradient of `gather_positions` by `x`: `dx[f, p, e]` is the sum of `dy[f, k, e]` over the k with `places[k, e] = p`, in
 * their order; 0 for a position that none names. On WebGPU an invocation has a feature of an example, whose elements nobody
 * else writes.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, overVectors, stepping } from "./grid.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `gather_positions_gradient`. */
export const gatherPositionsGradient: Kernel = {
  name: "gather_positions_gradient",
  bindings: [
    { name: "dy", access: "read", type: "f32" },
    { name: "places", access: "read", type: "u32" },
    { name: "dx", access: "write", type: "f32" },
  ],
  params: [
    { name: "features", type: "u32" },
    { name: "positions", type: "u32" },
    { name: "count", type: "u32" },
    { name: "examples", type: "u32" },
  ],
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    dispatches(p, traits) {
      const clear = overVectors(p.features * p.positions * p.examples, traits);
      return [
        ...stepping(0, clear, "clear").map((dispatch) => ({
          ...dispatch,
          params: { firstTerm: 0, someTerms: 0 },
        })),
        // Each stretch adds to what is there, so that none is the first.
        ...inStretches(p.count, { terms: 1 }, overItems(p.features * p.examples, traits))
          .map(({ constants: _, ...dispatch }) => dispatch),
      ];
    },
  },
};
