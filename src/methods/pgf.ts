/**
 * Progressive gradient flow (Bambhaniya, Yazdanbakhsh, Subramanian, Kao, Agrawal, Evci and Krishna, "Progressive gradient flow for
 * robust N:M sparsity training in transformers", 2024): train dense first, then under a mask that is not yet what it will be, then
 * under the binary mask, the n largest of every m at every step.
 *
 * Two ways to get there. Decay of the mask: what the n:m mask leaves out is multiplied by a factor beta that falls from 1 to 0,
 * `max(0, 1 - rate * j)` (`linear`) or `exp(-rate * j)` (`exponential`) at step j of the phase. Decay of the structure: the mask is
 * binary, and its n:m tightens in frames of equal length: `stepwise` (m - 1):m, then m/2, m/4, ... of m; `geometric` (8n):(8m),
 * (4n):(4m), (2n):(2m), n:m, the same density in ever smaller segments; or a list of one's own.
 *
 * The gradient goes to all weights as it is (`straight`, as the released code has it), or what the mask leaves out gets beta times
 * it (`exact`, the chain rule, which is what the paper's text says). Rates in the paper are of runs of their length; by default
 * they are such that beta is 0, or 0.01, at the end of the phase.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { LONGEST_SEGMENT } from "../ops/kernels/nm_select.ts";
import type { MaskState } from "../sparse/mask.ts";
import type { MethodDefinition } from "./definition.ts";
import {
  type MaskBackward,
  maskGradient,
  masking,
  PHASE_OPTIONS,
  requireShare,
  stepAt,
} from "./masking.ts";
import type { Method } from "./method.ts";
import { requireOption } from "./schedule.ts";

/** How the mask becomes what it will be. */
export type MaskDecay = "linear" | "exponential" | "stepwise" | "geometric";

/** Options of {@linkcode pgf}. */
export interface PgfOptions {
  /** How the mask becomes what it will be; of no effect beside `frames`. Default "exponential". */
  readonly decay?: MaskDecay;
  /** Masks of the sparse phase in order, such as `["7:8", "4:8"]`, in equal parts; the last of them stays. */
  readonly frames?: readonly string[];
  /** What beta falls by in a step; by default it is 0 (linear) or 0.01 (exponential) at the end of the phase. */
  readonly rate?: number;
  /** What becomes of the gradient of what the mask leaves out. Default "straight". */
  readonly backward?: MaskBackward;
  /** Share of the training that is dense, at its beginning. Default 0.1. */
  readonly begin?: number;
  /** Share of the training under the binary mask, at its end. Default 0.1. */
  readonly fineTune?: number;
}

type Ratio = Pick<MaskState, "n" | "m">;

/** What is left of beta at the end of an exponential decay. */
const REST = 0.01;

/**
 * Train dense, under a mask that decays, under the mask. Its weights have the storage `"masked"`.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { nm, nn, pgf } from "@filigree/filigree";
 *
 * const layer = nn.linear(64, 64, { pattern: nm(1, 16), storage: "masked" });
 * const method = pgf({ decay: "exponential", begin: 0.1, fineTune: 0.2 }); // for a Trainer
 * console.assert(method.storage === layer.weights[0].sparse?.storage);
 * ```
 */
export function pgf(options: PgfOptions = {}): Method {
  const { decay = "exponential", backward = "straight", begin = 0.1, fineTune = 0.1 } = options;
  const { rate } = options;
  const frames = options.frames?.map(ratioNamed);
  requireShare("begin", begin);
  requireShare("fineTune", fineTune);
  requireOption(
    "begin and fineTune",
    begin + fineTune,
    begin + fineTune <= 1,
    "at most 1 together",
  );
  if (rate !== undefined) requireOption("rate", rate, rate > 0, "a number above 0");
  if (frames !== undefined) requireOption("frames", frames.length, frames.length > 0, "some");
  return masking({
    name: "pgf",
    settings: {
      ...{ decay, backward, begin, fineTune },
      ...(rate === undefined ? {} : { rate }),
      ...(options.frames === undefined ? {} : { frames: options.frames }),
    },
    mask({ ratio, step, totalSteps }) {
      const first = stepAt(begin, totalSteps);
      const steps = stepAt(1 - fineTune, totalSteps) - first;
      if (step < first) return { n: ratio.m, m: ratio.m };
      if (step >= first + steps) return ratio;
      const within = frames ?? framesOf(decay, ratio);
      if (within !== undefined) return within[Math.floor((step - first) * within.length / steps)];
      return { ...ratio, beta: betaAt(decay, step - first, steps, rate) };
    },
    ...(backward === "straight"
      ? {}
      : { gradient: (at, gradient) => maskGradient(at, gradient, backward) }),
  });
}

/** What weights outside of the mask are multiplied by at step `j` of a phase of `steps`. */
function betaAt(decay: MaskDecay, j: number, steps: number, rate: number | undefined): number {
  if (decay === "linear") return Math.max(0, 1 - (rate ?? 1 / steps) * j);
  return Math.exp(-(rate ?? -Math.log(REST) / steps) * j);
}

/** The masks of a decay of the structure; undefined of a decay of the mask. */
export function framesOf(decay: MaskDecay, { n, m }: Ratio): Ratio[] | undefined {
  if (decay === "stepwise") {
    const tighter: Ratio[] = [];
    for (let i = 1; Math.floor(m / 2 ** i) > n; i++) tighter.push({ n: Math.floor(m / 2 ** i), m });
    return [...(m - 1 > n ? [{ n: m - 1, m }] : []), ...tighter, { n, m }]
      .filter((frame, i, all) => i === 0 || frame.n < all[i - 1].n);
  }
  if (decay !== "geometric") return undefined;
  return [8, 4, 2, 1].map((by) => ({ n: by * n, m: by * m }))
    .filter((frame) => frame.m <= LONGEST_SEGMENT);
}

/** A mask of its text. */
function ratioNamed(text: string): Ratio {
  const [, n, m] = /^(\d+):(\d+)$/.exec(text)?.map(Number) ?? [];
  if (n >= 1 && n <= m && m <= LONGEST_SEGMENT) return { n, m };
  throw new RangeError(
    `Cannot make a method: a frame is "${text}"; expected n:m such as 4:8 with 1 <= n <= m <= ${LONGEST_SEGMENT}`,
  );
}

/** Progressive gradient flow by name. */
export const definition: MethodDefinition = define({
  name: "pgf",
  description: "Train dense, then under a mask that decays towards the n largest of every m",
  rank: 5,
  options: {
    begin: PHASE_OPTIONS.begin,
    decay: {
      type: "choice",
      choices: ["linear", "exponential", "stepwise", "geometric"],
      description:
        "How the mask of progressive gradient flow becomes n:m: a factor that falls (`linear`, `exponential`), or segments that tighten (`stepwise`, `geometric`); `exponential` by default",
      flag: "--mask-decay",
    },
    frames: {
      type: "list",
      of: { type: "text", matches: /^\d+:\d+$/ },
      least: 1,
      description:
        "Masks of progressive gradient flow in order, with commas: 7:8,4:8; in the place of `decay`",
      flag: "--frames",
    },
    rate: {
      type: "number",
      above: 0,
      description:
        "What the factor of progressive gradient flow falls by in a step; by default it is gone at the end of its phase",
      flag: "--mask-rate",
    },
    backward: {
      type: "choice",
      choices: ["straight", "exact"],
      description:
        "The gradient of weights outside of the mask: all of it (`straight`, the default), or by the chain rule (`exact`)",
      flag: "--backward",
    },
    fineTune: {
      type: "number",
      least: 0,
      most: 1,
      description: "Share of the training under the binary mask, at its end; 0.1 by default",
      flag: "--fine-tune",
    },
  },
  make: pgf,
});
