/**
 * Learning-rate schedules: functions of the step and the number of steps.
 *
 * @module
 */

/** A learning rate: a constant, or a function of the step (from 0) and the steps of the whole run. */
export type LearningRate = number | Schedule;

/** A learning rate as a function of the step (from 0) and the steps of the whole run. */
export type Schedule = (step: number, totalSteps: number) => number;

/** Options that schedules share. */
export interface WarmupOptions {
  /** Steps over which the rate rises linearly to its peak. Default 0. */
  readonly warmup?: number;
}

/** Options of {@linkcode cosine} and {@linkcode linearDecay}. */
export interface CosineOptions extends WarmupOptions {
  /** Rate at the end. Default 0. */
  readonly final?: number;
}

/** Options of {@linkcode stepDecay}. */
export interface StepDecayOptions extends WarmupOptions {
  /** Shares of the run at which the rate falls, in ascending order. Default [0.5, 0.75]. */
  readonly at?: readonly number[];
  /** What the rate is multiplied by each time. Default 0.1. */
  readonly factor?: number;
}

/**
 * Linear warm-up to `peak`, then half a cosine down to `final` at the end of the run
 * (Loshchilov and Hutter 2017, equation 5, without restarts).
 *
 * @param peak Highest learning rate, above 0.
 * @example
 * ```ts
 * import { cosine } from "@filigree/filigree";
 *
 * const rate = cosine(0.1, { warmup: 10 });
 * console.assert(rate(9, 100) === 0.1 && rate(99, 100) < 0.001);
 * ```
 */
export function cosine(peak: number, options: CosineOptions = {}): Schedule {
  const { final = 0 } = options;
  return warmedUp(
    "cosine",
    peak,
    options,
    (progress) => final + (peak - final) * 0.5 * (1 + Math.cos(Math.PI * progress)),
  );
}

/**
 * Linear warm-up to `peak`, then a straight line down to `final` at the end of the run.
 *
 * @param peak Highest learning rate, above 0.
 * @example
 * ```ts
 * import { linearDecay } from "@filigree/filigree";
 *
 * const rate = linearDecay(0.1);
 * console.assert(rate(0, 100) === 0.1 && rate(50, 100) === 0.05);
 * ```
 */
export function linearDecay(peak: number, options: CosineOptions = {}): Schedule {
  const { final = 0 } = options;
  return warmedUp("linearDecay", peak, options, (progress) => peak + (final - peak) * progress);
}

/**
 * Linear warm-up to `peak`, which then is multiplied by a factor at given shares of the run.
 *
 * @param peak Highest learning rate, above 0.
 * @throws {RangeError} if a share lies outside of [0, 1] or the factor is not above 0.
 * @example
 * ```ts
 * import { stepDecay } from "@filigree/filigree";
 *
 * const rate = stepDecay(1, { at: [0.5], factor: 0.25 });
 * console.assert(rate(49, 100) === 1 && rate(50, 100) === 0.25);
 * ```
 */
export function stepDecay(peak: number, options: StepDecayOptions = {}): Schedule {
  const { at = [0.5, 0.75], factor = 0.1 } = options;
  if (!(factor > 0) || at.some((share) => !(share >= 0 && share <= 1))) {
    throw new RangeError(
      `Cannot make stepDecay: it falls by ${factor} at [${at}]; expected a factor above 0 and shares in [0, 1]`,
    );
  }
  return warmedUp(
    "stepDecay",
    peak,
    options,
    (progress) => peak * factor ** at.filter((share) => progress >= share).length,
  );
}

/**
 * Linear warm-up to `peak`, which then stays.
 *
 * @param peak Learning rate, above 0.
 * @example
 * ```ts
 * import { constant } from "@filigree/filigree";
 *
 * const rate = constant(0.1, { warmup: 2 });
 * console.assert(rate(0, 100) === 0.05 && rate(99, 100) === 0.1);
 * ```
 */
export function constant(peak: number, options: WarmupOptions = {}): Schedule {
  return warmedUp("constant", peak, options, () => peak);
}

/** A rate that rises over the warm-up and then follows `decay` of the share of the rest that is over. */
function warmedUp(
  owner: string,
  peak: number,
  { warmup = 0 }: WarmupOptions,
  decay: (progress: number) => number,
): Schedule {
  checkRate(owner, peak);
  if (!(Number.isInteger(warmup) && warmup >= 0)) {
    throw new RangeError(
      `Cannot make ${owner}: warmup is ${warmup}; expected a whole number of steps`,
    );
  }
  return (step, totalSteps) => {
    if (step < warmup) return peak * (step + 1) / warmup;
    return decay(Math.min(1, (step - warmup) / Math.max(1, totalSteps - warmup)));
  };
}

/**
 * The learning rate that suits a sparse network where `rate` suits the dense one:
 * `rate * exp(1.969 s^2 + 0.2905 s)` (Dietrich et al., "Towards structured dynamic sparse pre-training of
 * BERT", 2022, equation 3; fitted with Adam up to a sparsity of 0.99).
 *
 * @param rate Learning rate of the dense network.
 * @param sparsity Share of absent connections, in [0, 1).
 * @throws {RangeError} if the sparsity is outside of [0, 1).
 * @example
 * ```ts
 * import { sparseRate } from "@filigree/filigree";
 *
 * console.assert(sparseRate(1e-3, 0) === 1e-3 && Math.round(sparseRate(1e-3, 0.9) * 1e4) === 64);
 * ```
 */
export function sparseRate(rate: number, sparsity: number): number {
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new RangeError(
      `Cannot scale a learning rate to sparsity ${sparsity}: expected a share in [0, 1)`,
    );
  }
  return rate * Math.exp(1.969 * sparsity ** 2 + 0.2905 * sparsity);
}

/**
 * The rate at a step.
 *
 * @throws {RangeError} if a schedule says what is no rate.
 */
export function rateAt(rate: LearningRate, step: number, totalSteps: number): number {
  if (typeof rate === "number") return rate;
  const found = rate(step, totalSteps);
  if (typeof found === "number" && found >= 0 && Number.isFinite(Math.fround(found))) return found;
  throw new RangeError(
    `Cannot use the learning rate of step ${step} of ${totalSteps}: the schedule says ${found}; ` +
      "expected a finite number of at least 0",
  );
}

/** Throws unless a constant rate is a finite number above 0. */
export function checkRate(owner: string, rate: LearningRate): void {
  if (typeof rate === "number" && !(rate > 0 && Number.isFinite(rate))) {
    throw new RangeError(
      `Cannot make ${owner}: the learning rate is ${rate}; expected a finite number above 0`,
    );
  }
}
