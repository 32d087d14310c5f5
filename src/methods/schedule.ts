/**
 * When patterns change and by how much.
 *
 * @module
 */
import type { Options } from "../definitions/option.ts";

/** How the replaced share, or the threshold that decides it, falls from its start to the end of rewiring. */
export type Decay =
  /** `(fraction / 2) * (1 + cos(pi * step / end))`, as in RigL. */
  | "cosine"
  /** `fraction` until the end. */
  | "constant"
  /** `fraction * (1 - step / end) ** power`. */
  | { readonly power: number };

/** Options of {@linkcode rewireSchedule}, shared by the methods. */
export interface ScheduleOptions {
  /** Steps between rewirings. Default 100. */
  readonly every?: number;
  /** Parts of equal length that the run is divided into, with a rewiring between each two: in the place of `every`. */
  readonly updates?: number;
  /** Share of the connections replaced at first, from 0 to 1. Default 0.3. */
  readonly fraction?: number;
  /** Share of the training after which patterns stay as they are, from 0 to 1. Default 0.75. */
  readonly until?: number;
  /** How the share falls. Default "cosine". */
  readonly decay?: Decay;
}

/** The options of {@linkcode rewireSchedule} that people set by name. */
export const SCHEDULE_OPTIONS = {
  every: {
    type: "integer",
    least: 1,
    description:
      "Steps between rewirings; 100 by default, or a tenth of a run of less than 1000, but 10 batches at least where each takes one to grow by",
    flag: "--every",
  },
  updates: {
    type: "integer",
    least: 1,
    description:
      "Parts of equal length that the run is divided into, with a rewiring between each two; in the place of `every`",
    flag: "--updates",
  },
  fraction: {
    type: "number",
    least: 0,
    most: 1,
    description: "Share of the connections replaced at first; 0.3 by default, 0.5 with dynsparse",
    flag: "--fraction",
  },
  until: {
    type: "number",
    least: 0,
    most: 1,
    description:
      "Share of the training after which patterns stay as they are; 0.75 by default, 1 with dynsparse",
    flag: "--until",
  },
  rewireDecay: {
    type: "choice",
    choices: ["cosine", "constant"],
    description:
      "How the share of connections replaced, or SET's threshold, falls until patterns stay as they are: by a `cosine`, the default, or not at all (`constant`)",
    flag: "--rewire-decay",
  },
} as const satisfies Options;

/** How the schedule of a method falls, as people choose it: its option `decay`. */
interface NamedDecay {
  /** As {@linkcode SCHEDULE_OPTIONS} has it. */
  readonly rewireDecay?: Decay;
}

/** The values of {@linkcode SCHEDULE_OPTIONS} as methods take them. */
export function scheduled<V extends NamedDecay>(
  { rewireDecay, ...values }: V,
): Omit<V, "rewireDecay"> & Pick<ScheduleOptions, "decay"> {
  return rewireDecay === undefined ? values : { ...values, decay: rewireDecay };
}

/** When patterns change and by how much. */
export interface RewireSchedule {
  /** Steps between rewirings. */
  readonly every: number;
  /** Parts of the run, where they say when it rewires; `every` is 1 then. */
  readonly updates?: number;
  /** Share of the connections to replace at `step` (from 0) of `totalSteps`; 0 after the end, and between two parts. */
  fraction(step: number, totalSteps: number): number;
}

/**
 * Makes a schedule.
 *
 * @example
 * ```ts
 * import { rewireSchedule } from "./schedule.ts";
 *
 * const { fraction } = rewireSchedule({ fraction: 0.3, until: 0.5 });
 * console.assert(fraction(0, 1000) === 0.3 && fraction(500, 1000) === 0);
 * ```
 * @throws {RangeError} if an option is out of its range.
 */
export function rewireSchedule(options: ScheduleOptions = {}): RewireSchedule {
  const { updates, fraction = 0.3, until = 0.75, decay = "cosine" } = options;
  const { every = updates === undefined ? 100 : 1 } = options;
  requireOption("every", every, Number.isInteger(every) && every >= 1, "an integer of at least 1");
  requireOption("fraction", fraction, fraction >= 0 && fraction <= 1, "a share from 0 to 1");
  requireOption("until", until, until >= 0 && until <= 1, "a share from 0 to 1");
  if (typeof decay === "object") {
    requireOption("power", decay.power, decay.power > 0, "a positive number");
  }
  if (updates !== undefined) {
    requireOption("updates", updates, Number.isInteger(updates) && updates >= 1, "at least 1");
    requireOption("every", every, every === 1, "none beside updates");
  }
  /** In which part of the run a step is. */
  const part = (step: number, totalSteps: number): number =>
    Math.floor(step * (updates ?? 1) / totalSteps);
  return {
    every,
    ...(updates === undefined ? {} : { updates }),
    fraction(step, totalSteps) {
      const inside = updates !== undefined && step > 0 &&
        part(step, totalSteps) === part(step - 1, totalSteps);
      if (inside) return 0;
      const progress = step / (until * totalSteps);
      // Without any steps before the end the progress is not a number.
      return progress < 1 ? fraction * decayed(decay, progress) : 0;
    },
  };
}

/** What {@linkcode thresholdSchedule} takes. */
export interface ThresholdOptions extends Omit<ScheduleOptions, "fraction"> {
  /** Threshold at first, above 0. */
  readonly threshold: number;
}

/** When patterns change, where a threshold decides by how much. */
export interface ThresholdSchedule extends RewireSchedule {
  /** Score below which units are dropped at `step` (from 0) of `totalSteps`. */
  threshold(step: number, totalSteps: number): number;
}

/** What a threshold falls to, as in Spartex (Ullah et al., NeurIPS 2024). */
const LEAST_THRESHOLD = 1e-4;

/**
 * Makes a schedule of a threshold, which falls to 1e-4, or not if it is smaller: its `fraction` is 1 for as long as patterns
 * change.
 *
 * @throws {RangeError} if an option is out of its range.
 */
export function thresholdSchedule(
  { threshold, ...options }: ThresholdOptions,
): ThresholdSchedule {
  const holds = threshold > 0 && threshold < Infinity;
  requireOption("threshold", threshold, holds, "a finite number above 0");
  const { fraction: share, ...schedule } = rewireSchedule({ ...options, fraction: 1 });
  const least = Math.min(threshold, LEAST_THRESHOLD);
  return {
    ...schedule,
    fraction: (step, totalSteps) => Number(share(step, totalSteps) > 0),
    threshold: (step, totalSteps) => least + (threshold - least) * share(step, totalSteps),
  };
}

function decayed(decay: Decay, progress: number): number {
  if (decay === "constant") return 1;
  if (decay === "cosine") return (1 + Math.cos(Math.PI * progress)) / 2;
  return (1 - progress) ** decay.power;
}

/** Throws the error of an option that is out of its range. */
export function requireOption(name: string, value: number, holds: boolean, expected: string): void {
  if (!holds) {
    throw new RangeError(`Cannot make a method: ${name} is ${value}; expected ${expected}`);
  }
}
