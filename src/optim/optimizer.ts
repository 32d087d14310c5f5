/**
 * What optimizers have in common: differentiate the loss, measure the global norm of the gradient
 * and clip by it if asked, record one in-place update per parameter.
 *
 * @module
 */
import { STEP_WORDS } from "../device/step_block.ts";
import { SQUARE_CHUNK } from "../ops/kernels/constants.ts";
import { clip, squareSum } from "../ops/kernels/mod.ts";
import { Resource } from "../program/resource.ts";
import type { Clock, StepWords, Tensor } from "../program/trace.ts";
import { gradientsOf, type GradientSums } from "./gradient_sums.ts";
import { type LearningRate, rateAt } from "./schedule.ts";

/** Changes parameters so that a loss falls. */
export interface Optimizer {
  /** For people. */
  readonly name: string;
  /** Learning rate at a step. */
  readonly learningRate: LearningRate;
  /** Everything else that tells it from others of its name: what must stay the same when a run goes on. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Records the gradients of every parameter that the loss reaches and their updates.
   *
   * @returns The loss, of all batches of the update where it has several.
   */
  update(loss: Tensor, options?: UpdateOptions): Tensor;
  /** Records what {@linkcode Optimizer.update} does, and gives the norm of the gradient as well. */
  measuredUpdate(loss: Tensor, options?: UpdateOptions): MeasuredUpdate;
  /** The moments kept for a parameter: same length, and moved with its connections. */
  moments(parameter: Resource): readonly Resource[];
}

/** Options of {@linkcode Optimizer.update}. */
export interface UpdateOptions {
  /** Gradients of the batches before; the loss is that of the last batch of the update. */
  readonly sums?: GradientSums;
}

/** Scalars of an update. */
export interface MeasuredUpdate {
  /** The loss, of all batches of the update where it has several. */
  readonly loss: Tensor;
  /** Root of the sum of the squares of all gradients, before clipping and without weight decay. */
  readonly gradientNorm: Tensor;
}

/** Options that every optimizer has. */
export interface CommonOptions {
  /** Learning rate. */
  readonly learningRate: LearningRate;
  /** Decay of the weights (not of biases and norms); 0 by default. */
  readonly weightDecay?: number;
  /** Whether biases and norms decay as the weights do; false by default. */
  readonly decayAll?: boolean;
  /** Largest global norm of the gradient; unlimited by default. */
  readonly clipNorm?: number;
}

/** The parts of the update of one parameter. */
export interface ParameterUpdate {
  /** The parameter. */
  readonly parameter: Resource;
  /** Its values. */
  readonly values: Tensor;
  /** As long as the values. */
  readonly gradient: Tensor;
  /** The clipping factor. */
  readonly factor: Tensor;
  /** Weight decay of this parameter. */
  readonly weightDecay: number;
}

/** What tells one optimizer from another. */
export interface OptimizerRecipe {
  /** For people. */
  readonly name: string;
  /** What all have. */
  readonly options: CommonOptions;
  /** Names of what is kept per value. */
  readonly moments: readonly string[];
  /** Fills the step block before each update. */
  writeStep?(words: StepWords, clock: Clock): void;
  /** Records the update of one parameter. */
  update(parts: ParameterUpdate, moments: readonly Resource[]): void;
}

/**
 * Makes an optimizer.
 *
 * @throws {RangeError} if the norm to clip at is not above 0, or the weight decay no finite number of at least 0.
 */
export function makeOptimizer({ name, options, ...recipe }: OptimizerRecipe): Optimizer {
  const { learningRate, weightDecay = 0, decayAll = false, clipNorm } = options;
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new RangeError(`Cannot clip gradients to norm ${clipNorm}: expected a number above 0`);
  }
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) {
    throw new RangeError(
      `Cannot make ${name}: weightDecay is ${weightDecay}; expected a finite number of at least 0`,
    );
  }
  const moments = new Moments(recipe.moments);
  const measuredUpdate = (loss: Tensor, { sums }: UpdateOptions = {}): MeasuredUpdate => {
    const { trace } = loss;
    const gradients = sums === undefined ? gradientsOf(loss) : sums.gradients(loss);
    const { factor, gradientNorm } = measureNorm([...gradients.values()], clipNorm);
    trace.stepWriters.push((words, clock) => {
      const { step, totalSteps } = clock;
      words.f32[STEP_WORDS.learningRate] = rateAt(learningRate, step, totalSteps);
      recipe.writeStep?.(words, clock);
    });
    for (const [parameter, gradient] of gradients) {
      const parts = {
        parameter,
        values: trace.resource(parameter),
        gradient,
        factor,
        weightDecay: parameter.decay || decayAll ? weightDecay : 0,
      };
      recipe.update(parts, moments.of(parameter));
    }
    return { loss: sums === undefined ? loss : sums.loss(loss), gradientNorm };
  };
  const { learningRate: _, ...settings } = options;
  return {
    name,
    learningRate,
    settings,
    moments: (parameter) => moments.of(parameter),
    measuredUpdate,
    update: (loss, given) => measuredUpdate(loss, given).loss,
  };
}

/** Makes and remembers the moments of parameters. */
class Moments {
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

/** Larger than any norm that is a number. */
const UNLIMITED = 3.4028234663852886e38;

/**
 * The global norm of the gradients, and the factor that clips all of them to it (Pascanu et al. 2013, algorithm 1). The
 * norm of a program that does not return it and clips nothing is never computed.
 */
function measureNorm(
  gradients: readonly Tensor[],
  clipNorm: number | undefined,
): { factor: Tensor; gradientNorm: Tensor } {
  const { trace } = gradients[0];
  const chunks = gradients.map((g) => Math.ceil(g.elements / SQUARE_CHUNK));
  const count = chunks.reduce((sum, n) => sum + n, 0);
  const partial = trace.transient([count], "gradients");
  let offset = 0;
  gradients.forEach((gradient, i) => {
    trace.emit(squareSum, [gradient, partial], { length: gradient.elements, offset });
    offset += chunks[i];
  });
  const factor = trace.transient([], "gradients");
  const gradientNorm = trace.transient([], "gradients");
  trace.emit(clip, [partial, factor, gradientNorm], { count, maxNorm: clipNorm ?? UNLIMITED });
  return { factor: clipNorm === undefined ? trace.one : factor, gradientNorm };
}
