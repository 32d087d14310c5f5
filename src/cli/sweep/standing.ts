/**
 * How far a run of a sweep has come, and how good it was on the way: read from its folder, so that a sweep goes on from there.
 *
 * @module
 */
import type { Evaluation } from "../../train/evaluate.ts";
import { readMetrics } from "../../train/metrics_files.ts";
import { scoreOf } from "../best.ts";
import type { Ended } from "./executors/executor.ts";
import type { Place } from "./place.ts";

/**
 * How far a run came before.
 *
 * @param rungs Epochs at each rung; none where every run goes to its end.
 * @returns Its scores at the rungs that it has come to, and what is to be told of it, if anything.
 */
export async function standingOf(
  { run, out, result, error }: Place,
  rungs: readonly number[] = [],
): Promise<{ scores: number[]; ended?: Ended }> {
  if (error !== undefined) return { scores: [-Infinity], ended: { run, error, skipped: false } };
  const validations = rungs.length === 0 ? [] : await validationsIn(out);
  if (result?.validation !== undefined) validations.push(result.validation);
  // A run is at the last rung when it has come to its end, which takes a test too.
  const reached = rungs.filter((epochs, i) =>
    result !== undefined || i < rungs.length - 1 && validations.length >= epochs
  );
  const scores = reached.map((epochs) => scoreOf(bestOf(validations, epochs)));
  if (result !== undefined) {
    return { scores: rungs.length === 0 ? [0] : scores, ended: { run, result, skipped: true } };
  }
  const epochs = reached.at(-1);
  if (epochs === undefined) return { scores };
  const rung = { epochs, validation: bestOf(validations, epochs) };
  return { scores, ended: { run, rung, skipped: true } };
}

/** What the run of a folder gave on its validation examples after each of its epochs. */
export async function validationsIn(out: string): Promise<Evaluation[]> {
  return (await readMetrics(out)).map(({ validation }) => validation).filter(isEvaluation);
}

function isEvaluation(value: unknown): value is Evaluation {
  return typeof value === "object" && value !== null && "loss" in value;
}

/** The best of the validations of so many epochs. */
export function bestOf(validations: readonly Evaluation[], epochs: number): Evaluation {
  return validations.slice(0, epochs).reduce((best, each) =>
    scoreOf(each) > scoreOf(best) ? each : best
  );
}
