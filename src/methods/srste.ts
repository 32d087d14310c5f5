/**
 * SR-STE (Zhou, Ma, Zhu, Liu, Zhang, Yuan, Sun and Li, "Learning N:M fine-grained structured sparse neural networks from scratch",
 * ICLR 2021): a dense weight is trained whose forward reads the n largest of every m, chosen anew at every step. The gradient goes
 * to all of it as it is (straight-through), and `lambda` times what the mask leaves out is added to it (equation 10), so that
 * masks come to rest.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { MethodDefinition } from "./definition.ts";
import { LAMBDA, maskGradient, masking, PHASE_OPTIONS } from "./masking.ts";
import type { Method } from "./method.ts";
import { requireOption } from "./schedule.ts";

/** Options of {@linkcode srste}. */
export interface SrsteOptions {
  /** Share of the weights outside of the mask that is added to their gradient. Default 2e-4. */
  readonly lambda?: number;
}

/**
 * Read the n largest of every m at every step, train all. Its weights have the storage `"masked"`.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { nm, nn, srste } from "@filigree/filigree";
 *
 * const layer = nn.linear(64, 64, { pattern: nm(2, 4), storage: "masked" });
 * const method = srste({ lambda: 2e-4 }); // for a Trainer
 * console.assert(method.storage === "masked" && layer.weights[0].values.length === 64 * 64);
 * ```
 */
export function srste({ lambda = LAMBDA }: SrsteOptions = {}): Method {
  requireOption("lambda", lambda, lambda >= 0 && Number.isFinite(lambda), "at least 0");
  return masking({
    name: "srste",
    settings: { lambda },
    mask: ({ ratio }) => ({ ...ratio, decay: lambda }),
    ...(lambda === 0 ? {} : { gradient: (at, gradient) => maskGradient(at, gradient, "straight") }),
  });
}

/** SR-STE by name. */
export const definition: MethodDefinition = define({
  name: "srste",
  description: "Train a dense weight, read the n largest of every m of it at every step",
  rank: 5,
  options: { lambda: PHASE_OPTIONS.lambda },
  make: srste,
});
