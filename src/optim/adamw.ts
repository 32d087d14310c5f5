/**
 * Adam with decoupled weight decay.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { OptimizerDefinition } from "./definition.ts";
import { STEP_WORDS } from "../device/step_block.ts";
import { adamw as adamwKernel } from "../ops/kernels/adamw.ts";
import { adamwLocal } from "../ops/kernels/adamw_local.ts";
import { Corrections, type Fresh } from "./fresh.ts";
import type { FreshOfRule } from "./moments.ts";
import {
  type CommonOptions,
  type GroupOptions,
  makeOptimizer,
  type Optimizer,
  type UpdateRule,
} from "./optimizer.ts";

/** Options of {@linkcode adamw} that a group of parameters may have for itself. */
export interface AdamwGroupOptions extends GroupOptions {
  /** Decay of the first moment; 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the second moment; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly epsilon?: number;
  /**
   * What the moments of connections begin with that a method grows, and what they are corrected by: `"reset"`, the default, with
   * 0 under the correction of the run, as published; `"local"`, with 0 under a correction that counts from the birth of each
   * unit, for two bytes a unit; `"seeded"`, with the mean second moment of their row; `"inherited"`, with those of the connection
   * that was dropped in their place. What values begin with is the method's choice.
   */
  readonly fresh?: Fresh;
  /**
   * First moments whose magnitude is not above this become 0, and second moments that are no normal numbers; 0, the default, leaves
   * all as they are. Without a gradient, as most labels of a head are without one, moments become denormal and stay so, which
   * makes every step slow. 1e-30 is far below what an update shows. Not with `fresh: "local"`.
   */
  readonly flush?: number;
}

/** Options of {@linkcode adamw}. */
export interface AdamwOptions extends AdamwGroupOptions, CommonOptions<AdamwGroupOptions> {}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2). Moments are kept for active connections only.
 *
 * @throws {RangeError} if the learning rate is not above 0 a decay is not in [0, 1), or epsilon is below 0.
 * @example
 * ```ts
 * import { adamw, cosine } from "@filigree/filigree";
 *
 * const optimizer = adamw({
 *   learningRate: cosine(1e-3, { warmup: 100 }),
 *   weightDecay: 1e-4,
 *   groups: [{ parameters: "head", learningRate: 1e-2 }],
 * });
 * console.assert(optimizer.name === "adamw");
 * ```
 */
export function adamw(options: AdamwOptions): Optimizer {
  return makeOptimizer<AdamwGroupOptions>({ name: "adamw", options, rule });
}

/** What the moments of grown connections begin with by each name. */
const FRESH: Readonly<Record<Fresh, FreshOfRule>> = {
  reset: undefined,
  local: { kind: "local" },
  seeded: { kind: "seeded", moment: 1 },
  inherited: { kind: "inherited" },
};

function rule(owner: string, options: AdamwGroupOptions): UpdateRule {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, fresh = "reset", flush = 0 } = options;
  for (const [name, beta] of [["beta1", beta1], ["beta2", beta2]] as const) {
    if (!(beta >= 0 && beta < 1)) {
      throw new RangeError(
        `Cannot make ${owner}: ${name} is ${beta}; expected a number in [0, 1)`,
      );
    }
  }
  if (!(epsilon >= 0 && Number.isFinite(epsilon))) {
    throw new RangeError(
      `Cannot make ${owner}: epsilon is ${epsilon}; expected a finite number of at least 0`,
    );
  }
  if (!(flush >= 0 && flush < 1e-10) || (flush > 0 && fresh === "local")) {
    throw new RangeError(
      `Cannot make ${owner}: flush is ${flush} with fresh ${
        JSON.stringify(fresh)
      }; expected a number from 0 to 1e-10, ` +
        'and 0 with fresh "local"',
    );
  }
  if (!Object.hasOwn(FRESH, fresh)) {
    const known = Object.keys(FRESH).join(", ");
    throw new RangeError(
      `Cannot make ${owner}: fresh is ${JSON.stringify(fresh)}; expected ${known}`,
    );
  }
  const corrections = fresh === "local" ? new Corrections(beta1, beta2) : undefined;
  const numbers = { beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, epsilon };
  return {
    moments: ["m", "v"],
    fresh: FRESH[fresh],
    freezes: true,
    writeStep({ f32 }, { step }, frozen) {
      f32[STEP_WORDS.biasCorrection1] = 1 - beta1 ** (step + 1);
      // A second moment that stays has the sum of as many steps as it had.
      f32[STEP_WORDS.biasCorrection2] = 1 - beta2 ** Math.min(step + 1, Math.max(1, frozen));
    },
    update({ values, gradient, factor, weightDecay, step, births }, [m, v]) {
      const { trace, elements: length } = values;
      const tensors = [values, gradient, m, v] as const;
      if (births === undefined || corrections === undefined) {
        const params = { length, ...numbers, weightDecay, flush };
        trace.emit(adamwKernel, [...tensors, factor, step], params);
        return;
      }
      const { ages, area, begin } = births;
      trace.emit(
        adamwLocal,
        [...tensors, ages, trace.resource(corrections.resource), factor, step],
        { length, begin, area, ages: corrections.ages, ...numbers, weightDecay },
      );
    },
  };
}

/** AdamW by name. */
export const definition: OptimizerDefinition = {
  ...define({
    name: "adamw",
    description: "Adam with decoupled weight decay",
    rank: 1,
    options: {
      beta1: {
        ...{ type: "number", least: 0, below: 1 },
        description: "Decay of AdamW's first moment; 0.9 by default",
        flag: "--beta1",
      },
      beta2: {
        ...{ type: "number", least: 0, below: 1 },
        description: "Decay of AdamW's second moment; 0.999 by default",
        flag: "--beta2",
      },
      epsilon: {
        ...{ type: "number", least: 0 },
        description:
          "What AdamW adds to the root of the second moment, below which gradients count the less the smaller they are; 1e-8 by default",
        flag: "--epsilon",
      },
      fresh: {
        type: "choice",
        choices: ["reset", "local", "seeded", "inherited"],
        ofEach: true,
        description:
          "What AdamW's moments of grown connections begin with: 0 under the bias correction of the run (`reset`, the default), 0 under one that counts from their birth (`local`), the mean second moment of their row (`seeded`), or the moments of the connection that was dropped for them (`inherited`)",
        flag: "--fresh",
      },
      flush: {
        ...{ type: "number", least: 0, below: 1e-10 },
        description:
          "Magnitude up to which AdamW's first moments become 0, lest those of labels without a gradient become denormal and slow; 0, never, by default",
        flag: "--flush",
      },
    },
    make: (values, common: CommonOptions) => adamw({ ...common, ...values }),
  }),
  learningRate: 1e-3,
};
