/**
 * A model and a task together: what the programs of a training take, in which order, and what they compute of it.
 *
 * @module
 */
import type { ArraySpec, Batch } from "../data/source.ts";
import type { ContextOptions } from "../nn/context.ts";
import type { Module } from "../nn/module.ts";
import type { InputSpec } from "../program/program.ts";
import { requireScalar, type Tensor } from "../program/trace.ts";
import { taskDefinition, taskNamed } from "../tasks/mod.ts";
import { type OtherLoss, withLoss } from "../tasks/supervised.ts";
import type { Forward, Task, TensorBatch } from "../tasks/task.ts";

/** A loss of the inputs of a program: the model applied in a call that is for something. */
export type StepLoss = (inputs: readonly Tensor[], context: ContextOptions) => Tensor;

/** An array per input of a program, padded columns included. */
export type StepInputs = readonly (Float32Array | Uint32Array)[];

/** What is lowered of which model. */
export interface Objective {
  /** The model. */
  readonly model: Module;
  /** What is learnt. */
  readonly task: Task;
}

/** What a {@linkcode Tasks} chooses from. */
export interface TaskChoice extends OtherLoss {
  /** The model. */
  readonly model: Module;
  /** What is learnt; that of the examples by default. */
  readonly task?: Task;
}

/** What the programs of a training are made of. */
export interface Chosen extends Objective {
  /** Names of the inputs of its programs, in order. */
  readonly names: readonly string[];
  /** The loss of these inputs. */
  readonly loss: StepLoss;
}

/** The tasks of a trainer: the one that it was given, or the one that examples name, with a loss or metrics of its own. */
export class Tasks {
  readonly #choice: TaskChoice;
  readonly #known = new Map<string, Chosen>();

  /** @throws {RangeError} if a metric is called as the loss is. */
  constructor(choice: TaskChoice) {
    const { metrics = {}, task } = choice;
    if ("loss" in metrics || (task !== undefined && "loss" in task.metrics)) {
      throw new RangeError(
        'Cannot measure a metric "loss": evaluations have the loss under that name; expected another one',
      );
    }
    this.#choice = choice;
  }

  /**
   * What is learnt of examples, always the same object.
   *
   * @param name The task that the examples are for, if they say one.
   * @throws {TypeError} if nobody says a task.
   * @throws {RangeError} if there is none of that name.
   */
  of(name: string | undefined): Chosen {
    const { model, task: given } = this.#choice;
    const key = given?.name ?? name;
    if (key === undefined) {
      throw new TypeError(
        "Cannot tell what to learn: neither the trainer nor the data say a task; expected one of them to",
      );
    }
    let chosen = this.#known.get(key);
    if (chosen === undefined) {
      const task = given === undefined
        ? namedTask(key, this.#choice)
        : withLoss(given, this.#choice);
      chosen = { model, task, names: inputNames(task), loss: lossOf({ model, task }) };
      this.#known.set(key, chosen);
    }
    return chosen;
  }
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
    if (Object.hasOwn(given, name)) {
      const { shape, type } = given[name];
      return { shape: [...shape, batchSize], type };
    }
    throw new TypeError(
      `Cannot ${action}: the data give ${
        Object.keys(given).join(", ") || "nothing"
      }, and the task takes ` +
        `"${name}"; expected data with ${names.join(", ")}, or another task`,
    );
  });
}

/** The arrays of a batch in the order of names. */
export function arraysOf(names: readonly string[], { arrays }: Batch): StepInputs {
  return names.map((name) => arrays[name]);
}

/** The loss of a task as a function of a program's inputs. */
export function lossOf({ model, task }: Objective): StepLoss {
  const names = inputNames(task);
  return (inputs, context) => {
    const value: unknown = task.loss((x) => model(x, context), batchOf(names, inputs));
    requireScalar(value, "the loss");
    return value;
  };
}

/** What a task's output is, as a function of the inputs that the model reads: those of an evaluation. */
export function outputOf({ model, task }: Objective): (...inputs: Tensor[]) => Tensor {
  return (...inputs) => task.output((x) => model(x), batchOf(task.inputs, inputs));
}

/** Names of what {@linkcode measuresOf} gives. */
export function measureNames({ metrics }: Task): string[] {
  return ["loss", ...Object.keys(metrics)];
}

/** The loss and the metrics of a task as a function of a program's inputs; the model is applied once. */
export function measuresOf({ model, task }: Objective): (...inputs: Tensor[]) => Tensor[] {
  const names = inputNames(task);
  return (...inputs) => {
    const batch = batchOf(names, inputs);
    const forward = remembering((x) => model(x));
    const output = task.output(forward, batch);
    const loss: unknown = task.loss(forward, batch);
    requireScalar(loss, "the loss");
    const metrics = Object.entries(task.metrics).map(([name, metric]) => {
      const value: unknown = metric(output, batch);
      requireScalar(value, `the metric "${name}"`);
      return value;
    });
    return [loss, ...metrics];
  };
}

function batchOf(names: readonly string[], inputs: readonly Tensor[]): TensorBatch {
  return Object.fromEntries(names.map((name, i) => [name, inputs[i]]));
}

/** The same function, which is called once for each tensor. */
function remembering(model: Forward): Forward {
  const known = new Map<Tensor, Tensor>();
  return (x) => {
    const found = known.get(x) ?? model(x);
    known.set(x, found);
    return found;
  };
}
