/**
 * What a run was begun with. Whoever goes on with it must come with the same, or the rest would be of another run.
 *
 * @module
 */
import type { Method } from "../methods/method.ts";
import type { AnyModule } from "../nn/module.ts";
import type { Moments } from "../optim/moments.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { type LearningRate, rateAt } from "../optim/schedule.ts";

/** A restored run was to go on with something else than it began with. */
export class OtherTermsError extends RangeError {}

/** What a run was begun with, as it is saved. */
export interface Terms {
  /** Passes over the data. */
  readonly epochs: number;
  /** Everything else by name: two runs of which one of these differs are not the same. */
  readonly fixed: Readonly<Record<string, string>>;
}

/** What terms are made of. */
export interface TermsParts {
  /** Passes over the data. */
  readonly epochs: number;
  /** Examples in a batch. */
  readonly batchSize: number;
  /** Batches in a step. */
  readonly accumulate: number;
  /** What else batches depend on, by name; see `Source.terms`. */
  readonly batches: Readonly<Record<string, string>>;
  /** A digest of what a step computes. */
  readonly computation: string;
  /** What the data are; see `Source.fingerprint`. */
  readonly content: string;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** The parameters that change. */
  readonly model: Pick<AnyModule, "parameters">;
  /** Of which group each parameter is. */
  readonly moments: Pick<Moments, "groupOf">;
  /** How patterns change. */
  readonly method: Method | undefined;
}

/** The terms of a run of `totalSteps`. */
export function termsOf(parts: TermsParts, totalSteps: number): Terms {
  const { epochs, batchSize, accumulate, optimizer, method } = parts;
  const sampled = (of: (step: number) => number): number[] =>
    Array.from({ length: SAMPLES }, (_, i) => of(Math.floor(i * totalSteps / SAMPLES)));
  const rates = (rate: LearningRate): number[] => sampled((step) => rateAt(rate, step, totalSteps));
  const fractions = sampled((step) => method?.fraction(step, totalSteps) ?? 0);
  return {
    epochs,
    fixed: {
      "the batch size": String(batchSize),
      "the number of batches in a step": String(accumulate),
      ...parts.batches,
      [OF_CONTENT]: parts.content,
      "the optimizer": JSON.stringify([optimizer.name, optimizer.settings ?? {}]),
      "the learning rate": JSON.stringify(rates(optimizer.learningRate)),
      ...groupTerms(parts, rates),
      "the method": JSON.stringify([
        method?.name ?? "none",
        method?.every ?? 0,
        method?.settings ?? {},
        ...(method?.updates === undefined ? [] : [method.updates]),
      ]),
      "the share of connections that it replaces": JSON.stringify(fractions),
      ...thresholdTerms(method, sampled, totalSteps),
      // Last: the others say better what is different.
      "what a step computes (model and loss)": parts.computation,
    },
  };
}

/** What a run has besides whose method drops what is below a threshold. */
function thresholdTerms(
  method: Method | undefined,
  sampled: (of: (step: number) => number) => number[],
  totalSteps: number,
): Record<string, string> {
  if (method?.threshold === undefined) return {};
  const all = sampled((step) => method.threshold?.(step, totalSteps) ?? 0);
  return { [OF_THRESHOLD]: JSON.stringify(all) };
}

/** What a run with groups of parameters has besides. */
function groupTerms(
  { optimizer: { groups = [] }, model, moments }: TermsParts,
  rates: (rate: LearningRate) => readonly number[],
): Record<string, string> {
  if (groups.length === 0) return {};
  const group = model.parameters.map((parameter) => moments.groupOf(parameter));
  const all = groups.map(({ name, learningRate }) => [name, rates(learningRate)]);
  return { "the group of each parameter": JSON.stringify(group), [OF_GROUPS]: JSON.stringify(all) };
}

/** Name of what the data are. */
export const OF_CONTENT = "the content of the data";

/** Name of the rates of all groups. */
const OF_GROUPS = "the learning rates of the groups";

/** Name of the thresholds of a run. */
const OF_THRESHOLD = "the threshold that it drops connections below";

/** Steps of a run at which schedules are compared. */
const SAMPLES = 8;

/** What follows from the number of epochs, and changes with it. */
const OF_LENGTH = [
  "the learning rate",
  OF_GROUPS,
  "the share of connections that it replaces",
  OF_THRESHOLD,
];

/**
 * Refuses to go on with a run under other terms.
 *
 * @param begun What it was begun with.
 * @param ended Epochs that it has behind it.
 * @param now What it shall go on with.
 * @param extend Whether it may have more epochs now.
 * @throws {RangeError} naming what is different.
 */
export function requireTerms(begun: Terms, ended: number, now: Terms, extend: boolean): void {
  const longer = extend && now.epochs >= ended;
  if (now.epochs !== begun.epochs && !longer) {
    throw new RangeError(
      `Cannot go on with a run of ${begun.epochs} epochs, ${ended} of which have ended, for ${now.epochs} epochs: ` +
        "expected the same number, or at least those that have ended and { extend: true }",
    );
  }
  const sameLength = now.epochs === begun.epochs;
  for (const [name, value] of Object.entries(now.fixed)) {
    const before = begun.fixed[name];
    // The terms of a version before may lack some.
    if (before === undefined || before === value || (!sameLength && OF_LENGTH.includes(name))) {
      continue;
    }
    throw new OtherTermsError(
      `Cannot go on with the run that was restored: ${name} was ${before} and is ${value}; expected the same, ` +
        "or load() to begin a new run with its weights",
    );
  }
}
