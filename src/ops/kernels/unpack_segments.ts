/**
 * Inputs of an N:M matrix from their places inside the segments: every row has `stride` slots (a multiple of LIST_TILE), the
 * first of them `n` for each segment of `m` inputs, fewer for a last segment that is shorter; `perRow` in all, then padding.
 * Slot j of a row lies in segment `floor(j / n)`, at the place that the `bits` bits from bit `bits * slot` of `packed` on say
 * (least significant first, over word borders). `index[slot]` is `segment * m + place`, 0 on padding; u16 pairs (low half
 * first) if `wide` is 0, else u32. `capacity` is `rows * stride`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `unpack_segments`. */
export const unpackSegments: Kernel = {
  name: "unpack_segments",
  bindings: [
    { name: "packed", access: "read", type: "u32" },
    { name: "index", access: "write", type: "u32" },
  ],
  params: [
    { name: "n", type: "u32" },
    { name: "m", type: "u32" },
    { name: "bits", type: "u32" },
    { name: "perRow", type: "u32" },
    { name: "stride", type: "u32" },
    { name: "capacity", type: "u32" },
    { name: "wide", type: "u32" },
  ],
  gpu: {
    // Four slots at a time: a list tile.
    dispatches: (p, traits) =>
      overItems(p.capacity / 4, traits).map((dispatch) => ({
        ...dispatch,
        constants: { WIDE: p.wide },
      })),
  },
  // Where the segment of each slot of a row begins, and which slots are padding.
  scratch: (p) => 4 * (p.stride + 8),
};
