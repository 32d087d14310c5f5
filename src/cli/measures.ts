/**
 * Results for people: which number of an evaluation stands for it, and how each is written.
 *
 * @module
 */
import type { Evaluation } from "../train/evaluate.ts";

/** One of the numbers of an evaluation. */
export interface Measure {
  /** Its name there. */
  readonly name: string;
  /** Its name for people. */
  readonly title: string;
  /** What it is in, after the number; empty where it has no unit. */
  readonly unit: "%" | "";
  /** The number in that unit. */
  of(evaluation: Evaluation): number;
  /** Writes a number in that unit, without it. */
  write(value: number): string;
}

/** Shares, which are written in percent: names for people. */
const SHARES: Readonly<Record<string, string>> = {
  accuracy: "accuracy",
  binaryAccuracy: "label accuracy",
  exactMatch: "exact match",
};

/** Names of what stands for an evaluation, where it is measured; else the loss does. */
const MAIN: readonly string[] = ["accuracy", "binaryAccuracy", "mse"];

/** What stands for an evaluation. */
export function mainOf(evaluation: Evaluation): Measure {
  return measureOf(MAIN.find((name) => evaluation[name] !== undefined) ?? "loss");
}

/** A measure by its name. */
function measureOf(name: string): Measure {
  const share = SHARES[name];
  if (share === undefined) {
    const write = (value: number): string => value.toFixed(4);
    return { name, title: name, unit: "", of: (evaluation) => evaluation[name], write };
  }
  return {
    name,
    title: share,
    unit: "%",
    of: (evaluation) => 100 * evaluation[name],
    write: (value) => value.toFixed(2),
  };
}

/** A measure of an evaluation with its unit: `97.13 %`. */
export function written(measure: Measure, evaluation: Evaluation): string {
  const { unit, of, write } = measure;
  return `${write(of(evaluation))}${unit === "" ? "" : ` ${unit}`}`;
}

/** All of an evaluation, but for what is left out: `loss 0.1234, accuracy 97.13 %`. */
export function allOf(evaluation: Evaluation, leftOut: readonly string[] = []): string {
  return ["loss", ...Object.keys(evaluation).filter((name) => name !== "loss")]
    .filter((name) => !leftOut.includes(name))
    .map(measureOf)
    .map((measure) => `${measure.title} ${written(measure, evaluation)}`)
    .join(", ");
}
