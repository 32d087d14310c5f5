/**
 * What becomes of a run that ends before its time: what is safe, and how to go on.
 *
 * @module
 */
import { checkpointsIn } from "../train/checkpoints.ts";
import { CheckpointError } from "../train/errors.ts";
import { OtherTermsError } from "../train/terms.ts";
import { ValidationError } from "./deps.ts";

/** A run ended before its time; `cause` is why, the message what can be done about it. */
export class RunStoppedError extends Error {
  /** The name of the class. */
  override readonly name: string = "RunStoppedError";
}

/** Whether a run did not even begin to go on, so that the same again would end in the same way. */
function refuses(cause: unknown): boolean {
  return cause instanceof OtherTermsError || cause instanceof CheckpointError ||
    cause instanceof ValidationError;
}

/** The error of a run that ended because of `cause`, with what its folder still holds. */
export async function runStopped(folder: string, cause: unknown): Promise<RunStoppedError> {
  const newest = (await checkpointsIn(folder)).at(-1);
  const safe = newest === undefined
    ? `The run has no checkpoint yet; \`filigree resume ${folder}\` begins it again.`
    : `The checkpoint "${newest.path}" is intact; \`filigree resume ${folder}\` goes on from there${
      refuses(cause) ? " as soon as it has the data and the settings that it began with" : ""
    }.`;
  return new RunStoppedError(safe, { cause });
}
