/**
 * Adam with decoupled weight decay.
 *
 * @module
 */
import { STEP_WORDS } from "../device/step_block.ts";
import { adamw as adamwKernel } from "../ops/kernels/mod.ts";
import { type CommonOptions, makeOptimizer, type Optimizer } from "./optimizer.ts";
import { checkRate } from "./schedule.ts";

/** Options of {@linkcode adamw}. */
export interface AdamwOptions extends CommonOptions {
  /** Decay of the first moment; 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the second moment; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number;
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2). Moments are kept for active connections only.
 *
 * @throws {RangeError} if the learning rate is not above 0 a decay is not in [0, 1), or epsilon is below 0.
 * @example
 * ```ts
 * import { adamw, cosine } from "@filigree/filigree";
 *
 * const optimizer = adamw({ learningRate: cosine(1e-3, { warmup: 100 }), weightDecay: 1e-4 });
 * console.assert(optimizer.name === "adamw");
 * ```
 */
export function adamw(options: AdamwOptions): Optimizer {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkRate("adamw", learningRate);
  for (const [name, beta] of [["beta1", beta1], ["beta2", beta2]] as const) {
    if (!(beta >= 0 && beta < 1)) {
      throw new RangeError(`Cannot make adamw: ${name} is ${beta}; expected a number in [0, 1)`);
    }
  }
  if (!(epsilon >= 0 && Number.isFinite(epsilon))) {
    throw new RangeError(
      `Cannot make adamw: epsilon is ${epsilon}; expected a finite number of at least 0`,
    );
  }
  return makeOptimizer({
    name: "adamw",
    options,
    moments: ["m", "v"],
    writeStep({ f32 }, { step }) {
      f32[STEP_WORDS.biasCorrection1] = 1 - beta1 ** (step + 1);
      f32[STEP_WORDS.biasCorrection2] = 1 - beta2 ** (step + 1);
    },
    update({ values, gradient, factor, weightDecay }, moments) {
      const { trace, elements: length } = values;
      const [m, v] = moments.map((moment) => trace.resource(moment));
      trace.emit(
        adamwKernel,
        [values, gradient, m, v, factor, trace.step],
        { length, beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon, weightDecay },
      );
    },
  });
}
