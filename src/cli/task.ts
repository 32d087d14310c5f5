/**
 * What a training lowers and what is measured of it: from the configuration and from what is to be learnt.
 *
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import type { TargetKind } from "../data/preparation.ts";
import { accuracy, crossEntropy } from "../ops/cross_entropy.ts";
import { bceWithLogits, binaryAccuracy, exactMatch, mae, mse } from "../ops/target_losses.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import type { Loss } from "../train/growth_probe.ts";
import type { Config, LossName } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";

/** What is lowered and measured. */
export interface Task {
  /** What is lowered. */
  readonly loss: Loss;
  /** What is measured beside it. */
  readonly metrics: Readonly<Record<string, Loss>>;
  /** Weight of each class, where they have any. */
  readonly classWeights?: readonly number[];
}

/**
 * Losses of each kind of target: the first by default. Labels apply where a logit is above 0, so theirs is a loss of logits.
 */
const LOSSES: Readonly<Record<TargetKind["kind"], readonly [LossName, ...LossName[]]>> = {
  class: ["cross-entropy"],
  numbers: ["mse", "mae"],
  "multi-label": ["bce"],
};

/** What the kinds are called. */
const KINDS: Readonly<Record<TargetKind["kind"], string>> = {
  class: "have classes",
  numbers: "have numbers to predict",
  "multi-label": "have several labels",
};

const METRICS: Readonly<Record<TargetKind["kind"], Readonly<Record<string, Loss>>>> = {
  class: { accuracy },
  numbers: { mse, mae },
  "multi-label": { binaryAccuracy, exactMatch },
};

/**
 * The task of a configuration.
 *
 * @param classWeights What {@linkcode classWeightsOf} says of the examples to train with, or a checkpoint.
 * @throws {ValidationError} if the configuration asks for what does not apply to such targets.
 */
export function taskOf(
  { train }: Config,
  { kind }: TargetKind,
  classWeights?: readonly number[],
): Task {
  const { labelSmoothing: smoothing, positiveWeight = 1 } = train;
  const [usual, ...others] = LOSSES[kind];
  const name = train.loss ?? usual;
  if (name !== usual && !others.includes(name)) {
    const hint = name === "bce" && kind === "numbers" ? ", or --task multi-label" : "";
    throw new ValidationError(
      `Option "--loss" (train.loss) is ${name}, but the examples ${KINDS[kind]}; expected ` +
        `${LOSSES[kind].join(" or ")}${hint}.`,
    );
  }
  refuse(smoothing > 0 && !["cross-entropy", "bce"].includes(name), "labelSmoothing", name);
  refuse(train.classWeights !== undefined && name !== "cross-entropy", "classWeights", name);
  refuse(train.positiveWeight !== undefined && name !== "bce", "positiveWeight", name);
  const weights = classWeights === undefined ? {} : { weights: classWeights };
  const losses: Readonly<Record<LossName, Loss>> = {
    "cross-entropy": (x, t) => crossEntropy(x, t, { smoothing, ...weights }),
    bce: (x, t) => bceWithLogits(x, t, { smoothing, positiveWeight }),
    mse,
    mae,
  };
  return {
    loss: losses[name],
    metrics: METRICS[kind],
    ...(classWeights === undefined ? {} : { classWeights }),
  };
}

/** Flags of the options that not every loss has. */
const FLAGS = {
  labelSmoothing: "--label-smoothing",
  classWeights: "--class-weights",
  positiveWeight: "--positive-weight",
} as const;

function refuse(wrong: boolean, key: keyof typeof FLAGS, loss: LossName): void {
  if (!wrong) return;
  const losses = { labelSmoothing: "cross-entropy or bce", classWeights: "cross-entropy" };
  const expected = key === "positiveWeight" ? "bce" : losses[key];
  throw new ValidationError(
    `Option "${
      FLAGS[key]
    }" (train.${key}) applies to --loss ${expected} only, but the loss is ${loss}.`,
  );
}

/**
 * The weight of each class: those of the configuration, or, `balanced`, examples / (classes x examples of the class), so that
 * each class weighs the same in all, as scikit-learn has it; 0 for a class without examples.
 *
 * @param data Examples to train with.
 * @throws {ValidationError} if they are not one number of 0 or more for each class.
 */
export function classWeightsOf(
  { train: { classWeights: given } }: Config,
  data: Dataset,
): readonly number[] | undefined {
  if (given === undefined || !("labels" in data)) return undefined;
  const { classes, labels, examples } = data;
  if (given.length === 1 && given[0] === "balanced") {
    const counts = new Array<number>(classes).fill(0);
    for (const label of labels) counts[label]++;
    return counts.map((count) => count === 0 ? 0 : examples / (classes * count));
  }
  const weights = given.map(Number);
  const good = weights.every((weight) => weight >= 0 && Number.isFinite(weight));
  if (weights.length === classes && good && weights.some((weight) => weight > 0)) return weights;
  throw new ValidationError(
    `Option "--class-weights" (train.classWeights) is ${given.join()}; expected balanced, or a number of 0 or more for ` +
      `each of ${classes} classes, one of them above 0.`,
  );
}

/** Name of the field in the metadata of checkpoints that keeps the weights of classes. */
const FIELD = "classWeights";

/** What a checkpoint keeps, because balanced weights are those of the examples that it was trained with. */
export function taskNotes({ classWeights }: Task): Readonly<Record<string, string>> {
  return classWeights === undefined ? {} : { [FIELD]: JSON.stringify(classWeights) };
}

/** The weights of classes that a checkpoint keeps. */
export function classWeightsIn({ metadata }: Checkpoint): readonly number[] | undefined {
  const text = metadata[FIELD];
  return text === undefined ? undefined : JSON.parse(text);
}
