/**
 * What a model says of examples while or after it is trained: losses, metrics, predictions.
 *
 * @module
 */
import { checkBatchSize, checkDataset } from "../data/check.ts";
import type { Dataset, Examples } from "../data/dataset.ts";
import { type Preparation, prepareLike } from "../data/preparation.ts";
import type { Module } from "../nn/module.ts";
import { accuracy } from "../ops/cross_entropy.ts";
import { type Device, labels, matrix } from "../program/device.ts";
import type { InputSpec, Program, Traced } from "../program/program.ts";
import { requireScalar, type Tensor } from "../program/trace.ts";
import { evaluateWith, type Evaluation } from "./evaluate.ts";
import type { Loss } from "./growth_probe.ts";
import type { Holdings } from "./holdings.ts";
import { requireTargets } from "./limits.ts";
import { requireListed } from "./listed.ts";
import { type Prediction, predictWith, unlabelled } from "./predict.ts";

/** What {@linkcode Answers} are made of. */
export interface AnswersParts {
  /** Where the model lies. */
  readonly device: Device;
  /** The model. */
  readonly model: Module;
  /** What was lowered. */
  readonly loss: Loss;
  /** Means of a batch by name; the accuracy by default where examples have classes. */
  readonly metrics?: Readonly<Record<string, Loss>>;
  /** Who gives the programs back. */
  readonly holdings: Holdings;
}

/** Options of evaluations and predictions. */
export interface AnswerOptions {
  /** Examples at a time; 256 by default. */
  readonly batchSize?: number;
}

/** Asks a model; compiles what it takes at first use. */
export class Answers {
  readonly #parts: AnswersParts;
  readonly #programs = new Map<string, Promise<Program>>();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Takes no memory yet.
   *
   * @throws {RangeError} if a metric is called as the loss is.
   */
  constructor(parts: AnswersParts) {
    if (parts.metrics !== undefined && "loss" in parts.metrics) {
      throw new RangeError(
        'Cannot measure a metric "loss": evaluations have the loss under that name; expected another one',
      );
    }
    this.#parts = parts;
  }

  /** Mean loss and metrics; features are prepared as `preparation` says, if there is one. */
  async evaluate(
    data: Dataset,
    preparation: Preparation | undefined,
    { batchSize = 256 }: AnswerOptions,
  ): Promise<Evaluation> {
    // Before anything is compiled for it.
    checkBatchSize(data, batchSize);
    const { model, loss, metrics = "labels" in data ? { accuracy } : {} } = this.#parts;
    const measures = [["loss", loss] as const, ...Object.entries(metrics)];
    const program = await this.#program(specsOf(data, batchSize), (x, y) => {
      const output = model(x);
      return measures.map(([name, measure]) => {
        const value: unknown = measure(output, y);
        requireScalar(value, name === "loss" ? "the loss" : `the metric "${name}"`);
        return value;
      });
    });
    const examples = prepared(data, preparation);
    checkDataset(examples);
    requireTargets("evaluate", examples, program);
    const names = measures.map(([name]) => name);
    const turn = this.#last.then(() => evaluateWith(program, names, examples, batchSize));
    // Evaluations share the records of their scalars, so that one begins when the one before is over, however that ended.
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  /** Predictions for examples, or for their features alone once it is known how many one has. */
  async *predict(
    examples: Examples | Examples["features"],
    preparation: Preparation | undefined,
    { batchSize = 256 }: AnswerOptions,
  ): AsyncGenerator<Prediction> {
    const given = "features" in examples ? examples : examplesOf(examples, preparation);
    const data = prepared(unlabelled(given), preparation);
    checkBatchSize(data, batchSize);
    const program = await this.#program(
      [matrix(data.inputs, batchSize)],
      (x) => this.#parts.model(x),
    );
    const target = preparation === undefined ? {} : { target: preparation.target };
    yield* predictWith(program, data, { batchSize, ...target });
  }

  #program(
    specs: readonly InputSpec[],
    body: (...inputs: Tensor[]) => Traced,
  ): Promise<Program> {
    const key = JSON.stringify(specs);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile(specs, body);
      this.#programs.set(key, program);
      program.catch(() => this.#programs.delete(key));
    }
    return program;
  }

  async #compile(
    specs: readonly InputSpec[],
    body: (...inputs: Tensor[]) => Traced,
  ): Promise<Program> {
    const { device, holdings, model } = this.#parts;
    const traced = device.trace(specs, body, { trustInputs: true });
    requireListed(traced, model);
    const [program] = await holdings.prepare(traced);
    return program;
  }
}

/** Examples as the model reads them. */
function prepared<D extends Examples>(data: D, preparation: Preparation | undefined): D {
  return preparation === undefined ? data : prepareLike(data, preparation);
}

/** Examples of which only the features are given. */
function examplesOf(
  features: Examples["features"],
  preparation: Preparation | undefined,
): Examples {
  const inputs = preparation?.inputs;
  if (inputs !== undefined && features.length > 0 && features.length % inputs === 0) {
    return { features, inputs, examples: features.length / inputs };
  }
  throw new RangeError(
    `Cannot predict from an array of ${features.length} features: expected a multiple of the ${
      inputs ?? "inputs"
    } that the model was trained with, or { features, examples, inputs }`,
  );
}

/** Shapes of a batch: features, and class numbers or, where examples have them, targets. */
export function specsOf(
  { inputs, outputs }: { readonly inputs: number; readonly outputs?: number },
  batchSize: number,
): InputSpec[] {
  const targets = outputs === undefined ? labels(batchSize) : matrix(outputs, batchSize);
  return [matrix(inputs, batchSize), targets];
}
