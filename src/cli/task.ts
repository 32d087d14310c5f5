/**
 * What a training lowers and what is measured of it: from the configuration and from what is to be learnt.
 *
 * @module
 */
import { valuesFor } from "../definitions/definition.ts";
import { type TargetKind, taskNameOf } from "../data/preparation.ts";
import { isSource, type Source } from "../data/source.ts";
import { kindOfExamples, type TrainingData } from "../data/training_data.ts";
import { taskDefinition, TASKS } from "../tasks/mod.ts";
import type { Task, TaskDefinition } from "../tasks/task.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { TASK_OPTIONS } from "./config/choices.ts";
import { leafOf } from "./config/leaves.ts";
import type { Config } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";

/** The task of a configuration. */
export interface ChosenTask {
  /** What is lowered and measured. */
  readonly task: Task;
  /** Weight of each class, where they have any. */
  readonly classWeights?: readonly number[];
}

/**
 * The task of a configuration.
 *
 * @param classWeights What {@linkcode classWeightsOf} says of the examples to train with, or a checkpoint.
 * @throws {ValidationError} if the configuration asks for what does not apply to such targets.
 */
export function taskOf(
  { data, train }: Pick<Config, "data" | "train">,
  target: Pick<TargetKind, "kind">,
  classWeights?: readonly number[],
): ChosenTask {
  const usual = taskDefinition(taskNameOf(target));
  const definition = data.task === undefined ? usual : taskDefinition(data.task);
  if (definition.reads !== usual.name) {
    throw new ValidationError(
      `Option "--task" (data.task) is ${definition.name}, but the examples ${usual.examples}; ` +
        `expected examples that ${definition.examples}.`,
    );
  }
  const loss = train.loss ?? definition.losses[0];
  requireLoss(definition, loss);
  for (const [key, { default: usual }] of Object.entries(TASK_OPTIONS)) {
    const given = train[key] !== undefined && train[key] !== usual;
    if (given && !Object.hasOwn(definition.options, key)) refuse(key, loss);
  }
  // Weights of classes are counted where the configuration does not say them.
  const task = definition.make(valuesFor(definition, { ...train, loss, classWeights }));
  return { task, ...(classWeights === undefined ? {} : { classWeights }) };
}

/** Refuses a loss that such examples do not have. */
function requireLoss({ losses, examples, near = [] }: TaskDefinition, loss: string): void {
  if (losses.includes(loss)) return;
  const other = TASKS.find((task) => near.includes(task.name) && task.losses.includes(loss));
  throw new ValidationError(
    `Option "--loss" (train.loss) is ${loss}, but the examples ${examples}; expected ` +
      `${losses.join(" or ")}${other === undefined ? "" : `, or --task ${other.name}`}.`,
  );
}

/** Refuses an option that the loss does not have. */
function refuse(key: string, loss: string): never {
  const losses = TASKS.filter(({ options }) => Object.hasOwn(options, key))
    .flatMap((task) => task.losses);
  throw new ValidationError(
    `Option "${leafOf(`train.${key}`)?.flag}" (train.${key}) applies to --loss ${
      losses.join(" or ")
    } only, but the loss is ${loss}.`,
  );
}

/**
 * The weight of each class: those of the configuration, or, `balanced`, examples / (classes x examples of the class), so that
 * each class weighs the same in all, as scikit-learn has it; 0 for a class without examples.
 *
 * @param data Examples to train with.
 * @throws {ValidationError} if they are not one number of 0 or more for each class.
 */
export async function classWeightsOf(
  { train: { classWeights: given } }: Config,
  data: TrainingData,
): Promise<readonly number[] | undefined> {
  const { target } = kindOfExamples(data);
  if (given === undefined || target.kind !== "class") return undefined;
  const { classes } = target;
  if (given.length === 1 && given[0] === "balanced") {
    const counts = await countsOf(data, classes);
    return counts.map((count) => count === 0 ? 0 : data.examples / (classes * count));
  }
  const weights = given.map(Number);
  const good = weights.every((weight) => weight >= 0 && Number.isFinite(weight));
  if (weights.length === classes && good && weights.some((weight) => weight > 0)) return weights;
  throw new ValidationError(
    `Option "--class-weights" (train.classWeights) is ${given.join()}; expected balanced, or a number of 0 or more for ` +
      `each of ${classes} classes, one of them above 0.`,
  );
}

/** Examples of each class. */
export async function countsOf(data: TrainingData, classes: number): Promise<number[]> {
  const counts = new Array<number>(classes).fill(0);
  for await (
    const labels of isSource(data) ? labelsIn(data) : "labels" in data ? [data.labels] : []
  ) {
    for (const label of labels) counts[label]++;
  }
  return counts;
}

/** Examples that are looked at together. */
const TOGETHER = 256;

/** The classes of a source's examples, batch by batch. */
async function* labelsIn(data: Source): AsyncGenerator<Uint32Array | Float32Array> {
  const order = { batchSize: TOGETHER, seed: 0, shuffle: false };
  for await (const { arrays: { target }, examples } of data.epoch(0, order)) {
    if (target !== undefined) yield target.subarray(0, examples);
  }
}

/** Name of the field in the metadata of checkpoints that keeps the weights of classes. */
const FIELD = "classWeights";

/** What a checkpoint keeps, because balanced weights are those of the examples that it was trained with. */
export function taskNotes({ classWeights }: ChosenTask): Readonly<Record<string, string>> {
  return classWeights === undefined ? {} : { [FIELD]: JSON.stringify(classWeights) };
}

/** The weights of classes that a checkpoint keeps. */
export function classWeightsIn({ metadata }: Checkpoint): readonly number[] | undefined {
  const text = metadata[FIELD];
  return text === undefined ? undefined : JSON.parse(text);
}
