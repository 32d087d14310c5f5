/**
 * `adamw_local` in float64: see `src/ops/kernels/adamw_local.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { adamwUpdate } from "./adamw.ts";
import { stepFloat } from "./step.ts";
import type { Inputs, Outputs } from "./types.ts";

/** AdamW with the corrections of the age of each element's unit. */
export function adamwLocal(inputs: Inputs, params: Readonly<Record<string, number>>): Outputs {
  const { births, corrections, step } = inputs;
  const { begin, area, ages } = params;
  return adamwUpdate(inputs, params, (element) => {
    const slot = Math.floor((begin + element) / area);
    const word = births[1 + Math.floor(slot / 2)];
    const written = slot % 2 === 0 ? word % 65536 : Math.floor(word / 65536);
    const age = written + step[STEP_WORDS.step] - births[0];
    return age < ages
      ? [corrections[2 * age], corrections[2 * age + 1]]
      : [stepFloat(step, "biasCorrection1"), stepFloat(step, "biasCorrection2")];
  });
}
