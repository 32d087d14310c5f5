/**
 * Compressed: the values of the active units alone, from the first step to the checkpoint. Nothing of the weight is ever dense.
 *
 * @module
 */
import { eachConnection } from "../convert.ts";
import { areaOf } from "../geometry.ts";
import { heScales } from "./he.ts";
import type { WeightStorage } from "./storage.ts";

/** Values of active units, which move with them. */
export const compressed: WeightStorage = {
  name: "compressed",
  gradient: "active",
  moves: true,
  shape: ({ capacity, unit }) => [capacity, unit.width, unit.height],
  first(pattern, random) {
    const scales = heScales(pattern);
    const values = new Float32Array(pattern.capacity * areaOf(pattern.unit));
    eachConnection(pattern, (at, row) => values[at] = scales[row] * random.normal());
    return values;
  },
  slots: (_, stored) => stored,
};
