/**
 * Compressed: the values of the active units alone, from the first step to the checkpoint. Nothing of the weight is ever dense.
 *
 * @module
 */
import { eachConnection } from "../convert.ts";
import { areaOf } from "../geometry.ts";
import { firstValue, heScales } from "../init.ts";
import type { WeightStorage } from "./storage.ts";

/** Values of active units, which move with them. */
export const compressed: WeightStorage = {
  name: "compressed",
  gradient: "active",
  moves: true,
  shape: ({ capacity, unit }) => [capacity, unit.width, unit.height],
  first(pattern, random, init) {
    const scales = heScales(pattern);
    const next = firstValue(init, random);
    const values = new Float32Array(pattern.capacity * areaOf(pattern.unit));
    eachConnection(pattern, (at, row) => values[at] = next(scales[row]));
    return values;
  },
  slots: (_, stored) => stored,
};
