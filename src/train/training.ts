/**
 * What a checkpoint says of the training that it is of.
 *
 * @module
 */
import type { Preparation } from "../data/preparation.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Position } from "./fit.ts";
import type { Run } from "./run.ts";
import { CheckpointError } from "./safetensors.ts";

/** Where a training stood, as it is saved. */
export interface Training extends Readonly<Position> {
  /** Seed of the data order and of the rewiring. */
  readonly seed: number;
  /** The run that was under way; absent between two runs. */
  readonly run?: Run;
  /** What was done to the features; absent before any training. */
  readonly preparation?: Preparation;
  /** Whose moments the checkpoint has. */
  readonly optimizer?: { readonly name: string; readonly settings?: unknown };
}

/**
 * Reads where a training stood.
 *
 * @throws {CheckpointError} if the checkpoint does not say it.
 */
export function trainingIn({ path, metadata }: Checkpoint): Training {
  const training: unknown = JSON.parse(metadata.training ?? "{}");
  if (!isTraining(training)) {
    throw new CheckpointError(
      path,
      `it does not say at which step it was written (${
        metadata.training ?? "nothing"
      }); expected one of a Trainer`,
    );
  }
  // Those of before 0.1.0 did not say what their runs were begun with.
  if (training.run !== undefined && training.run.terms === undefined) {
    throw new CheckpointError(
      path,
      "it does not say what its run was begun with; expected one of this version, or load() to begin anew with its weights",
    );
  }
  return { ...training, epochs: training.epochs ?? 0 };
}

function isTraining(value: unknown): value is Training {
  return typeof value === "object" && value !== null && "step" in value && "seed" in value &&
    Number.isSafeInteger(value.step) && Number.isSafeInteger(value.seed);
}
