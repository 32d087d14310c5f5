/**
 * The mask of an N:M weight, and the weight under it: of each m consecutive inputs of a row (`along` 0), or outputs of an input
 * (`along` 1), the n of largest magnitude are in the mask, ties to the lowest. Where m does not divide them, the last segment
 * has the remaining t and `ceil(n * t / m)` of these. Magnitudes compare as the bits of numbers without their sign, so that
 * masks are the same everywhere.
 *
 * `control` says what may change from step to step, words of `MASK`: n and m (m at most `segment`), `beta`, what a weight
 * outside of the mask is multiplied by, `limit`: a segment whose magnitudes have a sum above it is in the mask as a whole, and
 * `mode`: 1 where everything that is not 0 is in the mask instead.
 *
 * `bits` has `ceil(inputs / 32)` words for each row, bit `i % 32` of word `floor(i / 32)` for input i, and 0 behind the last;
 * `flips` as many, to which the number of bits that change is added. `masked` is `w` inside, `beta * w` outside.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems, stepping } from "./grid.ts";

/** Most members of a segment: software finishes the loops over as many. */
export const LONGEST_SEGMENT = 512;

/** The kernel `nm_select`. */
export const nmSelect: Kernel = {
  name: "nm_select",
  bindings: [
    { name: "values", access: "read", type: "f32" },
    { name: "control", access: "read", type: "u32" },
    { name: "bits", access: "readwrite", type: "u32" },
    { name: "flips", access: "readwrite", type: "u32" },
    { name: "masked", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "inputs", type: "u32" },
    { name: "along", type: "u32" },
    { name: "segment", type: "u32" },
  ],
  gpu: {
    // One word of bits each: for each bit its magnitude against all of the segment, and their sum.
    dispatches: (p, traits) =>
      stepping(
        32 * (2 * Math.min(p.segment, LONGEST_SEGMENT) + 3),
        overItems(p.rows * Math.ceil(p.inputs / 32), traits),
      ),
  },
  // Magnitudes and masks of four segments, and the words of a row, or of the rows of a segment.
  scratch: (p) =>
    32 * (p.segment + 4) +
    4 * (Math.ceil(p.inputs / 32) + 1) * (p.along === 1 ? p.segment : 1),
};
