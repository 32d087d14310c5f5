/**
 * What is learnt: which arrays of a batch a model reads, what is lowered, what is measured, and what an output says.
 *
 * @module
 */
import type { Definition } from "../definitions/definition.ts";
import type { Tensor } from "../program/trace.ts";

/**
 * A model for one call: a function of a tensor, or of a record of several, that gives a tensor, or what a task reads of it. What the call is for, and where its randomness comes
 * from, is bound already.
 */
export type Forward<In = Tensor, Out = Tensor> = (input: In) => Out;

/** The arrays of a batch inside of a trace, by name. */
export type TensorBatch<Name extends string = string> = Readonly<Record<Name, Tensor>>;

/**
 * A mean over the examples of a batch: of the task's output and of the batch, or of what else the model gives. Equal calls of
 * the model are one.
 */
export type Metric<Name extends string = string, In = Tensor, Out = Tensor> = (
  output: Tensor,
  batch: TensorBatch<Name>,
  model: Forward<In, Out>,
) => Tensor;

/** What a model of classes says of one example. */
export interface ClassPrediction {
  /** The class with the largest score, the lowest among equals. */
  readonly label: number;
  /** Softmax of the model's outputs: a share per class. */
  readonly scores: Float32Array;
}

/** What a model of several labels says of one example. */
export interface LabelsPrediction {
  /** The labels whose score is above 1/2, ascending. */
  readonly labels: readonly number[];
  /** Sigmoid of each of the model's outputs: how likely each label applies. */
  readonly scores: Float32Array;
}

/** What a model of numbers says of one example. */
export interface NumbersPrediction {
  /** The model's outputs. */
  readonly values: Float32Array;
}

/** What a model says of one example: `"label" in prediction` tells which. A task answers in one of these forms. */
export type Prediction = ClassPrediction | LabelsPrediction | NumbersPrediction;

/**
 * What is learnt.
 *
 * @typeParam Input Names of the arrays that the model reads: a batch to predict has these alone.
 * @typeParam Target Names of the arrays that say what is true.
 * @typeParam In What the model takes: a tensor, or a record of several.
 * @typeParam Out What it gives: a tensor, or a record of what the task reads.
 * @example
 * ```ts
 * import { add, crossEntropy, type Task } from "@filigree/filigree";
 *
 * // Two arrays, of which a model takes one at a time: it shall say the same of both, and is asked about the first.
 * const task: Task<"left" | "right", "target"> = {
 *   name: "both sides",
 *   inputs: ["left", "right"],
 *   targets: ["target"],
 *   output: (model, { left }) => model(left),
 *   loss: (model, { left, right, target }) =>
 *     add(crossEntropy(model(left), target), crossEntropy(model(right), target)),
 *   metrics: {},
 *   answer: (values) => ({ values }),
 * };
 * console.assert(task.inputs.length === 2);
 * ```
 */
export interface Task<
  Input extends string = string,
  Target extends string = string,
  In = Tensor,
  Out = Tensor,
> {
  /** Its name; checkpoints keep it. */
  readonly name: string;
  /** Arrays that the model reads: the first inputs of its programs, in this order. */
  readonly inputs: readonly Input[];
  /** Arrays that say what is true: the inputs after those. */
  readonly targets: readonly Target[];
  /** What the model gives for a batch: what metrics and answers are of. */
  output(model: Forward<In, Out>, batch: TensorBatch<Input>): Tensor;
  /** What is lowered: a mean over the examples. Where it is measured, equal calls of the model are one. */
  loss(model: Forward<In, Out>, batch: TensorBatch<Input | Target>): Tensor;
  /** What is measured beside the loss, by name. */
  readonly metrics: Readonly<Record<string, Metric<Input | Target, In, Out>>>;
  /** What evaluations say beside them that follows from the mean loss, by name, such as a perplexity; nothing by default. */
  readonly follows?: Readonly<Record<string, (loss: number) => number>>;
  /** What the output for one example says. */
  answer(output: Float32Array): Prediction;
}

/** How a metric is shown to people. */
export interface Measured {
  /** Its name among the task's metrics. */
  readonly name: string;
  /** Its name for people. */
  readonly title: string;
  /** Whether it is a share in [0, 1], which is written in percent. */
  readonly share?: boolean;
}

/** A task that people choose by name. */
export interface TaskDefinition extends Definition<Task> {
  /** What its data are read as: classes, numbers, or labels that apply or not. */
  readonly reads: "class" | "regression" | "multi-label";
  /** What examples of it have, after "the examples": `"have classes"`. */
  readonly examples: string;
  /** Names of its losses: the first by default. */
  readonly losses: readonly [string, ...string[]];
  /** Its metrics for people; the first one stands for an evaluation. */
  readonly measures: readonly [Measured, ...Measured[]];
  /** Names of tasks whose examples may look the same. */
  readonly near?: readonly string[];
}
