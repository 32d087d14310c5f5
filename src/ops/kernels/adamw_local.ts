/**
 * `adamw` with bias corrections that count from the birth of each unit: connections that grew are corrected by the updates that
 * they have had, not by those of the run. With the age `a` of an element's unit, its updates before this one, it is
 * `m / corrections[2 a]` and `v / corrections[2 a + 1]`; from `ages` on the corrections are those of the step block.
 *
 * `births` has the step at which ages were written, then two ages a word, the first in the low half: that of slot s is the age
 * at that step. An element of `values` belongs to the slot `(begin + element) / area`.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overVectors } from "./grid.ts";

/** The kernel `adamw_local`. */
export const adamwLocal: Kernel = {
  name: "adamw_local",
  bindings: [
    { name: "values", access: "readwrite", type: "f32" },
    { name: "gradient", access: "read", type: "f32" },
    { name: "m", access: "readwrite", type: "f32" },
    { name: "v", access: "readwrite", type: "f32" },
    { name: "births", access: "read", type: "u32" },
    { name: "corrections", access: "read", type: "f32" },
    { name: "clip", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
  ],
  params: [
    { name: "length", type: "u32" },
    { name: "begin", type: "u32" },
    { name: "area", type: "u32" },
    { name: "ages", type: "u32" },
    { name: "beta1", type: "f32" },
    { name: "beta2", type: "f32" },
    { name: "rest1", type: "f32" },
    { name: "rest2", type: "f32" },
    { name: "epsilon", type: "f32" },
    { name: "weightDecay", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overVectors(p.length, traits),
  },
};
