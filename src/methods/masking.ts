/**
 * What methods have in common that train a dense weight towards N:M: the storage `masked`, phases as shares of the run, and the
 * gradient of a weight under its mask.
 *
 * @module
 */
import type { Options } from "../definitions/option.ts";
import { nmGradient } from "../ops/kernels/nm_gradient.ts";
import type { Tensor } from "../program/trace.ts";
import { type MaskState, ratioOf } from "../sparse/mask.ts";
import type { Method, PatternRefusal, SteppedWeight } from "./method.ts";
import { requireOption } from "./schedule.ts";
import { staticPattern } from "./static.ts";

/** What masks leave out gets: the gradient as it is, or as the chain rule has it. */
export type MaskBackward = "straight" | "exact";

/** What these methods do not know. */
const NOT_NM: PatternRefusal = {
  of: (spec) => ratioOf(spec) === undefined,
  why: "which has no segments to choose from",
  takes: "N:M, such as 2:4",
};

/** A method over a dense weight under a mask. It never rewires: masks follow the weights. */
export function masking(method: Partial<Method> & Pick<Method, "name" | "mask">): Method {
  return {
    ...staticPattern(),
    storage: "masked",
    repeats: false,
    refuses: NOT_NM,
    ...method,
  };
}

/** Records the gradient of a weight under its mask, in place. */
export function maskGradient(
  { trace, weight }: SteppedWeight,
  gradient: Tensor,
  backward: MaskBackward,
): Tensor {
  const { mask, values, rows, inputs } = weight;
  if (mask === undefined) return gradient;
  const operands = [values, mask.bits, mask.control].map((each) => trace.resource(each));
  const exact = Number(backward === "exact");
  trace.emit(nmGradient, [gradient, ...operands], { rows, inputs, exact });
  return gradient;
}

/**
 * Share of the weights of a layer under a mask that the forward reads, on average over the steps of a run: all of them in a dense
 * phase, and as long as what the mask leaves out is read too, multiplied by a factor. The rest of a row that m does not divide
 * counts as the other segments do.
 */
export function meanRead(
  method: Method,
  ratio: Pick<MaskState, "n" | "m">,
  totalSteps: number,
): number {
  let sum = 0;
  for (let step = 0; step < totalSteps; step++) {
    sum += method.readShare?.({ ratio, step, totalSteps }) ??
      shareOf(method, ratio, step, totalSteps);
  }
  return totalSteps === 0 ? 1 : sum / totalSteps;
}

/** What a mask says that does not depend on the values of the weight. */
function shareOf(
  method: Method,
  ratio: Pick<MaskState, "n" | "m">,
  step: number,
  totalSteps: number,
): number {
  const unknown = (): never => {
    throw new TypeError(
      `Cannot count what ${method.name} reads: its mask depends on the values; expected a method with readShare`,
    );
  };
  // A mask that was chosen once is there already.
  const before = { ...ratio, nonzero: true };
  const given = { ratio, step, totalSteps, before, shape: [1, ratio.m] as const };
  const state = method.mask?.({ ...given, values: unknown, replace: unknown });
  if (state === undefined || state instanceof Promise) return unknown();
  const { n, m, beta = 0 } = state;
  return beta > 0 ? 1 : n / m;
}

/** The first step of a phase that begins at a share of the run. */
export function stepAt(share: number, totalSteps: number): number {
  return Math.round(share * totalSteps);
}

/** Refuses a share of the run that is none. */
export function requireShare(name: string, share: number): void {
  requireOption(name, share, share >= 0 && share <= 1, "a share from 0 to 1");
}

/** The options of phases that people set by name. */
export const PHASE_OPTIONS = {
  begin: {
    type: "number",
    least: 0,
    most: 1,
    description:
      "Share of the training that is dense before a mask begins; 0 by default, 0.5 with asp and step, 0.1 with pgf",
    flag: "--mask-begin",
  },
  lambda: {
    type: "number",
    least: 0,
    description:
      "Share of the weights outside of the mask that is added to their gradient; 2e-4 by default",
    flag: "--lambda",
  },
} as const satisfies Options;

/** Strength of the decay of weights outside of the mask, as published. */
export const LAMBDA = 2e-4;
