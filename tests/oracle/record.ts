/**
 * `record`: see `src/ops/kernels/record.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { type Inputs, type Outputs, unchanged } from "./types.ts";

/** ring[step.slot % size] = value[0]; the rest stays. */
export function record(
  { value, step, ring }: Inputs,
  { size }: Readonly<Record<string, number>>,
): Outputs {
  const out = unchanged(ring);
  out.value[step[STEP_WORDS.slot] % size] = value[0];
  return { ring: out };
}
