/**
 * Finds what a verb works on: the folder of a run, or a checkpoint.
 *
 * @module
 */
import { type Checkpoint, readCheckpoint } from "../train/checkpoint.ts";
import { checkpointsIn } from "../train/run_folder.ts";
import { CheckpointError } from "../train/safetensors.ts";
import { parseLayer, resolveConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";

/** A run, or one checkpoint of it. */
export interface SavedRun {
  /** Its configuration. */
  readonly config: Config;
  /** The checkpoint: the newest one of a run. */
  readonly checkpoint: Checkpoint;
  /** The folder, where that was given. */
  readonly folder: string | undefined;
}

/**
 * The run behind a path. In a folder the newest checkpoint that can be read counts: one that was damaged is named on
 * standard error and passed over.
 *
 * @throws {ValidationError} if there is neither a run nor a checkpoint.
 * @throws {CheckpointError} if no checkpoint can be read.
 */
export async function readRun(path: string): Promise<SavedRun> {
  const folder = await isFolder(path) ? path : undefined;
  const candidates = folder === undefined ? [path] : await checkpointsOf(folder);
  let failure: unknown;
  for (const candidate of candidates) {
    try {
      const checkpoint = await readCheckpoint(candidate);
      const { config: text } = checkpoint.metadata;
      if (text === undefined) {
        throw new CheckpointError(candidate, "it has no configuration; expected one of a run");
      }
      const config = resolveConfig([parseLayer(text, ".toml", candidate)]);
      return { config, checkpoint, folder };
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      failure ??= error;
      if (candidates.length > 1) console.error(error.message);
    }
  }
  throw failure;
}

/** The checkpoints of a run, newest first. */
async function checkpointsOf(folder: string): Promise<string[]> {
  const kept = await checkpointsIn(folder);
  if (kept.length > 0) return kept.map(({ path }) => path).reverse();
  throw new ValidationError(
    `Cannot use the run "${folder}": it has no checkpoint yet; expected one in "${folder}/checkpoints".`,
  );
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ValidationError(
      `Cannot use the run "${path}": there is no such file or folder; expected a run folder or a checkpoint.`,
    );
  }
}
