/**
 * Transforms that every optimizer has: the norm of the gradient, clipping by it, decay of the weights.
 *
 * @module
 */
import { SQUARE_CHUNK } from "../ops/kernels/constants.ts";
import { clip } from "../ops/kernels/clip.ts";
import { squareSum } from "../ops/kernels/square_sum.ts";
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import type { Gradients, Transform } from "./gradients.ts";

/** Gradients whose norm is known. */
export type MeasuredGradients = Gradients & Required<Pick<Gradients, "norm">>;

/** Larger than any norm that is a number. */
const UNLIMITED = 3.4028234663852886e38;

/**
 * Measures the global norm of gradients. That of a program that does not return it is never computed.
 *
 * @throws {TypeError} if they have a factor already: the norm is that before clipping.
 * @example
 * ```ts
 * import { createDevice, crossEntropy, gradientsOf, labels, matrix, measureNorm, nn } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = nn.linear(4, 3);
 * const program = await device.compile([matrix(4, 32), labels(32)], (x, y) =>
 *   measureNorm(gradientsOf(crossEntropy(model(x), y))).norm);
 * program.run([new Float32Array(4 * 32).fill(1), new Uint32Array(32)]);
 * console.assert((await program.scalars())[0][0] > 0);
 * ```
 */
export function measureNorm(gradients: Gradients): MeasuredGradients {
  const { norm } = gradients;
  return norm === undefined
    ? { ...gradients, norm: measured(gradients, UNLIMITED).norm }
    : { ...gradients, norm };
}

/**
 * Clips gradients by their global norm (Pascanu et al. 2013, algorithm 1): all are multiplied by one factor, which brings the
 * norm down to `most` where it is larger. The factor travels beside them.
 *
 * @param most Largest norm, above 0.
 * @throws {RangeError} if that is not above 0.
 * @throws {TypeError} from the transform, if the gradients have a factor already.
 * @example
 * ```ts
 * import { clipByNorm, createDevice, crossEntropy, gradientsOf, labels, matrix, nn, sgd } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = nn.linear(4, 3);
 * const optimizer = sgd({ learningRate: 0.1 });
 * const moments = optimizer.begin(model.parameters);
 * const clip = clipByNorm(1);
 * const program = await device.compile([matrix(4, 32), labels(32)], (x, y) => {
 *   const gradients = clip(gradientsOf(crossEntropy(model(x), y)));
 *   optimizer.apply(gradients, moments);
 *   return gradients.loss;
 * });
 * program.run([new Float32Array(4 * 32).fill(1), new Uint32Array(32)]);
 * ```
 */
export function clipByNorm(most: number): (gradients: Gradients) => MeasuredGradients {
  if (!(most > 0)) {
    throw new RangeError(`Cannot clip gradients to norm ${most}: expected a number above 0`);
  }
  return (gradients) => ({ ...gradients, ...measured(gradients, most) });
}

/**
 * Weight decay in the place of what the optimizer's options say. It travels beside the gradients: the update's kernel takes
 * it away, decoupled from the gradient where the optimizer is AdamW.
 *
 * @param share Of every parameter that decays (weights; not biases and norms), or a function of the parameter.
 * @throws {RangeError} if the share is no finite number of at least 0.
 * @example
 * ```ts
 * import { weightDecay } from "@filigree/filigree";
 *
 * const transform = weightDecay((parameter) => parameter.label.startsWith("head") ? 0 : 1e-4);
 * console.assert(typeof transform === "function");
 * ```
 */
export function weightDecay(share: number | ((parameter: Resource) => number)): Transform {
  if (typeof share === "function") return (gradients) => ({ ...gradients, decay: share });
  requireDecay("a transform", share);
  return (gradients) => ({ ...gradients, decay: ({ decay }) => decay ? share : 0 });
}

/**
 * Refuses a weight decay that is none.
 *
 * @throws {RangeError} unless it is a finite number of at least 0.
 */
export function requireDecay(owner: string, decay: number, name = "weightDecay"): void {
  if (decay >= 0 && Number.isFinite(decay)) return;
  throw new RangeError(
    `Cannot make ${owner}: ${name} is ${decay}; expected a finite number of at least 0`,
  );
}

/** Records the norm and the factor that brings it down to `maxNorm`. */
function measured(
  { loss: { trace }, of, factor: before }: Gradients,
  maxNorm: number,
): { readonly factor: Tensor; readonly norm: Tensor } {
  if (before !== undefined) {
    throw new TypeError(
      "Cannot measure the norm of the gradients: they have been clipped; expected to be measured and clipped once",
    );
  }
  const gradients = [...of.values()];
  const chunks = gradients.map((g) => Math.ceil(g.elements / SQUARE_CHUNK));
  const count = chunks.reduce((sum, n) => sum + n, 0);
  const partial = trace.transient([count], "gradients");
  let offset = 0;
  gradients.forEach((gradient, i) => {
    trace.emit(squareSum, [gradient, partial], { length: gradient.elements, offset });
    offset += chunks[i];
  });
  const factor = trace.transient([], "gradients");
  const norm = trace.transient([], "gradients");
  trace.emit(clip, [partial, factor, norm], { count, maxNorm });
  return { factor, norm };
}
