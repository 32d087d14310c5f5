/**
 * Several labels: which of them apply to an example, each by itself.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { bceWithLogits, binaryAccuracy, exactMatch } from "../ops/target_losses.ts";
import { LABEL_SMOOTHING, supervised } from "./supervised.ts";
import type { LabelsPrediction, TaskDefinition } from "./task.ts";

/** Losses of labels. They apply where a logit is above 0, so theirs is a loss of logits. */
const LOSSES = ["bce"] as const;

/** Several labels. */
export const multiLabel: TaskDefinition = {
  ...define({
    name: "multi-label",
    description: "Which of several labels apply",
    rank: 3,
    options: {
      loss: { type: "choice", choices: LOSSES, description: "What is lowered" },
      labelSmoothing: LABEL_SMOOTHING,
      positiveWeight: {
        type: "number",
        above: 0,
        description:
          "Weight in the loss of the labels that apply, of several or of very many; 1 by default",
        flag: "--positive-weight",
      },
    },
    make: ({ labelSmoothing: smoothing = 0, positiveWeight = 1 }) =>
      supervised({
        name: "multi-label",
        loss: (x, t) => bceWithLogits(x, t, { smoothing, positiveWeight }),
        metrics: { binaryAccuracy, exactMatch },
        answer: labelsOf,
      }),
  }),
  reads: "multi-label",
  examples: "have several labels",
  losses: LOSSES,
  measures: [
    { name: "binaryAccuracy", title: "label accuracy", share: true },
    { name: "exactMatch", title: "exact match", share: true },
  ],
};

/** The labels that apply, and the sigmoids of logits. */
function labelsOf(logits: Float32Array): LabelsPrediction {
  return {
    labels: [...logits.keys()].filter((label) => logits[label] > 0),
    scores: logits.map((logit) => 1 / (1 + Math.exp(-logit))),
  };
}
