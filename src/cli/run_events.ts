/**
 * What happens in a run, with what is measured on the part that its ends of epochs are looked at with.
 *
 * @module
 */
import type { Evaluation } from "../train/evaluate.ts";
import type { EpochEvent, TrainEvent } from "../train/events.ts";

/** The end of an epoch. */
export interface WatchedEpoch extends EpochEvent {
  /** What the model gives on the test examples, where there is no validation: nothing is chosen by it. */
  readonly test?: Evaluation;
}

/** What happens in a run. */
export type RunEvent = TrainEvent | WatchedEpoch;

/** What was measured at the end of an epoch, by the part that it was measured on. */
export function measuredIn(
  { validation, test }: WatchedEpoch,
): Partial<Record<"validation" | "test", Evaluation>> {
  return {
    ...(validation === undefined ? {} : { validation }),
    ...(test === undefined ? {} : { test }),
  };
}
