/**
 * What a model says of examples without what they are in truth.
 *
 * @module
 */
import type { Examples } from "../data/dataset.ts";
import { examplesSource } from "../data/examples_source.ts";
import { type TargetKind, taskNameOf } from "../data/preparation.ts";
import { columnsOf, isSource, type Source } from "../data/source.ts";
import type { Module } from "../nn/module.ts";
import type { Device } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import { taskNamed } from "../tasks/mod.ts";
import type { Prediction } from "../tasks/task.ts";
import { type Chosen, type Objective, specsOf, tasksOf } from "./objective.ts";
import { notFinite, runOver } from "./over.ts";

/** How examples are asked for. */
export interface PredictOptions {
  /** Examples at a time; as many as the source says by default, or 256. */
  readonly batchSize?: number;
  /** What the model has learnt; classes by default. */
  readonly target?: Pick<TargetKind, "kind">;
}

/**
 * The predictions for the examples of a data set or a source, in order. Labels are not looked at.
 *
 * @throws {RangeError} if the scores or the values of an example are not finite; names it.
 */
export async function* predict(
  device: Device,
  model: Module,
  data: Examples | Source,
  { target = { kind: "class" }, ...options }: PredictOptions = {},
): AsyncGenerator<Prediction> {
  yield* predictBy(device, { model, task: taskNamed(taskNameOf(target)) }, data, options);
}

/** The same of a model and a task that fit each other. */
export async function* predictBy<In, Out>(
  device: Device,
  objective: Objective<In, Out>,
  data: Examples | Source,
  options: Pick<PredictOptions, "batchSize"> = {},
): AsyncGenerator<Prediction> {
  const chosen = tasksOf(objective).of(undefined);
  const source = isSource(data) ? data : examplesSource(data);
  const { batchSize = source.together ?? 256 } = options;
  const specs = specsOf("predict", chosen.inputs, source.inputs, batchSize);
  using program = await device.compile(specs, chosen.output, { trustInputs: true });
  yield* predictWith(program, chosen, source, batchSize);
}

/**
 * What {@linkcode predict} gives, by a program from what the model reads to its outputs.
 *
 * @throws {RangeError} if the scores or the values of an example are not finite.
 */
export async function* predictWith(
  program: Program,
  { inputs, answer }: Pick<Chosen, "inputs" | "answer">,
  source: Source,
  batchSize: number,
): AsyncGenerator<Prediction> {
  const columns = columnsOf(batchSize);
  let first = 0;
  for await (const examples of runOver(program, { inputs, source, batchSize })) {
    const outputs = await program.floats(0);
    const rows = outputs.length / columns;
    for (let example = 0; example < examples; example++) {
      const prediction = answer(
        Float32Array.from({ length: rows }, (_, i) => outputs[i * columns + example]),
      );
      requireFinite(prediction, first + example);
      yield prediction;
    }
    first += examples;
  }
}

function requireFinite(prediction: Prediction, example: number): void {
  const [what, numbers] = "values" in prediction
    ? ["values", prediction.values]
    : ["scores", prediction.scores];
  if (!numbers.every(Number.isFinite)) throw notFinite("predict", example, what);
}
