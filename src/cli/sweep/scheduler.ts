/**
 * What decides which run of a sweep goes on next, and how far: a pure function of the results so far. Where a setting comes from,
 * a grid or a draw, is of no concern here: runs are those of the plan, in its order.
 *
 * A run climbs **rungs**, each a number of epochs. That of the whole plan has one rung, the end of the run.
 *
 * @module
 */

/** What is known of a run while a sweep goes on. */
export interface Trial {
  /** Its scores at the rungs that it has come to, from the lowest on, larger ones better; -Infinity where it failed. */
  readonly scores: readonly number[];
  /** Whether it is on its way to the next rung. */
  readonly running: boolean;
}

/** What is to be done next. */
export interface Job {
  /** Place of the run in the plan. */
  readonly trial: number;
  /** The rung that it goes to, from 0. */
  readonly rung: number;
}

/** Says what is to be done next; nothing where that depends on what is running, or all is done. */
export type Scheduler = (trials: readonly Trial[]) => Job | undefined;

/** Every run goes to its end, in the order of the plan: what grids and random draws are carried out by. */
export const toTheEnd: Scheduler = (trials) => begin(trials);

/** The next run that has not begun, to the lowest rung. */
export function begin(trials: readonly Trial[]): Job | undefined {
  const trial = trials.findIndex(({ scores, running }) => scores.length === 0 && !running);
  return trial < 0 ? undefined : { trial, rung: 0 };
}
