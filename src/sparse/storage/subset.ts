/**
 * Subset: the values of the active units alone, as compressed, of which the forward reads a part. What is not chosen counts as 0
 * forwards and for the gradient of the input, and is trained all the same. Which units are chosen is kept by the weight, a bit a
 * slot: all of them until somebody chooses. For recipes that train more connections than the model has, such as Top-KAST
 * (Jayakumar et al., NeurIPS 2020).
 *
 * @module
 */
import { NONE } from "../../ops/kernels/constants.ts";
import { permute } from "../../ops/kernels/permute.ts";
import { areaOf } from "../geometry.ts";
import type { Pattern } from "../pattern.ts";
import { compressed } from "./compressed.ts";
import type { View, WeightStorage } from "./storage.ts";

const view: View = {
  places,
  read(trace, stored, where) {
    const values = trace.transient([where.elements], "permuted");
    trace.emit(permute, [where, stored, values], { length: values.elements });
    return values;
  },
};

/** Values of active units, of which the forward reads some. */
export const subset: WeightStorage = { ...compressed, name: "subset", chooses: true, view };

/** Where each value lies that is read: in its own place, or nowhere. */
function places({ capacity, unit }: Pattern, chosen?: Uint32Array): Uint32Array {
  const area = areaOf(unit);
  const where = Uint32Array.from({ length: capacity * area }, (_, at) => at);
  if (chosen === undefined) return where;
  for (let slot = 0; slot < capacity; slot++) {
    if (!isChosen(chosen, slot)) where.fill(NONE, slot * area, (slot + 1) * area);
  }
  return where;
}

/** Whether a slot is in a set of bits. */
export function isChosen(chosen: Uint32Array, slot: number): boolean {
  return (chosen[slot >>> 5] >>> (slot & 31) & 1) === 1;
}

/** Values of slots as the forward reads them: 0 where they are not chosen. */
export function chosenValues(
  { capacity, unit }: Pattern,
  values: Float32Array,
  chosen: Uint32Array,
): Float32Array {
  const area = areaOf(unit);
  const read = values.slice();
  for (let slot = 0; slot < capacity; slot++) {
    if (!isChosen(chosen, slot)) read.fill(0, slot * area, (slot + 1) * area);
  }
  return read;
}
