/**
 * Results for people: which number of an evaluation stands for it, and how each is written.
 *
 * @module
 */
import type { PropensityModel } from "../data/labels/propensity.ts";
import { TASKS } from "../tasks/mod.ts";
import { RANKING_MEASURES } from "../tasks/label_ranking.ts";
import { NEXT_TOKEN_MEASURES } from "../tasks/next_token.ts";
import { PRETRAINING_MEASURES } from "../tasks/pretraining.ts";
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

/** What tasks measure; the first of each stands for an evaluation. */
const MEASURES = [
  ...TASKS.map(({ measures }) => measures),
  ...[PRETRAINING_MEASURES, NEXT_TOKEN_MEASURES, RANKING_MEASURES],
];

/** What may stand for an evaluation. */
export function mainMeasures(): string[] {
  return [...new Set([...MEASURES.map(([main]) => main.name), "loss"])];
}

/** What stands for an evaluation: the first measure of a task, where it is measured; else the loss does. */
export function mainOf(evaluation: Evaluation): Measure {
  const mains = MEASURES.map(([main]) => main.name);
  return measureOf(mains.find((name) => evaluation[name] !== undefined) ?? "loss");
}

/** What the task measures of which `main` is the first; `main` alone where it is no task's. */
export function measuresBeside(main: Measure): readonly Measure[] {
  const task = MEASURES.find(([{ name }]) => name === main.name);
  return task === undefined ? [main] : task.map(({ name }) => measureOf(name));
}

/** A measure by its name: one of a task, or a number without a unit. */
export function measureOf(name: string): Measure {
  const { title = name, share = false } = MEASURES.flat()
    .find((measure) => measure.name === name) ?? {};
  if (!share) {
    const write = (value: number): string => value.toFixed(4);
    return { name, title, unit: "", of: (evaluation) => evaluation[name], write };
  }
  return {
    name,
    title,
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

/** What belongs beside figures by propensities, whose numbers nobody can compare without it; nothing where there are none. */
export function byPropensity(model: PropensityModel | undefined): string {
  return model === undefined ? "" : `, A ${model.a} and B ${model.b}`;
}
