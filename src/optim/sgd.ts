/**
 * Stochastic gradient descent, with momentum and Nesterov's form of it.
 *
 * @module
 */
import { sgd as sgdKernel, sgdMomentum } from "../ops/kernels/mod.ts";
import { type CommonOptions, makeOptimizer, type Optimizer } from "./optimizer.ts";
import { checkRate } from "./schedule.ts";

/** Options of {@linkcode sgd}. */
export interface SgdOptions extends CommonOptions {
  /** Momentum in [0, 1); 0 by default, and then nothing is stored per weight. */
  readonly momentum?: number;
  /** Whether to take Nesterov's step. */
  readonly nesterov?: boolean;
}

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
  const { learningRate, momentum = 0, nesterov = false } = options;
  checkRate("sgd", learningRate);
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`Cannot make sgd: momentum is ${momentum}; expected a number in [0, 1)`);
  }
  return makeOptimizer({
    name: "sgd",
    options,
    moments: momentum > 0 ? ["momentum"] : [],
    update({ values, gradient, factor, weightDecay }, [velocity]) {
      const { trace, elements: length } = values;
      if (velocity === undefined) {
        trace.emit(sgdKernel, [values, gradient, factor, trace.step], { length, weightDecay });
      } else {
        trace.emit(
          sgdMomentum,
          [values, gradient, trace.resource(velocity), factor, trace.step],
          { length, beta: momentum, nesterov: Number(nesterov), weightDecay },
        );
      }
    },
  });
}
