/**
 * Mean of the first `step.examples` entries of `x` [columns] into `out[0]`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { LANE_STEPS, oneGroup, overGroups, stepping } from "./grid.ts";
import { inParts, partsOf, partsScratch } from "./parts.ts";

/** Entries of a part; a workgroup of 64 goes through it. */
const PART = 65_536;

/** The kernel `mean`. */
export const mean: Kernel = {
  name: "mean",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "out", access: "write", type: "f32" },
  ],
  params: [
    { name: "columns", type: "u32" },
  ],
  gpu: {
    dispatches: ({ columns }, traits) => {
      const parts = partsOf(columns, PART);
      const steps = parts.size / 64 + 1 + LANE_STEPS;
      return inParts(
        parts,
        stepping(steps, oneGroup()),
        [
          ...stepping(steps, overGroups(parts.count, traits), "parts"),
          ...stepping(Math.ceil(parts.count / 64) + 1 + LANE_STEPS, oneGroup()),
        ],
      );
    },
    scratch: ({ columns }) => partsScratch(partsOf(columns, PART), 1, 4),
  },
};
