/**
 * Stochastic gradient descent, with momentum and Nesterov's form of it.
 *
 * @module
 */
import { STEP_WORDS } from "../device/step_block.ts";
import { define } from "../definitions/definition.ts";
import type { OptimizerDefinition } from "./definition.ts";
import { sgd as sgdKernel } from "../ops/kernels/sgd.ts";
import { sgdMomentum } from "../ops/kernels/sgd_momentum.ts";
import type { Fresh } from "./fresh.ts";
import {
  type CommonOptions,
  type GroupOptions,
  makeOptimizer,
  type Optimizer,
  type UpdateRule,
} from "./optimizer.ts";

/** Options of {@linkcode sgd} that a group of parameters may have for itself. */
export interface SgdGroupOptions extends GroupOptions {
  /** Momentum in [0, 1); 0 by default, and then nothing is stored per weight. */
  readonly momentum?: number;
  /** Whether to take Nesterov's step. */
  readonly nesterov?: boolean;
  /**
   * What the momentum of connections begins with that a method grows: `"reset"`, the default, with 0; `"inherited"`, with that of
   * the connection that was dropped in their place.
   */
  readonly fresh?: Extract<Fresh, "reset" | "inherited">;
  /**
   * The rate of a step over fewer examples than most have, the last of an epoch: `"full"`, the default, that of all steps, so that
   * each of its examples counts more than those of others; `"scaled"`, as much less as it has fewer (Goyal et al. 2017, section 2.1,
   * the linear scaling rule), so that all examples count the same. Where a rate is near the largest stable one, a step over a few
   * examples at the full rate goes far beyond it.
   */
  readonly shortSteps?: "full" | "scaled";
}

const SHORT_STEPS = ["full", "scaled"] as const;

/** Options of {@linkcode sgd}. */
export interface SgdOptions extends SgdGroupOptions, CommonOptions<SgdGroupOptions> {}

/**
 * SGD in PyTorch's form: `g += weightDecay * w; v = momentum * v + g; w -= rate * (nesterov ? g + momentum * v : v)`.
 *
 * @throws {RangeError} if the learning rate is not above 0, the momentum not in [0, 1), fresh neither reset nor inherited, or
 * shortSteps neither full nor scaled.
 * @example
 * ```ts
 * import { sgd } from "@filigree/filigree";
 *
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true });
 * console.assert(optimizer.name === "sgd");
 * ```
 */
export function sgd(options: SgdOptions): Optimizer {
  return makeOptimizer<SgdGroupOptions>({ name: "sgd", options, rule });
}

function rule(owner: string, options: SgdGroupOptions): UpdateRule {
  const { momentum = 0, nesterov = false, fresh = "reset", shortSteps = "full" } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(
      `Cannot make ${owner}: momentum is ${momentum}; expected a number in [0, 1)`,
    );
  }
  if (fresh !== "reset" && fresh !== "inherited") {
    throw new RangeError(
      `Cannot make ${owner}: fresh is ${JSON.stringify(fresh)}; expected reset or inherited`,
    );
  }
  if (!SHORT_STEPS.includes(shortSteps)) {
    throw new RangeError(
      `Cannot make ${owner}: shortSteps is ${JSON.stringify(shortSteps)}; expected full or scaled`,
    );
  }
  if (fresh === "inherited" && momentum === 0) {
    throw new RangeError(
      `Cannot make ${owner}: fresh is "inherited", but without a momentum there is nothing to inherit; expected a momentum above 0`,
    );
  }
  return {
    moments: momentum > 0 ? ["momentum"] : [],
    fresh: fresh === "reset" ? undefined : { kind: fresh },
    writeStep(words, { share = 1 }) {
      if (shortSteps === "scaled") words.f32[STEP_WORDS.learningRate] *= share;
    },
    update({ values, gradient, factor, weightDecay, step }, [velocity]) {
      const { trace, elements: length } = values;
      if (velocity === undefined) {
        trace.emit(sgdKernel, [values, gradient, factor, step], { length, weightDecay });
      } else {
        trace.emit(
          sgdMomentum,
          [values, gradient, velocity, factor, step],
          { length, beta: momentum, nesterov: Number(nesterov), weightDecay },
        );
      }
    },
  };
}

/** SGD by name, with momentum. */
export const definition: OptimizerDefinition = {
  ...define({
    name: "sgd",
    description: "Stochastic gradient descent with momentum",
    rank: 2,
    options: {
      momentum: {
        ...{ type: "number", least: 0, below: 1 },
        description: "Momentum of SGD; 0.9 by default",
        flag: "--momentum",
      },
      nesterov: {
        type: "boolean",
        description: "Whether SGD takes Nesterov's step; false by default",
        flag: "--nesterov",
      },
      shortSteps: {
        type: "choice",
        choices: SHORT_STEPS,
        ofEach: true,
        description:
          "SGD's rate of a step over fewer examples than others, the last of an epoch: `full` (the default) or `scaled`, as much less",
        flag: "--short-steps",
      },
      fresh: {
        type: "choice",
        choices: ["reset", "inherited"],
        ofEach: true,
        description:
          "SGD's momentum of them is 0 (`reset`, the default) or that of the one that was dropped (`inherited`)",
        flag: "--fresh",
      },
    },
    make: ({ momentum = 0.9, ...values }, common: CommonOptions) =>
      sgd({ ...common, momentum, ...values }),
  }),
  learningRate: 0.05,
};
