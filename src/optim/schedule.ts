/**
 * Learning-rate schedules: functions of the step and the number of steps.
 *
 * @module
 */

/** A learning rate: a constant, or a function of the step (from 0) and the steps of the whole run. */
export type LearningRate = number | ((step: number, totalSteps: number) => number);

/** Options of {@linkcode cosine}. */
export interface CosineOptions {
  /** Steps over which the rate rises linearly from 0 to its peak. */
  readonly warmup?: number;
  /** Rate at the end. */
  readonly final?: number;
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
export function cosine(
  peak: number,
  options: CosineOptions = {},
): (step: number, totalSteps: number) => number {
  const { warmup = 0, final = 0 } = options;
  checkRate("cosine", peak);
  return (step, totalSteps) => {
    if (step < warmup) return peak * (step + 1) / warmup;
    const progress = Math.min(1, (step - warmup) / Math.max(1, totalSteps - warmup));
    return final + (peak - final) * 0.5 * (1 + Math.cos(Math.PI * progress));
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

/** The rate at a step. */
export function rateAt(rate: LearningRate, step: number, totalSteps: number): number {
  return typeof rate === "number" ? rate : rate(step, totalSteps);
}

/** Throws unless a constant rate is a finite number above 0. */
export function checkRate(owner: string, rate: LearningRate): void {
  if (typeof rate === "number" && !(rate > 0 && Number.isFinite(rate))) {
    throw new RangeError(
      `Cannot make ${owner}: the learning rate is ${rate}; expected a finite number above 0`,
    );
  }
}
