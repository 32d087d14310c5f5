/**
 * What follows from the number of steps of a run: defaults that suit a short one, and what a run will never reach.
 *
 * @module
 */
import { METHODS, PLAIN_METHODS } from "./config/choices.ts";
import type { Config } from "./config/schema.ts";
import { refuse } from "./applicable.ts";
import { grouped } from "./grouped.ts";

/** Keys whose defaults follow the length of a run; {@linkcode withLength} gives them their values. */
export const OF_LENGTH: readonly string[] = ["optimizer.warmup", "method.every"];

/** Most steps over which the learning rate rises by default. */
export const WARMUP = 100;

/** Most steps between two rewirings by default. */
const EVERY = 100;

/** Shares of a method's schedule by default. */
const USUAL = { fraction: 0.3, until: 0.75 };

/**
 * Steps of a run of which one is of the warm-up by default: 5 %, between the 1.5 to 6 % of large runs (Goyal et al. 2017;
 * Devlin et al. 2019). Runs of 2000 steps and more have the full warm-up.
 */
const STEPS_PER_WARMUP = 20;

/** Rewirings that fit into a run by default. Runs of 1000 steps and more rewire every 100. */
const REWIRINGS = 10;

/**
 * Batches of which one at most is spent by default on where to grow: growth by gradient takes one for each rewiring, which is not
 * trained with. A run too short for that keeps the patterns that it began with.
 */
const BATCHES_PER_SPENT = 10;

/** Steps of a run; what it is of `examples` to train with. */
export function stepsOf({ train }: Config, examples: number): number {
  const { epochs, batch, accumulate } = train;
  return epochs * Math.ceil(Math.ceil(examples / batch) / accumulate);
}

/** Most steps that a device can count. */
const MOST_STEPS = 2 ** 32 - 1;

/**
 * Refuses what no run can be made of.
 *
 * @throws {ValidationError} if a step asks for more batches than there are, or the steps cannot be counted.
 */
export function requireSteps(config: Config, examples: number): void {
  const { batch, accumulate, epochs } = config.train;
  const batches = Math.ceil(examples / batch);
  if (accumulate > batches) {
    refuse("train.accumulate", `is ${accumulate}, but an epoch has ${grouped(batches)} batches`);
  }
  const steps = stepsOf(config, examples);
  if (steps > MOST_STEPS) {
    refuse(
      "train.epochs",
      `is ${epochs}: ${grouped(steps)} steps; expected at most ${grouped(MOST_STEPS)}`,
    );
  }
}

/** The configuration with the defaults that follow from the length of its run filled in. */
export function withLength(config: Config, examples: number): Config {
  const { optimizer, method } = config;
  const steps = stepsOf(config, examples);
  const atMost = (most: number, share: number): number =>
    Math.max(1, Math.min(most, Math.floor(steps / share)));
  const warmup = optimizer.warmup ?? atMost(WARMUP, STEPS_PER_WARMUP);
  const { updates } = method;
  const least = spendsBatches(config) ? Math.ceil(BATCHES_PER_SPENT / config.train.accumulate) : 1;
  const every = method.every ??
    (updates === undefined ? Math.max(least, atMost(EVERY, REWIRINGS)) : undefined);
  return {
    ...config,
    optimizer: { ...optimizer, warmup },
    method: rewires(config) && every !== undefined ? { ...method, every } : method,
  };
}

/** Whether patterns change in a run. */
function rewires({ method: { name }, pattern }: Config): boolean {
  const changes = METHODS.some((method) => method.name === name && "every" in method.options);
  return changes && pattern.name !== "dense";
}

/** Whether each rewiring takes a batch that is not trained with. */
function spendsBatches({ method: { name, growth } }: Config): boolean {
  return (growth ?? PLAIN_METHODS.get(name)?.growth) === "gradient";
}

/** What {@linkcode neverReached} looks at beside the configuration. */
export interface RunFacts {
  /** Examples to train with. */
  readonly examples: number;
  /** Whether a layer is sparse. */
  readonly sparse: boolean;
  /** Cores of the machine. */
  readonly cores: number;
}

/**
 * What a configuration asks for and its run will not have, a sentence each.
 *
 * @param config As {@linkcode withLength} gives it.
 */
export function neverReached(config: Config, { examples, sparse, cores }: RunFacts): string[] {
  const { train: { batch, checkpointEvery }, optimizer, method, device } = config;
  const steps = stepsOf(config, examples);
  const run = `the run has ${grouped(steps)} steps`;
  const { warmup = 0 } = optimizer;
  const { usual = USUAL } = METHODS.find(({ name }) => name === method.name) ?? {};
  const { fraction = usual.fraction, until = usual.until, updates } = method;
  const { every = updates === undefined ? EVERY : Math.ceil(steps / updates) } = method;
  const notes: string[] = [];
  const note = (holds: boolean, text: string): void => void (holds && notes.push(text));
  note(
    batch > examples,
    `a batch of ${grouped(batch)} never fills: there are ${grouped(examples)} examples`,
  );
  note(
    warmup >= steps,
    `the learning rate never reaches its peak: the warm-up takes ${
      grouped(warmup)
    } steps, and ${run}`,
  );
  note(
    optimizer.schedule === "step" && warmup < steps && lastProgress(warmup, steps) < FIRST_FALL,
    `the learning rate never falls: it would in the middle of what follows the warm-up, and ${run}`,
  );
  const dynamic = rewires(config);
  note(
    dynamic && !sparse,
    `patterns never change: no layer is sparse, and ${method.name} changes sparse ones`,
  );
  const reached = every < until * steps && every < steps && fraction > 0;
  const why = fraction > 0
    ? `the first rewiring would be at step ${grouped(every)}, the last one before ` +
      `${grouped(Math.ceil(until * steps))}, and ${run}`
    : "the share of connections that is replaced is 0";
  note(dynamic && sparse && !reached, `patterns never change: ${why}`);
  const spent = reached ? spentNote(config, examples, until) : undefined;
  note(dynamic && sparse && spent !== undefined, spent ?? "");
  note(
    checkpointEvery !== undefined && checkpointEvery > steps,
    `there is no checkpoint before the end: it would be at step ${
      grouped(checkpointEvery ?? 0)
    }, and ${run}`,
  );
  const { threads = 0 } = device;
  note(threads > cores, `${threads} threads share ${cores} cores`);
  return notes;
}

/** What is said of rewirings that take more than their share of the batches; undefined where they do not. */
function spentNote(config: Config, examples: number, until: number): string | undefined {
  if (!spendsBatches(config)) return undefined;
  const { method: { every = EVERY, updates }, train: { accumulate, batch, epochs } } = config;
  const steps = stepsOf(config, examples);
  const before = Math.ceil(until * steps);
  // The first of each part but the first one.
  const rewirings = updates === undefined
    ? Math.ceil(before / every) - 1
    : Array.from({ length: Math.min(updates, steps) - 1 }, (_, i) => i + 1)
      .filter((part) => Math.ceil(part * steps / Math.min(updates, steps)) < before).length;
  const batches = epochs * Math.ceil(examples / batch);
  if (rewirings * BATCHES_PER_SPENT <= batches) return undefined;
  return `${grouped(rewirings)} of ${grouped(batches)} ${
    accumulate === 1 ? "steps rewire" : "batches are spent on rewirings"
  } and train nothing: ${config.method.name} grows by gradients of batches of their own; ` +
    `a rewiring every ${
      grouped(Math.ceil(BATCHES_PER_SPENT / accumulate))
    } steps at most leaves the others to the training`;
}

/** Share of a run after the warm-up at which the schedule `step` falls first. */
const FIRST_FALL = 0.5;

/** Share of the run after the warm-up that is over at the last step. */
function lastProgress(warmup: number, steps: number): number {
  return (steps - 1 - warmup) / Math.max(1, steps - warmup);
}
