/**
 * Classification: one class of several per example.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { accuracy, crossEntropy } from "../ops/cross_entropy.ts";
import { LABEL_SMOOTHING, supervised } from "./supervised.ts";
import type { ClassPrediction, TaskDefinition } from "./task.ts";

/** Losses of classes. */
const LOSSES = ["cross-entropy"] as const;

/** Classification. */
export const classification: TaskDefinition = {
  ...define({
    name: "class",
    description: "One class of several",
    rank: 1,
    options: {
      loss: { type: "choice", choices: LOSSES, description: "What is lowered" },
      labelSmoothing: LABEL_SMOOTHING,
      classWeights: {
        type: "list",
        of: { type: "number", least: 0 },
        description: "Weight of each class in the loss",
      },
    },
    make: ({ labelSmoothing: smoothing = 0, classWeights: weights }) =>
      supervised({
        name: "class",
        loss: (x, t) =>
          crossEntropy(x, t, { smoothing, ...(weights === undefined ? {} : { weights }) }),
        metrics: { accuracy },
        answer: classOf,
      }),
  }),
  reads: "class",
  examples: "have classes",
  losses: LOSSES,
  measures: [{ name: "accuracy", title: "accuracy", share: true }],
};

/** The class of a column of logits, and their softmax. */
export function classOf(logits: Float32Array): ClassPrediction {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return {
    label: logits.indexOf(largest),
    scores: Float32Array.from(powers, (power) => power / sum),
  };
}
