/**
 * Sums of squares of `x` by chunks of SQUARE_CHUNK: chunk i goes to `partial[offset + i]`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { SQUARE_CHUNK } from "./constants.ts";
import { LANE_STEPS, overGroups, stepping } from "./grid.ts";

/** The kernel `square_sum`. */
export const squareSum: Kernel = {
  name: "square_sum",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "partial", access: "readwrite", type: "f32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "offset", type: "u32" },
  ],
  gpu: {
    // An invocation squares every 64th vector of its chunk.
    dispatches: (p, traits) =>
      stepping(
        SQUARE_CHUNK / 256 + 1 + LANE_STEPS,
        overGroups(Math.ceil(p.length / SQUARE_CHUNK), traits),
      ),
  },
};
