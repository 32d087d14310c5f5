/**
 * How the oracles read floats of the step block.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import type { HostArray } from "./types.ts";

/** A float of the step block. */
export function stepFloat(
  step: HostArray,
  word: "learningRate" | "biasCorrection1" | "biasCorrection2" | "share",
): number {
  return new Float32Array(step.buffer, step.byteOffset, step.length)[STEP_WORDS[word]];
}
