/**
 * `nm_prune` in float64: see `src/ops/kernels/nm_prune.ts`.
 *
 * @module
 */
import { isSet } from "./nm_select.ts";
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** values = 0 outside of the mask. */
export function nmPrune(
  { values, bits }: Inputs,
  { inputs }: Readonly<Record<string, number>>,
): Outputs {
  const result = unchanged(values);
  for (let at = 0; at < values.length; at++) if (!isSet(bits, inputs, at)) result.value[at] = 0;
  return { values: result };
}
