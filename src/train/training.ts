/**
 * What a checkpoint says of the training that it is of, and all that a trainer needs to save itself and to go on. Trainers
 * import this module when they are asked to: a training that does neither does not evaluate it.
 *
 * @module
 */
import type { SourcePreparation } from "../data/preparation.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import type { Position } from "./fit.ts";
import type { Run } from "./run.ts";
import { CheckpointError } from "./errors.ts";

export { encodeCheckpoint, restoreCheckpoint, saveCheckpoint } from "./checkpoint.ts";

/** Where a training stood, as it is saved. */
export interface Training extends Readonly<Position> {
  /** Seed of the data order and of the rewiring. */
  readonly seed: number;
  /** The run that was under way; absent between two runs. */
  readonly run?: Run;
  /** What was done to the raw data; absent before any training. */
  readonly preparation?: SourcePreparation;
  /** Name of the task; absent before any training, and in versions that knew tasks by their targets alone. */
  readonly task?: string;
  /** Whose moments the checkpoint has. */
  readonly optimizer?: { readonly name: string; readonly settings?: unknown };
}

/** A checkpoint: read of a file or of bytes, unless it was already. */
export async function checkpointIn(source: string | Uint8Array | Checkpoint): Promise<Checkpoint> {
  return typeof source === "string" || source instanceof Uint8Array
    ? await readCheckpoint(source)
    : source;
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

/**
 * Refuses a checkpoint that a trainer could not go on with.
 *
 * @throws {CheckpointError} if it is of another seed or another optimizer.
 */
export function requireSame(
  path: string,
  { seed, step, optimizer }: Training,
  now: { readonly seed: number; readonly optimizer: { readonly name: string } },
): void {
  if (seed !== now.seed) {
    throw new CheckpointError(
      path,
      `it is of a run with seed ${seed} at step ${step}; expected seed ${now.seed}`,
    );
  }
  const { name } = now.optimizer;
  if (optimizer !== undefined && optimizer.name !== name) {
    throw new CheckpointError(
      path,
      `it was trained with ${optimizer.name}, and the optimizer is ${name}; expected the same, ` +
        "or load() to begin anew with its weights",
    );
  }
}
