/**
 * What a training does beside the kernels of its steps: it waits for batches, and it rewires.
 *
 * @module
 */
import type { Batch, Source } from "../data/source.ts";
import type { TrainingData } from "../data/training_data.ts";
import { fractionOf } from "../methods/check.ts";
import type { Method } from "../methods/method.ts";
import type { Device } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import { Ahead } from "../train/ahead.ts";
import { arraysOf } from "../train/objective.ts";
import type { Trainer } from "../train/trainer.ts";
import { median } from "./profile.ts";

/** What {@linkcode measureWaiting} found. */
export interface Waiting {
  /** Mean seconds of a step, its batch included. */
  readonly stepSeconds: number;
  /** Those of them in which the device has nothing to do, because the batch is not there. */
  readonly waitSeconds: number;
  /** Steps that were measured. */
  readonly steps: number;
}

/** What {@linkcode measureRewiring} found. */
export interface Rewiring {
  /** Median seconds of a rewiring of the largest share that is ever replaced. */
  readonly seconds: number;
  /** Rewirings that were measured. */
  readonly rewirings: number;
}

/** What {@linkcode measureWaiting} runs a program with. */
export interface WaitingOptions {
  /** Where batches come from. */
  readonly source: Source;
  /** Names of the arrays that the program takes, in order. */
  readonly names: readonly string[];
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Seed of the order of the examples; 0 by default. */
  readonly seed?: number;
  /** Seconds to spend. Default 2. */
  readonly seconds?: number;
}

/** Steps that are not measured: the runtime still compiles, and it shows how long a device works on its own. */
const WARM_UP = 3;

/** Steps that are measured at least. */
const LEAST_STEPS = 8;

/** Rewirings that are measured. The first one of a training compiles what it needs, and is not. */
const REWIRINGS = 3;

/** A batch, and what has the next one made. */
interface Fed {
  readonly batch: Batch;
  makeNext(): void;
}

/**
 * Trains a few steps on the batches of a source, which are made as a trainer has them made: the next one while the device works
 * on the present one, as far as it works by itself. A device that has carried out a step when the call returns waits for all
 * that this thread does then; of others, what is made while they work costs nothing.
 */
export async function measureWaiting(
  device: Device,
  program: Program,
  { source, names, batchSize, seed = 0, seconds = 2 }: WaitingOptions,
): Promise<Waiting> {
  const tails: number[] = [];
  let waited = 0, wall = 0, steps = 0, tail = 0;
  for await (const { batch, makeNext, asked } of timed(feed(source, { batchSize, seed }))) {
    const got = performance.now();
    program.run(arraysOf(names, batch), { step: 0, totalSteps: 1 }, batch.examples);
    const given = performance.now();
    if (tails.length < WARM_UP) {
      await device.backend.settled();
      tails.push(performance.now() - given);
      tail = median(tails);
      makeNext();
      continue;
    }
    makeNext();
    waited += got - asked + Math.max(0, performance.now() - given - tail);
    await device.backend.settled();
    wall += performance.now() - asked;
    if (++steps >= LEAST_STEPS && wall >= 1000 * seconds) break;
  }
  return { stepSeconds: wall / 1000 / steps, waitSeconds: waited / 1000 / steps, steps };
}

/** Batches, each with the time at which it was asked for. */
async function* timed(batches: AsyncGenerator<Fed>): AsyncGenerator<Fed & { asked: number }> {
  try {
    while (true) {
      const asked = performance.now();
      const { value, done } = await batches.next();
      if (done === true) return;
      yield { ...value, asked };
    }
  } finally {
    await batches.return(undefined);
  }
}

/** The batches of one epoch after the other. */
async function* feed(
  source: Source,
  options: { readonly batchSize: number; readonly seed: number },
): AsyncGenerator<Fed> {
  for (let epoch = 0;; epoch++) {
    const batches = new Ahead(source, epoch, { ...options, shuffle: true });
    try {
      while (true) {
        const batch = await batches.next();
        if (batch === undefined) break;
        yield { batch, makeNext: () => batches.makeNext() };
      }
    } finally {
      await batches.close();
    }
  }
}

/** The same method, which replaces as much as ever between any two steps; undefined if it never changes a pattern. */
export function rewiringOften(method: Method): Method | undefined {
  const share = fractionOf(method, 0, Number.MAX_SAFE_INTEGER);
  if (method.every === Infinity || method.growth === "none" || share === 0) return undefined;
  return { ...method, every: 1, fraction: () => share };
}

/**
 * Rewires a few times between steps of a training.
 *
 * @param trainer With a method of {@linkcode rewiringOften}, and of a model with sparse layers.
 * @throws {Error} if it does not rewire.
 */
export async function measureRewiring(
  trainer: Trainer,
  data: TrainingData,
  batchSize: number,
): Promise<Rewiring> {
  const taken: number[] = [];
  const epochs = REWIRINGS + 2;
  for await (const event of trainer.fit(data, { epochs, batchSize, logEvery: epochs })) {
    if (event.kind === "rewire") taken.push(event.seconds);
    if (taken.length > REWIRINGS) break;
  }
  if (taken.length <= REWIRINGS) {
    throw new Error(`Cannot measure rewirings: there were ${taken.length} of them`);
  }
  return { seconds: median(taken.slice(1)), rewirings: REWIRINGS };
}
