/**
 * Which elements are dropped: see `src/ops/kernels/dropping.ts`.
 *
 * @module
 */
import { philox4x32 } from "../../src/device/random.ts";
import { STEP_WORDS } from "../../src/device/step_block.ts";
import type { HostArray } from "./types.ts";

/** Whether an element is kept. */
export function isKept(
  element: number,
  { key0, key1, stream, threshold }: Readonly<Record<string, number>>,
  step: HostArray,
): boolean {
  const block = 4 * Math.floor(element / 32) + element % 4;
  const counter = [block, step[STEP_WORDS.before], step[STEP_WORDS.step], stream];
  const word = philox4x32(counter, [key0, key1])[Math.floor(element % 32 / 8)];
  return (element % 8 < 4 ? word % 2 ** 16 : Math.floor(word / 2 ** 16)) >= threshold;
}
