/**
 * ASP (NVIDIA apex, `contrib/sparsity`; Mishra et al., "Accelerating sparse deep neural networks", 2021): train dense, choose the
 * mask once, the n largest of every m, and go on with it: gradients are masked before the optimizer, weights after it.
 *
 * The mask is what is largest at every step, as with the other methods; since weights outside of it are 0 and get no gradient, it
 * stays as it is. There is no search for a permutation of the inputs.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { nmPrune } from "../ops/kernels/mod.ts";
import type { MethodDefinition } from "./definition.ts";
import { maskGradient, masking, NOT_NM, PHASE_OPTIONS, requireShare, stepAt } from "./masking.ts";
import type { Method } from "./method.ts";

/** Options of {@linkcode asp}. */
export interface AspOptions {
  /** Share of the training that is dense, before the mask is chosen. Default 0.5. */
  readonly begin?: number;
}

/**
 * Train dense, keep the n largest of every m, train these. Its weights have the storage `"masked"`.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { asp, nm, nn } from "@filigree/filigree";
 *
 * const layer = nn.linear(64, 64, { pattern: nm(2, 4), storage: "masked" });
 * const method = asp({ begin: 0.5 }); // for a Trainer: dense for the first half
 * console.assert(method.storage === layer.weights[0].sparse?.storage);
 * ```
 */
export function asp({ begin = 0.5 }: AspOptions = {}): Method {
  requireShare("begin", begin);
  return masking({
    name: "asp",
    settings: { begin },
    mask: ({ ratio, step, totalSteps }) =>
      step < stepAt(begin, totalSteps) ? { n: ratio.m, m: ratio.m } : ratio,
    gradient: (at, gradient) => maskGradient(at, gradient, "exact"),
    afterUpdate({ trace, weight: { mask, values, rows, inputs } }) {
      if (mask === undefined) return;
      const operands = [values, mask.bits].map((each) => trace.resource(each));
      trace.emit(nmPrune, operands, { rows, inputs });
    },
  });
}

/** ASP by name. */
export const definition: MethodDefinition = {
  ...define({
    name: "asp",
    description: "Train dense, keep the n largest of every m once, train these",
    rank: 5,
    options: { begin: PHASE_OPTIONS.begin },
    make: asp,
  }),
  refuses: NOT_NM,
  storage: "masked",
};
