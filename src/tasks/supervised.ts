/**
 * Tasks whose loss compares an output with a target: features to one output, by one function of both.
 *
 * @module
 */
import type { NumberOption } from "../definitions/option.ts";
import type { Tensor } from "../program/trace.ts";
import type { Metric, Prediction, Task } from "./task.ts";

/** A scalar from a model's output and its target. */
export type Loss = (output: Tensor, target: Tensor) => Tensor;

/** What makes a {@linkcode supervised} task. */
export interface SupervisedParts {
  /** Its name. */
  readonly name: string;
  /** What is lowered. */
  readonly loss: Loss;
  /** What is measured beside it. */
  readonly metrics: Readonly<Record<string, Loss>>;
  /** What the output for one example says. */
  answer(output: Float32Array): Prediction;
}

/** The option of losses whose targets may say less than everything. */
export const LABEL_SMOOTHING = {
  type: "number",
  least: 0,
  below: 1,
  default: 0,
  description: "Share of the target that says nothing: it is spread over all classes alike",
  flag: "--label-smoothing",
} as const satisfies NumberOption;

/**
 * A task of examples with `features` and a `target`.
 *
 * @example
 * ```ts
 * import { mae, mse, supervised } from "@filigree/filigree";
 *
 * const halves = supervised({
 *   name: "halves",
 *   loss: mse,
 *   metrics: { mae },
 *   answer: (values) => ({ values: values.map((value) => value / 2) }),
 * });
 * console.assert(halves.targets[0] === "target");
 * ```
 */
export function supervised(
  { name, loss, metrics, answer }: SupervisedParts,
): Task<"features", "target"> {
  return {
    name,
    inputs: ["features"],
    targets: ["target"],
    output: (model, { features }) => model(features),
    loss: (model, { features, target }) => loss(model(features), target),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([metric, of]) => [
        metric,
        (output, { target }) => of(output, target),
      ]),
    ),
    answer,
  };
}

/** What is said otherwise of a task. */
export interface OtherLoss {
  /** What is lowered, of its output and its first target. */
  readonly loss?: Loss;
  /** What is measured beside it. */
  readonly metrics?: Readonly<Record<string, Loss>>;
}

/** A task with another loss of its output and its first target, or other metrics. */
export function withLoss<In, Out>(
  task: Task<string, string, In, Out>,
  { loss, metrics }: OtherLoss,
): Task<string, string, In, Out> {
  const { targets: [target] } = task;
  const metricOf = (of: Loss): Metric<string, In, Out> => (output, batch) =>
    of(output, batch[target]);
  return {
    ...task,
    ...(loss === undefined ? {} : {
      follows: {},
      loss: (model, batch) => loss(task.output(model, batch), batch[target]),
    }),
    ...(metrics === undefined ? {} : {
      metrics: Object.fromEntries(
        Object.entries(metrics).map(([name, of]) => [name, metricOf(of)]),
      ),
    }),
  };
}
