/**
 * A model and its task as the verbs handle them, whatever goes from one to the other: tensors, or records of several.
 *
 * @module
 */
import type { Examples } from "../data/dataset.ts";
import type { RankingScores } from "../data/labels/ranking.ts";
import type { Source } from "../data/source.ts";
import type { TrainingData } from "../data/training_data.ts";
import type { AnyModule } from "../nn/module.ts";
import type { Device } from "../program/device.ts";
import type { Prediction } from "../tasks/task.ts";
import { inputNames, lossOf, type Objective, type StepLoss } from "../train/objective.ts";
import type { TrainerParts } from "../train/options.ts";
import { predictBy } from "../train/predict.ts";
import { Trainer } from "../train/trainer.ts";

/** A model and what it learns. */
export interface Learning {
  /** The model. */
  readonly model: AnyModule;
  /** Name of its task. */
  readonly name: string;
  /** Names of the arrays that a step takes, in order. */
  readonly inputs: readonly string[];
  /** What a step lowers. */
  readonly loss: StepLoss;
  /** Makes a trainer of both. */
  trainer(parts: TrainerParts): Trainer;
  /** How the labels are ranked that it gives for examples, where it gives very many. */
  rank?(device: Device, data: TrainingData): Promise<RankingScores>;
  /** What the model says of examples. */
  predict(device: Device, data: Examples | Source): AsyncGenerator<Prediction>;
}

/** A model and a task that fit each other. */
export function learning<In, Out>(objective: Objective<In, Out>): Learning {
  const { model, task } = objective;
  return {
    ...{ model, name: task.name, inputs: inputNames(task), loss: lossOf(objective) },
    trainer: (parts) => new Trainer({ ...parts, model, task }),
    predict: (device, data) => predictBy(device, objective, data),
  };
}
