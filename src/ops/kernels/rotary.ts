/**
 * Turns pairs of features by the angle of their position, or back: with `x` and `y` [heads, 2, half, positions, examples] and
 * `table` [2, half, angles], cosines and then sines, the pair (a, b) of a head becomes
 * `(a cos - direction b sin, b cos + direction a sin)`. Position p of example e has the angles of `places[p, e]` where `placed`
 * is 1, else those of p.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `rotary`. */
export const rotary: Kernel = {
  name: "rotary",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "table", access: "read", type: "f32" },
    { name: "places", access: "read", type: "u32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [
    { name: "heads", type: "u32" },
    { name: "half", type: "u32" },
    { name: "positions", type: "u32" },
    { name: "examples", type: "u32" },
    { name: "angles", type: "u32" },
    { name: "placed", type: "u32" },
    { name: "direction", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overItems(p.heads * p.half * p.positions * p.examples, traits),
  },
};
