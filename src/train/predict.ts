/**
 * What a model says of examples without labels.
 *
 * @module
 */
import { Batcher } from "../data/batcher.ts";
import type { Examples } from "../data/dataset.ts";
import type { Layer } from "../nn/layer.ts";
import { type Device, matrix } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import { Pace } from "./pace.ts";

/** What a model says of one example. */
export interface Prediction {
  /** The class with the largest score, the lowest among equals. */
  readonly label: number;
  /** Softmax of the model's outputs: a share per class. */
  readonly scores: Float32Array;
}

/**
 * The predictions for the examples of a data set, in order. Labels are not looked at.
 *
 * @param options.batchSize Examples at a time. Default 256.
 */
export async function* predict(
  device: Device,
  model: Layer,
  data: Examples,
  options: { readonly batchSize?: number } = {},
): AsyncGenerator<Prediction> {
  const { batchSize = 256 } = options;
  const specs = [matrix(data.inputs, batchSize)];
  using program = await device.compile(specs, (x) => model(x), { trustInputs: true });
  yield* predictWith(program, data, batchSize);
}

/** What {@linkcode predict} gives, by a program from features to outputs. */
export async function* predictWith(
  program: Program,
  data: Examples,
  batchSize: number,
): AsyncGenerator<Prediction> {
  const unlabelled = { ...data, labels: new Uint8Array(data.examples), classes: 1 };
  const batcher = new Batcher(unlabelled, { batchSize, seed: 0, shuffle: false });
  const pace = new Pace();
  for (const { features, examples } of batcher.epoch(0)) {
    if (pace.due) await pace.turn();
    program.run([features], { step: 0, totalSteps: 0 }, examples);
    const logits = await program.floats(0);
    const classes = logits.length / batcher.columns;
    for (let example = 0; example < examples; example++) {
      const column = Float32Array.from(
        { length: classes },
        (_, i) => logits[i * batcher.columns + example],
      );
      yield predictionOf(column);
    }
  }
}

/** The class of a column of logits, and their softmax. */
function predictionOf(logits: Float32Array): Prediction {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return {
    label: logits.indexOf(largest),
    scores: Float32Array.from(powers, (power) => power / sum),
  };
}
