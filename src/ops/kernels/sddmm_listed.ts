/**
 * Gradient of the active values of a product with sparse features, as `spmm_listed` takes them: for connection s of row r,
 * `gradient[s]` is the sum of `dy[r, c] weights[p, c]` over the places (p, c) of the token `first + index[s]`, in their order.
 * Writes every one of the `capacity` entries: those of inputs that no example has, padding inside a list and the tail behind the
 * last list get 0.
 *
 * On WebGPU an invocation owns a connection.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";
import { LISTED_FLOPS, LISTED_PARAMS, LISTED_SCRATCH } from "./spmm_listed.ts";
import { inStretches, STRETCH_PARAMS } from "./stretches.ts";

/** The kernel `sddmm_listed`. */
export const sddmmListed: Kernel = {
  name: "sddmm_listed",
  bindings: [
    { name: "span", access: "read", type: "u32" },
    { name: "index", access: "read", type: "u32" },
    { name: "start", access: "read", type: "u32" },
    { name: "order", access: "read", type: "u32" },
    { name: "weights", access: "read", type: "f32" },
    { name: "dy", access: "read", type: "f32" },
    { name: "gradient", access: "write", type: "f32" },
  ],
  params: LISTED_PARAMS,
  gpu: {
    dispatchParams: STRETCH_PARAMS,
    // A part of all places in the order of the lists; a list has some of them.
    dispatches: (p, traits) =>
      inStretches(
        p.positions * p.columns,
        { terms: 1 },
        overItems(p.capacity, traits).map((dispatch) => ({
          ...dispatch,
          constants: { WIDE: p.wide },
        })),
      ),
  },
  scratch: LISTED_SCRATCH,
  flops: LISTED_FLOPS,
};
