/**
 * Regression: numbers to predict per example.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { mae, mse } from "../ops/target_losses.ts";
import { supervised } from "./supervised.ts";
import type { TaskDefinition } from "./task.ts";

/** Losses of numbers. */
const LOSSES = ["mse", "mae"] as const;

/** Regression. */
export const regression: TaskDefinition = {
  ...define({
    name: "regression",
    description: "Numbers to predict",
    rank: 2,
    options: { loss: { type: "choice", choices: LOSSES, description: "What is lowered" } },
    make: ({ loss = "mse" }) =>
      supervised({
        name: "regression",
        loss: { mse, mae }[loss],
        metrics: { mse, mae },
        answer: (values) => ({ values }),
      }),
  }),
  reads: "regression",
  examples: "have numbers to predict",
  losses: LOSSES,
  measures: [{ name: "mse", title: "mse" }, { name: "mae", title: "mae" }],
  near: ["multi-label"],
};
