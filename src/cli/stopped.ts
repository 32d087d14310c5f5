/**
 * What becomes of a run that ends before its time: what is safe, and how to go on.
 *
 * @module
 */
import { checkpointsIn } from "../train/checkpoints.ts";

/** A run ended before its time; `cause` is why, the message what can be done about it. */
export class RunStoppedError extends Error {
  /** The name of the class. */
  override readonly name: string = "RunStoppedError";
}

/** The error of a run that ended because of `cause`, with what its folder still holds. */
export async function runStopped(folder: string, cause: unknown): Promise<RunStoppedError> {
  const newest = (await checkpointsIn(folder)).at(-1);
  const safe = newest === undefined
    ? `The run has no checkpoint yet; \`filigree resume ${folder}\` begins it again.`
    : `The checkpoint "${newest.path}" is intact; \`filigree resume ${folder}\` goes on from there.`;
  return new RunStoppedError(safe, { cause });
}
