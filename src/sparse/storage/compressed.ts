/**
 * Compressed: the values of the active units alone, from the first step to the checkpoint. Nothing of the weight is ever dense.
 *
 * @module
 */
import { areaOf } from "../geometry.ts";
import { runsOf } from "../init.ts";
import type { WeightStorage } from "./storage.ts";

/** Values of active units, which move with them. */
export const compressed: WeightStorage = {
  name: "compressed",
  gradient: "active",
  moves: true,
  shape: ({ capacity, unit }) => [capacity, unit.width, unit.height],
  first: (pattern, draw) => draw(pattern.capacity * areaOf(pattern.unit), runsOf(pattern)),
  slots: (_, stored) => stored,
};
