/**
 * What carries out the runs of a sweep: a file of this folder that says so, and a line of `mod.ts`.
 *
 * @module
 */
import type { Values } from "../../../definitions/option.ts";
import type { Evaluation } from "../../../train/evaluate.ts";
import type { RunResult } from "../../result.ts";
import type { Fail } from "../fields.ts";
import type { Place } from "../place.ts";
import type { Sweep, SweepRun } from "../plan.ts";

/** What became of a run, or of its way to a rung. */
export interface Ended {
  /** The run. */
  readonly run: SweepRun;
  /** What it left, if it came to its end. */
  readonly result?: RunResult;
  /** Why it did not, as it said. */
  readonly error?: string;
  /** The rung at which it pauses. */
  readonly rung?: Rung;
  /** Who has it, where nobody waits for its end: `job 12, task 3`. */
  readonly waits?: string;
  /** Whether it had been finished before. */
  readonly skipped: boolean;
}

/** Where a run pauses. */
export interface Rung {
  /** Epochs that it was trained for. */
  readonly epochs: number;
  /** The best validation of these. */
  readonly validation: Evaluation;
}

/** What is to be carried out. */
export interface Work {
  /** The sweep. */
  readonly sweep: Sweep;
  /** Its folder. */
  readonly folder: string;
  /** Its runs in their places, in the order of the plan. */
  readonly places: readonly Place[];
  /** Runs at a time, if that was said. */
  readonly jobs: number | undefined;
  /** Takes a line of what is done, for those who want to know more. */
  readonly detail: (line: string) => void;
  /** Takes what was handed over, for programs and for people. */
  readonly submitted: (what: Readonly<Record<string, unknown>>, line: string) => void;
}

/** Carries out runs in its way. */
export interface Executor {
  /** What `--executor` takes, and the name of its table in a sweep file. */
  readonly name: string;
  /** What it does, in a line without a full stop. */
  readonly description: string;
  /** Whether results can decide which runs go on: it waits for them, or asks for them each time that it is called. */
  readonly canHalve: boolean;
  /** Refuses what it does not take of its table in a sweep file. */
  requireSettings(settings: Values, fail: Fail): void;
  /** Carries out what is not finished, or hands it over; says what became of each run. */
  carryOut(work: Work): AsyncGenerator<Ended>;
  /** Why runs failed that were handed over before, by their folders; nothing where it waits for them. */
  failures?(folder: string): Promise<ReadonlyMap<string, string>>;
}
