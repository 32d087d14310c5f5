/**
 * What was known before the first step of a run, in its folder: layers, device bytes by category, kernels, operations.
 *
 * @module
 */
import type { Start } from "./reporter.ts";

/** The name of the file. */
export const PLAN_FILE = "plan.json";

/** Its content. */
export function planText(start: Start): string {
  return JSON.stringify(start, null, 2) + "\n";
}
