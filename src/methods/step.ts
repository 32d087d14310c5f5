/**
 * STEP (Lu, Agrawal, Subramanian, Rybakov, De Sa and Yazdanbakhsh, "STEP: learning N:M structured sparsity masks from scratch with
 * precondition", ICML 2023): masks that come and go make Adam's second moments useless. So they are learnt in a dense phase and
 * stay as they are from then on, while SR-STE learns the mask.
 *
 * The paper also has a rule that ends the dense phase when the second moments have come to rest; here its length is said.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { MethodDefinition } from "./definition.ts";
import { LAMBDA, maskGradient, masking, PHASE_OPTIONS, requireShare, stepAt } from "./masking.ts";
import type { Method } from "./method.ts";
import { requireOption } from "./schedule.ts";

/** Options of {@linkcode stepRecipe}. */
export interface StepRecipeOptions {
  /** Share of the training that is dense; second moments stay as they are from there on. Default 0.5. */
  readonly begin?: number;
  /** Share of the weights outside of the mask that is added to their gradient. Default 2e-4. */
  readonly lambda?: number;
}

/**
 * Train dense, then by SR-STE with the second moments that AdamW has by then. Its weights have the storage `"masked"`.
 *
 * @throws {RangeError} if an option is out of its range; the trainer, if the optimizer has no second moments.
 * @example
 * ```ts
 * import { nm, nn, stepRecipe } from "@filigree/filigree";
 *
 * const layer = nn.linear(64, 64, { pattern: nm(1, 4), storage: "masked" });
 * const method = stepRecipe({ begin: 0.3 }); // for a Trainer with adamw
 * console.assert(method.frozenFrom?.(1000) === 300 && layer.weights.length === 1);
 * ```
 */
export function stepRecipe({ begin = 0.5, lambda = LAMBDA }: StepRecipeOptions = {}): Method {
  requireShare("begin", begin);
  requireOption("lambda", lambda, lambda >= 0 && Number.isFinite(lambda), "at least 0");
  return masking({
    name: "step",
    settings: { begin, lambda },
    mask: ({ ratio, step, totalSteps }) =>
      step < stepAt(begin, totalSteps) ? { n: ratio.m, m: ratio.m } : { ...ratio, decay: lambda },
    frozenFrom: (totalSteps) => stepAt(begin, totalSteps),
    ...(lambda === 0 ? {} : { gradient: (at, gradient) => maskGradient(at, gradient, "straight") }),
  });
}

/** STEP by name. */
export const definition: MethodDefinition = define({
  name: "step",
  description: "Train dense, then by SR-STE under second moments that stay",
  rank: 5,
  options: { begin: PHASE_OPTIONS.begin, lambda: PHASE_OPTIONS.lambda },
  make: stepRecipe,
});
