/**
 * The gradients of a loss, and what may be done to them before parameters change: a transform takes gradients to gradients.
 *
 * @module
 */
import { add } from "../ops/kernels/add.ts";
import { differentiate } from "../program/differentiate.ts";
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";

/**
 * Gradients of a loss, with what an update's kernel does to all of them anyway: that travels beside them, so that it costs
 * no pass over memory.
 */
export interface Gradients {
  /** The loss, of all batches of the update where it has several. */
  readonly loss: Tensor;
  /** The gradient of each parameter, as long as the parameter. */
  readonly of: ReadonlyMap<Resource, Tensor>;
  /** A scalar that all of them are still to be multiplied by; 1 if absent. */
  readonly factor?: Tensor;
  /** Root of the sum of their squares, before the factor; absent where nobody has measured it. */
  readonly norm?: Tensor;
  /** Weight decay of each parameter; as the options of its group say if absent. */
  readonly decay?: (parameter: Resource) => number;
}

/**
 * What takes gradients to gradients, inside a trace: sums over batches, clipping, decay, or one of a program's own. Sparse
 * weights have gradients of their active values only.
 */
export type Transform = (gradients: Gradients) => Gradients;

/**
 * Records the gradients of a loss with respect to every parameter that it reaches.
 *
 * @throws {TypeError} if the loss is not a scalar or depends on no parameter.
 * @example
 * ```ts
 * import { createDevice, crossEntropy, gradientsOf, labels, matrix, nn } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = nn.linear(4, 3);
 * const program = await device.compile([matrix(4, 32), labels(32)], (x, y) => {
 *   const gradients = gradientsOf(crossEntropy(model(x), y));
 *   return [...gradients.of.values()];
 * });
 * program.run([new Float32Array(4 * 32).fill(1), new Uint32Array(32)]);
 * console.assert((await program.floats(0)).length === 12);
 * ```
 */
export function gradientsOf(loss: Tensor): Gradients {
  const of = new Map<Resource, Tensor>();
  for (const [{ storage }, gradient] of differentiate(loss, add)) {
    if (storage.kind === "resource") of.set(storage.resource, gradient);
  }
  return { loss, of };
}

/**
 * Several transforms as one, the first one first.
 *
 * @example
 * ```ts
 * import { chain, clipByNorm, weightDecay } from "@filigree/filigree";
 *
 * const transform = chain(clipByNorm(1), weightDecay(1e-4)); // of gradientsOf(loss)
 * console.assert(typeof transform === "function");
 * ```
 */
export function chain(...transforms: readonly Transform[]): Transform {
  return (gradients) => transforms.reduce((before, transform) => transform(before), gradients);
}
