/**
 * Stochastic gradient descent, with momentum and Nesterov's form of it.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { OptimizerDefinition } from "./definition.ts";
import { sgd as sgdKernel } from "../ops/kernels/sgd.ts";
import { sgdMomentum } from "../ops/kernels/sgd_momentum.ts";
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
}

/** Options of {@linkcode sgd}. */
export interface SgdOptions extends SgdGroupOptions, CommonOptions<SgdGroupOptions> {}

/**
 * SGD in PyTorch's form: `g += weightDecay * w; v = momentum * v + g; w -= rate * (nesterov ? g + momentum * v : v)`.
 *
 * @throws {RangeError} if the learning rate is not above 0 or the momentum not in [0, 1).
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
  const { momentum = 0, nesterov = false } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(
      `Cannot make ${owner}: momentum is ${momentum}; expected a number in [0, 1)`,
    );
  }
  return {
    moments: momentum > 0 ? ["momentum"] : [],
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
    },
    make: ({ momentum = 0.9, ...values }, common: CommonOptions) =>
      sgd({ ...common, momentum, ...values }),
  }),
  learningRate: 0.05,
};
