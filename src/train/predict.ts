/**
 * What a model says of examples without labels.
 *
 * @module
 */
import { Batcher } from "../data/batcher.ts";
import type { Examples } from "../data/dataset.ts";
import type { TargetKind } from "../data/preparation.ts";
import type { Module } from "../nn/module.ts";
import { type Device, matrix } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import { Pace } from "./pace.ts";

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

/** What a model says of one example: `"label" in prediction` tells which. */
export type Prediction = ClassPrediction | LabelsPrediction | NumbersPrediction;

/** How examples are asked for. */
export interface PredictOptions {
  /** Examples at a time; 256 by default. */
  readonly batchSize?: number;
  /** What the model has learnt; classes by default. */
  readonly target?: Pick<TargetKind, "kind">;
}

/** The predictions for the examples of a data set, in order. Labels are not looked at. */
export async function* predict(
  device: Device,
  model: Module,
  data: Examples,
  options: PredictOptions = {},
): AsyncGenerator<Prediction> {
  const { batchSize = 256 } = options;
  const specs = [matrix(data.inputs, batchSize)];
  using program = await device.compile(specs, (x) => model(x), { trustInputs: true });
  yield* predictWith(program, data, options);
}

/** What {@linkcode predict} gives, by a program from features to outputs. */
export async function* predictWith(
  program: Program,
  data: Examples,
  { batchSize = 256, target = { kind: "class" } }: PredictOptions,
): AsyncGenerator<Prediction> {
  const predictionOf = PREDICTIONS[target.kind];
  const labels = new Uint8Array(data.examples);
  const batcher = new Batcher({ ...unlabelled(data), labels, classes: 1 }, {
    ...{ batchSize, seed: 0, shuffle: false },
  });
  const pace = new Pace();
  for (const { features, examples } of batcher.epoch(0)) {
    if (pace.due) await pace.turn();
    program.run([features], { step: 0, totalSteps: 0 }, examples);
    const outputs = await program.floats(0);
    const rows = outputs.length / batcher.columns;
    for (let example = 0; example < examples; example++) {
      const column = Float32Array.from(
        { length: rows },
        (_, i) => outputs[i * batcher.columns + example],
      );
      yield predictionOf(column);
    }
  }
}

/** Examples without what they are in truth: a data set may come with it. */
export function unlabelled(
  { features, examples, inputs, image, normalization, table }: Examples,
): Examples {
  return {
    ...{ features, examples, inputs },
    ...(image === undefined ? {} : { image }),
    ...(normalization === undefined ? {} : { normalization }),
    ...(table === undefined ? {} : { table }),
  };
}

/** What the outputs for an example say, by what the model has learnt. */
const PREDICTIONS: Readonly<Record<TargetKind["kind"], (outputs: Float32Array) => Prediction>> = {
  class: classOf,
  "multi-label": labelsOf,
  numbers: (values) => ({ values }),
};

/** The labels that apply, and the sigmoids of logits. */
function labelsOf(logits: Float32Array): LabelsPrediction {
  return {
    labels: [...logits.keys()].filter((label) => logits[label] > 0),
    scores: logits.map((logit) => 1 / (1 + Math.exp(-logit))),
  };
}

/** The class of a column of logits, and their softmax. */
function classOf(logits: Float32Array): ClassPrediction {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return {
    label: logits.indexOf(largest),
    scores: Float32Array.from(powers, (power) => power / sum),
  };
}
