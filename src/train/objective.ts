/**
 * A model and a task together: what the programs of a training take, in which order, and what they compute of it.
 *
 * @module
 */
import { type ArraySpec, type Batch, sizeOf } from "../data/source.ts";
import type { ContextOptions } from "../nn/context.ts";
import type { Module } from "../nn/module.ts";
import { unpackBytes } from "../ops/unpack_bytes.ts";
import type { InputReading, InputSpec } from "../program/program.ts";
import { requireScalar, Tensor } from "../program/trace.ts";
import { taskDefinition, taskNamed } from "../tasks/mod.ts";
import { type OtherLoss, withLoss } from "../tasks/supervised.ts";
import type { Forward, Task, TensorBatch } from "../tasks/task.ts";
import type { OwnTask, UsualTask } from "./options.ts";

/** A loss of the inputs of a program: the model applied in a call that is for something. */
export type StepLoss = (inputs: readonly Tensor[], context: ContextOptions) => Tensor;

/** An array per input of a program, padded columns included. */
export type StepInputs = readonly (Float32Array | Uint32Array)[];

/** What is lowered of which model. */
export interface Objective<In = Tensor, Out = Tensor> {
  /** The model. */
  readonly model: Module<In, Out>;
  /** What is learnt. */
  readonly task: Task<string, string, In, Out>;
}

/** A task with its model: what the programs of a training are made of. */
export interface Chosen extends Pick<Task, "name" | "inputs" | "answer"> {
  /** Names of the inputs of its programs, in order: those that the model reads come first. */
  readonly names: readonly string[];
  /** The loss of these inputs. */
  readonly loss: StepLoss;
  /** Names of what is measured; the first one is `loss`. */
  readonly measures: readonly string[];
  /** What follows from the mean loss, by name. */
  readonly follows: Readonly<Record<string, (loss: number) => number>>;
  /** What is measured of these inputs; the model is applied once. */
  measure(...inputs: Tensor[]): Tensor[];
  /** What the model gives of those that it reads. */
  output(...inputs: Tensor[]): Tensor;
}

/** The tasks of a trainer. */
export interface Tasks {
  /**
   * What is learnt of examples, always the same object.
   *
   * @param name The task that the examples are for, if they say one; a task that the trainer was given comes first.
   * @throws {TypeError} if nobody says a task.
   * @throws {RangeError} if there is none of that name.
   */
  of(name: string | undefined): Chosen;
}

/**
 * The tasks of a trainer: the one that it was given, or the one that examples name, with a loss or metrics of its own.
 *
 * @throws {RangeError} if a metric is called as the loss is.
 */
export function tasksOf<In, Out>(
  options: OtherLoss & (UsualTask | OwnTask<In, Out>),
): Tasks {
  const { metrics = {}, task } = options;
  if ("loss" in metrics || (task !== undefined && "loss" in task.metrics)) {
    throw new RangeError(
      'Cannot measure a metric "loss": evaluations have the loss under that name; expected another one',
    );
  }
  if (options.task !== undefined) {
    const chosen = chosenOf({ model: options.model, task: withLoss(options.task, options) });
    return { of: () => chosen };
  }
  const { model } = options;
  const known = new Map<string, Chosen>();
  return {
    of(name) {
      if (name === undefined) {
        throw new TypeError(
          "Cannot tell what to learn: neither the trainer nor the data say a task; expected one of them to",
        );
      }
      const chosen = known.get(name) ?? chosenOf({ model, task: namedTask(name, options) });
      known.set(name, chosen);
      return chosen;
    },
  };
}

function chosenOf<In, Out>(objective: Objective<In, Out>): Chosen {
  const { task } = objective;
  return {
    ...{ name: task.name, inputs: task.inputs, names: inputNames(task) },
    answer: (output) => task.answer(output),
    loss: lossOf(objective),
    measures: ["loss", ...Object.keys(task.metrics)],
    follows: task.follows ?? {},
    measure: measuresOf(objective),
    output: outputOf(objective),
  };
}

/**
 * A task by its name, with what is said otherwise. Beside a loss of somebody's own those of its metrics are measured that are
 * no losses: an error in the place of another says nothing new.
 */
function namedTask(name: string, other: OtherLoss): Task {
  const { losses } = taskDefinition(name);
  const task = taskNamed(name);
  const { loss } = other;
  const kept = Object.entries(task.metrics).filter(([metric]) =>
    loss === undefined || !losses.includes(metric)
  );
  return withLoss({ ...task, metrics: Object.fromEntries(kept) }, other);
}

/** The names of the inputs of a task's programs, in their order. */
export function inputNames({ inputs, targets }: Pick<Task, "inputs" | "targets">): string[] {
  return [...inputs, ...targets];
}

/**
 * What a program takes of batches.
 *
 * @param action What it is for, for errors.
 * @throws {TypeError} if batches have no array of one of the names.
 */
export function specsOf(
  action: string,
  names: readonly string[],
  given: Readonly<Record<string, ArraySpec>>,
  batchSize: number,
): InputSpec[] {
  return names.map((name) => {
    if (Object.hasOwn(given, name)) return specOf(given[name], batchSize);
    throw new TypeError(
      `Cannot ${action}: the data give ${
        Object.keys(given).join(", ") || "nothing"
      }, and the task takes ` +
        `"${name}"; expected data with ${names.join(", ")}, or another task`,
    );
  });
}

function specOf(spec: ArraySpec, batchSize: number): InputSpec {
  const { shape, type, bytes } = spec;
  if (bytes === undefined) return { shape: [...shape, batchSize], type };
  const reading: InputReading = {
    key: `bytes as ${shape} of ${bytes}`,
    of: (words) => unpackBytes(words, shape, bytes),
  };
  return { shape: [Math.ceil(sizeOf(spec) / 4), batchSize], type: "u32", reading };
}

/** The arrays of a batch in the order of names. */
export function arraysOf(names: readonly string[], { arrays }: Batch): StepInputs {
  return names.map((name) => arrays[name]);
}

/** The loss of a task as a function of a program's inputs. */
export function lossOf<In, Out>({ model, task }: Objective<In, Out>): StepLoss {
  const names = inputNames(task);
  return (inputs, context) => {
    const value: unknown = task.loss((input) => model(input, context), batchOf(names, inputs));
    requireScalar(value, "the loss");
    return value;
  };
}

/** What a task's output is, as a function of the inputs that the model reads: those of an evaluation. */
export function outputOf<In, Out>(
  { model, task }: Objective<In, Out>,
): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => task.output((input) => model(input), batchOf(task.inputs, inputs));
}

/** The loss and the metrics of a task as a function of a program's inputs; the model is applied once. */
function measuresOf<In, Out>(
  { model, task }: Objective<In, Out>,
): (...inputs: Tensor[]) => Tensor[] {
  const names = inputNames(task);
  return (...inputs) => {
    const batch = batchOf(names, inputs);
    const forward = remembering((input: In) => model(input));
    const output = task.output(forward, batch);
    const loss: unknown = task.loss(forward, batch);
    requireScalar(loss, "the loss");
    const metrics = Object.entries(task.metrics).map(([name, metric]) => {
      const value: unknown = metric(output, batch, forward);
      requireScalar(value, `the metric "${name}"`);
      return value;
    });
    return [loss, ...metrics];
  };
}

function batchOf(names: readonly string[], inputs: readonly Tensor[]): TensorBatch {
  return Object.fromEntries(names.map((name, i) => [name, inputs[i]]));
}

/** The same function, which is called once for the same tensors. */
function remembering<In, Out>(model: Forward<In, Out>): Forward<In, Out> {
  const known: { readonly input: In; readonly output: Out }[] = [];
  return (input) => {
    const found = known.find((call) => isSame(call.input, input));
    if (found !== undefined) return found.output;
    const output = model(input);
    known.push({ input, output });
    return output;
  };
}

/** Whether two inputs are the same tensor, or records of the same ones. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!(isRecord(a) && isRecord(b))) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Whether an input is a record of tensors. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !(value instanceof Tensor);
}
