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
import { nmPrune } from "../ops/kernels/nm_prune.ts";
import type { MaskState } from "../sparse/mask.ts";
import { transposableMask } from "../sparse/transposable.ts";
import type { MethodDefinition } from "./definition.ts";
import { maskGradient, masking, PHASE_OPTIONS, requireShare, stepAt } from "./masking.ts";
import type { Masking, Method } from "./method.ts";

/** Options of {@linkcode asp}. */
export interface AspOptions {
  /** Share of the training that is dense, before the mask is chosen. Default 0.5. */
  readonly begin?: number;
  /** Whether the mask is n of every m along the outputs too; m has to divide both. Default false. */
  readonly transposable?: boolean;
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
export function asp({ begin = 0.5, transposable = false }: AspOptions = {}): Method {
  requireShare("begin", begin);
  return masking({
    name: "asp",
    settings: { begin, ...(transposable ? { transposable } : {}) },
    mask(given) {
      const { ratio, step, totalSteps, before } = given;
      if (step < stepAt(begin, totalSteps)) return { n: ratio.m, m: ratio.m };
      if (!transposable) return ratio;
      return before.nonzero === true ? before : emptied(given);
    },
    gradient: (at, gradient) => maskGradient(at, gradient, "exact"),
    afterUpdate({ trace, weight: { mask, values, rows, inputs } }) {
      if (mask === undefined) return;
      const operands = [values, mask.bits].map((each) => trace.resource(each));
      trace.emit(nmPrune, operands, { rows, inputs });
    },
  });
}

/** Empties what a transposable mask leaves out; what is not 0 is the mask from then on. */
async function emptied({ ratio, values, replace, shape }: Masking): Promise<MaskState> {
  const weights = await values();
  const mask = transposableMask(weights, shape, ratio);
  replace(weights.map((weight, at) => mask[at] * weight));
  return { ...ratio, nonzero: true };
}

/** ASP by name. */
export const definition: MethodDefinition = define({
  name: "asp",
  description: "Train dense, keep the n largest of every m once, train these",
  rank: 5,
  options: {
    begin: PHASE_OPTIONS.begin,
    transposable: {
      type: "boolean",
      description:
        "Whether the mask of asp is n of every m along the outputs too; false by default",
      flag: "--transposable",
    },
  },
  make: asp,
});
