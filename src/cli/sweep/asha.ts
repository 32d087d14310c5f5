/**
 * Asynchronous successive halving (ASHA; Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning", algorithm 2):
 * every setting is trained for a few epochs, and of those that have come to a rung the best one in `reduction` goes on to the
 * next, as soon as it is known to be one of them; nobody waits for the rung to fill.
 *
 * @module
 */
import { begin, type Job, type Scheduler, toTheEnd, type Trial } from "./scheduler.ts";

/** How a sweep is halved. */
export interface Halving {
  /** Epochs of the lowest rung: the paper's minimum resource r. */
  readonly epochs: number;
  /** One of so many goes on from a rung to the next, with so many times its epochs: the paper's reduction factor eta. */
  readonly reduction: number;
}

/** The reduction factor by default, as in the experiments of the paper. */
export const REDUCTION = 4;

/**
 * Epochs at each rung, from the lowest on: r, r eta, r eta^2, ... to those of the whole run.
 *
 * @param most Epochs of the whole run: the paper's maximum resource R.
 * @returns Nothing if no rung has them.
 * @example
 * ```ts
 * import { rungsOf } from "./asha.ts";
 *
 * console.assert(rungsOf({ epochs: 1, reduction: 3 }, 9)?.join() === "1,3,9");
 * console.assert(rungsOf({ epochs: 1, reduction: 3 }, 10) === undefined);
 * ```
 */
export function rungsOf({ epochs, reduction }: Halving, most: number): number[] | undefined {
  const rungs = [epochs];
  while (rungs[rungs.length - 1] < most) rungs.push(rungs[rungs.length - 1] * reduction);
  return rungs[rungs.length - 1] === most ? rungs : undefined;
}

/**
 * ASHA over so many rungs: the highest rung from which somebody may go on comes first, and of it the best; where nobody may, the
 * next run begins. Equal scores count in the order of the plan. A run that failed counts at its rung and goes on from none.
 *
 * @param reduction As {@linkcode Halving} has it.
 * @example
 * ```ts
 * import { asha } from "./asha.ts";
 *
 * const next = asha(2, 2);
 * const waiting = { scores: [], running: false };
 * const job = next([{ scores: [0.5], running: false }, { scores: [0.7], running: false }, waiting]);
 * console.assert(job?.trial === 1 && job.rung === 1);
 * ```
 */
export function asha(reduction: number, rungs: number): Scheduler {
  return (trials) => {
    for (let rung = rungs - 2; rung >= 0; rung--) {
      const job = promoted(trials, rung, reduction);
      if (job !== undefined) return job;
    }
    return begin(trials);
  };
}

/** How the runs of a sweep are halved, if they are. */
type OfSweep = { readonly reduction: number; readonly rungs: readonly number[] } | undefined;

/** What decides which run of a sweep goes on. */
export function schedulerOf(halving: OfSweep): Scheduler {
  return halving === undefined ? toTheEnd : asha(halving.reduction, halving.rungs.length);
}

/** Epochs after which a run pauses that goes to a rung; none where it goes to its end, as the last rung is. */
export function pauseAt(rung: number, halving: OfSweep): number | undefined {
  return halving?.rungs.slice(0, -1)[rung];
}

/** The best of a rung that may go on and has not yet. */
function promoted(trials: readonly Trial[], rung: number, reduction: number): Job | undefined {
  const there = trials.map(({ scores }, trial) => ({ trial, score: scores[rung] }))
    .filter(({ score }) => score !== undefined)
    .sort((a, b) => b.score > a.score ? 1 : b.score < a.score ? -1 : a.trial - b.trial);
  const best = there.slice(0, Math.floor(there.length / reduction));
  const next = best.find(({ trial, score }) =>
    score > -Infinity && trials[trial].scores.length === rung + 1 && !trials[trial].running
  );
  return next === undefined ? undefined : { trial: next.trial, rung: rung + 1 };
}
