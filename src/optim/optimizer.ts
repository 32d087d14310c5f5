/**
 * What optimizers have in common: differentiate the loss, clip by the global norm if asked, record
 * one in-place update per parameter.
 *
 * @module
 */
import { STEP_WORDS } from "../device/step_block.ts";
import { SQUARE_CHUNK } from "../ops/kernels/constants.ts";
import { add, clip, squareSum } from "../ops/kernels/mod.ts";
import { differentiate } from "../program/differentiate.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { type LearningRate, rateAt } from "./schedule.ts";

/** Changes parameters so that a loss falls. */
export interface Optimizer {
  /** For people. */
  readonly name: string;
  /** Learning rate at a step. */
  readonly learningRate: LearningRate;
  /**
   * Records the gradients of every parameter that the loss reaches and their updates.
   *
   * @returns The loss.
   */
  update(loss: Tensor): Tensor;
  /** The moments kept for a parameter: same length, and moved with its connections. */
  moments(parameter: Resource): readonly Resource[];
}

/** Options that every optimizer has. */
export interface CommonOptions {
  /** Learning rate. */
  readonly learningRate: LearningRate;
  /** Decay of the weights (not of biases); 0 by default. */
  readonly weightDecay?: number;
  /** Largest global norm of the gradient; unlimited by default. */
  readonly clipNorm?: number;
}

/** Records the update of one parameter. `factor` holds the clipping factor. */
export type Update = (
  parameter: Resource,
  values: Tensor,
  gradient: Tensor,
  factor: Tensor,
) => void;

/** Records gradients, clipping and updates; see {@linkcode Optimizer.update}. */
export function recordUpdates(loss: Tensor, options: CommonOptions, update: Update): Tensor {
  const { trace } = loss;
  const gradients = [...differentiate(loss, add)].filter(([t]) => t.storage.kind === "resource");
  const factor = options.clipNorm === undefined
    ? trace.one
    : clipFactor(gradients.map(([, gradient]) => gradient), options.clipNorm);
  trace.stepWriters.push((words, { step, totalSteps }) => {
    words.f32[STEP_WORDS.learningRate] = rateAt(options.learningRate, step, totalSteps);
  });
  for (const [values, gradient] of gradients) {
    if (values.storage.kind === "resource") {
      update(values.storage.resource, values, gradient, factor);
    }
  }
  return loss;
}

/** Makes and remembers the moments of parameters. */
export class Moments {
  readonly #names: readonly string[];
  readonly #byParameter = new Map<Resource, readonly Resource[]>();

  /** Moments of these names for every parameter. */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** The moments of a parameter, zero at first. */
  of(parameter: Resource): readonly Resource[] {
    let moments = this.#byParameter.get(parameter);
    if (moments === undefined) {
      moments = this.#names.map((name) =>
        new Resource({
          label: `${parameter.label}.${name}`,
          type: "f32",
          length: parameter.length,
          category: "moments",
        })
      );
      this.#byParameter.set(parameter, moments);
    }
    return moments;
  }
}

/** Global-norm clipping (Pascanu et al. 2013, algorithm 1): one factor for all gradients. */
function clipFactor(gradients: readonly Tensor[], maxNorm: number): Tensor {
  if (!(maxNorm > 0)) {
    throw new RangeError(`Cannot clip gradients to norm ${maxNorm}: expected a number above 0`);
  }
  const { trace } = gradients[0];
  const chunks = gradients.map((g) => Math.ceil(g.elements / SQUARE_CHUNK));
  const count = chunks.reduce((sum, n) => sum + n, 0);
  const partial = trace.transient([count], "gradients");
  let offset = 0;
  gradients.forEach((gradient, i) => {
    trace.emit(squareSum, [gradient, partial], { length: gradient.elements, offset });
    offset += chunks[i];
  });
  const factor = trace.transient([2], "gradients");
  trace.emit(clip, [partial, factor], { count, maxNorm });
  return factor;
}
