/**
 * What a trainer is made of, and what it is asked for.
 *
 * @module
 */
import type { Source } from "../data/source.ts";
import type { Method } from "../methods/method.ts";
import type { Module } from "../nn/module.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Device } from "../program/device.ts";
import type { Tensor } from "../program/trace.ts";
import type { Loss } from "../tasks/supervised.ts";
import type { Task } from "../tasks/task.ts";

/** What a {@linkcode Trainer} is made of, whatever its model takes. */
export interface TrainerParts {
  /** Where to train. */
  readonly device: Device;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** How patterns change; they stay as they are by default. */
  readonly method?: Method;
  /** What to lower, of the model's output and the target, in the place of the task's loss. */
  readonly loss?: Loss;
  /**
   * What {@linkcode Trainer.evaluate} measures beside the loss: means over the examples of a batch, by name, in the place of
   * the task's metrics. By default those; beside a `loss` those of them that are no losses themselves, such as the accuracy.
   */
  readonly metrics?: Readonly<Record<string, Loss>>;
  /**
   * Seed of everything random: the first values and patterns of parameters that are not on the device yet, the order of the
   * data, the rewiring. Whatever was placed or trained on the device before plays no part. By default first values are of
   * the device's seed, and all else of seed 0.
   */
  readonly seed?: number;
  /**
   * The processes that train together, each with a share of every batch, as `openParallel` gives them: all make the same calls
   * with the same data and options, and have the same model at any time. One by itself if absent, or those over which the model is
   * spread, of which each takes whole batches and has a part of the model. See `docs/parallel.md`.
   */
  readonly parallel?: Parallel;
  /**
   * Whether batch normalisation by several ranks goes by the batch of all of them, as in one process, rather than by the share that
   * each has: two exchanges of each such layer in every batch. False by default; where ranks take whole batches, and in one process,
   * both are the same.
   */
  readonly syncBatchNorm?: boolean;
}

/** What to train for the task that the examples name: a model of one tensor, `[inputs, examples]` to `[outputs, examples]`. */
export interface UsualTask {
  /** What to train. */
  readonly model: Module;
  /** None: it is that of the examples. */
  readonly task?: undefined;
}

/**
 * What to train for a task of one's own.
 *
 * @typeParam In What the model takes: a tensor, or a record of several.
 * @typeParam Out What it gives: a tensor, or a record of what the task reads.
 */
export interface OwnTask<In = Tensor, Out = Tensor> {
  /** What to train. */
  readonly model: Module<In, Out>;
  /** What is learnt: what is lowered, measured and answered. */
  readonly task: Task<string, string, In, Out>;
}

/**
 * What a {@linkcode Trainer} is made of.
 *
 * @typeParam In What the model takes: a tensor, or a record of several, which the task makes of the arrays of a batch.
 * @typeParam Out What it gives: a tensor, or a record of what the task reads.
 */
export type TrainerOptions<In = Tensor, Out = Tensor> =
  & TrainerParts
  & (UsualTask | OwnTask<In, Out>);

/** Options of {@linkcode Trainer.plan}. */
export interface PlanOptions {
  /** Features of an example, or the arrays of a source. */
  readonly inputs: number | Source["inputs"];
  /** Whether features are bytes, where `inputs` is their number: a device is given them as such. False by default. */
  readonly bytes?: boolean;
  /** Numbers to predict for an example; absent where classes are. */
  readonly outputs?: number;
  /** Name of the task of a source. */
  readonly task?: string;
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Batches in a step, as in {@linkcode FitOptions}. */
  readonly accumulate?: number;
}

/**
 * The ranks that train together; nothing where that is one process.
 *
 * @throws {TypeError} if the model is spread over other ranks than those that are to share its batches.
 * @throws {RangeError} if gradients of a model that is spread are to be clipped: no rank has all of them before it changes its own.
 */
export function ranksOf<In, Out>(
  { model: { spread }, optimizer, parallel }: TrainerOptions<In, Out>,
): Parallel | undefined {
  if (spread === undefined) return (parallel?.size ?? 1) > 1 ? parallel : undefined;
  if (parallel !== undefined && parallel !== spread.parallel) {
    throw new TypeError(
      "Cannot train a model that is spread over ranks with other ones: expected `parallel` to be that of the model, or absent",
    );
  }
  if (optimizer.settings?.clipNorm === undefined) return spread.parallel;
  throw new RangeError(
    `Cannot train a model that is spread over ranks with clipNorm ${optimizer.settings.clipNorm}: a rank changes its labels before the norm ` +
      "of all gradients is known; expected an optimizer without it",
  );
}
