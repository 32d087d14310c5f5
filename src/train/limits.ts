/**
 * What is to be learnt of examples against what a program can take: checked once for all examples, so that an error names the
 * example and not its place in a batch.
 *
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import type { Program } from "../program/program.ts";

/** Number of the input that takes labels or targets; features are the first. */
const TARGETS = 1;

/**
 * Refuses labels or targets outside of what a program takes, such as classes that the model has no output for.
 *
 * @param action What the program is for, such as `"train"`.
 * @throws {RangeError} naming the first example that has one.
 */
export function requireTargets(action: string, data: Dataset, { traced }: Program): void {
  const [values, width] = "labels" in data ? [data.labels, 1] : [data.targets, data.outputs];
  for (const { input, least, most, expected } of traced.trace.limits) {
    if (input !== TARGETS) continue;
    const wrong = values.findIndex((value) => !(value >= least && value <= most));
    if (wrong < 0) continue;
    const what = "labels" in data ? "the label" : `target ${wrong % width}`;
    const example = Math.floor(wrong / width);
    throw new RangeError(
      `Cannot ${action}: ${what} of example ${example} is ${values[wrong]}; expected ${expected}`,
    );
  }
}
