/**
 * The checkpoints in the folder of a run: which is the newest, which the best, which are removed, which are put aside.
 *
 * A run writes its steps in rising order, so the newest checkpoint is the one of the highest step, as long as none lies there
 * of a step that the run has given up. Such ones are therefore put aside where a run goes on from an earlier step.
 *
 * @module
 */
import { isMissing } from "../runtime/files.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import { exists, writeAtomically } from "../runtime/atomic_files.ts";
import { CheckpointError } from "./errors.ts";

/** A checkpoint in a run folder. */
export interface Kept {
  /** The file. */
  readonly path: string;
  /** Steps carried out before it. */
  readonly step: number;
}

/**
 * The checkpoints in the folder of a run, oldest first; none where there is no such folder.
 *
 * @example
 * ```ts
 * import { checkpointsIn } from "@filigree/filigree/runs";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/checkpoints`);
 * await Deno.create(`${folder}/checkpoints/step-000000020.safetensors`);
 * console.assert((await checkpointsIn(folder))[0].step === 20);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function checkpointsIn(folder: string): Promise<Kept[]> {
  const found: Kept[] = [];
  try {
    for await (const { name } of Deno.readDir(`${folder}/checkpoints`)) {
      const step = Number(/^step-(\d+)\.safetensors$/.exec(name)?.[1]);
      if (!Number.isSafeInteger(step)) continue;
      found.push({ path: `${folder}/checkpoints/${name}`, step });
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return found.sort((a, b) => a.step - b.step);
}

/**
 * Reads the newest checkpoint of a run that can be read, also while the run goes on: where one has been removed since the
 * folder was listed, it is listed again.
 *
 * @param passOver Told of each checkpoint that is there and cannot be read, newest first.
 * @param read What to make of a file, and when to refuse it with a {@linkcode CheckpointError}.
 * @returns What `read` made of it.
 * @throws {CheckpointError} if there is no checkpoint, or none that can be read: that of the newest one.
 *
 * @example
 * ```ts
 * import { readNewest } from "@filigree/filigree/runs";
 *
 * const folder = await Deno.makeTempDir();
 * const message = await readNewest(folder).then(() => "read", (error) => error.message);
 * console.assert(message.includes("no checkpoint yet"));
 * await Deno.remove(folder);
 * ```
 */
export function readNewest(
  folder: string,
  passOver?: (error: CheckpointError) => void,
): Promise<Checkpoint>;
/** As above, with what `read` makes of the file. */
export function readNewest<T>(
  folder: string,
  passOver: (error: CheckpointError) => void,
  read: (path: string) => Promise<T>,
): Promise<T>;
export async function readNewest(
  folder: string,
  passOver: (error: CheckpointError) => void = () => {},
  read: (path: string) => Promise<unknown> = readCheckpoint,
): Promise<unknown> {
  const tried = new Set<string>();
  let failure: CheckpointError | undefined;
  for (;;) {
    const newest = (await checkpointsIn(folder)).findLast(({ path }) => !tried.has(path));
    if (newest === undefined) break;
    tried.add(newest.path);
    try {
      return await read(newest.path);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      if (isGone(error) && !(await isListed(newest.path))) continue;
      failure ??= error;
      passOver(error);
    }
  }
  throw failure ?? new CheckpointError(
    folder,
    `the run has no checkpoint yet; expected one in "${folder}/checkpoints"`,
  );
}

/** Whether a checkpoint could not be read because there was no such file. */
function isGone({ cause }: CheckpointError): boolean {
  return isMissing(cause);
}

/** Whether a name stands in its folder, be it that of a link to nothing. */
async function isListed(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * Removes the oldest checkpoints of a run that has just saved the one of `step`, so that `keep` are left. The one of `step` is
 * never removed, and none of a later step: that is not of this run's past.
 */
export async function pruneCheckpoints(folder: string, keep: number, step: number): Promise<void> {
  const past = (await checkpointsIn(folder)).filter((kept) => kept.step <= step);
  for (const { path } of past.slice(0, Math.max(0, past.length - Math.max(1, keep)))) {
    await Deno.remove(path);
  }
}

/** Where the best checkpoint of a run lies. */
export function bestPath(folder: string): string {
  return `${folder}/checkpoints/best.safetensors`;
}

/**
 * Makes the checkpoints of a folder those of a run that goes on from `step`. Those of later steps were passed over as damaged,
 * or their steps are about to be taken anew: they would count as newer than what the run saves next. They are renamed to
 * `dropped-...`, which no reader looks at, and so is the best one if it is damaged or of a later step. The best is then the
 * best of those that are left.
 *
 * @param say Told of each that was put aside.
 * @returns The score of the best; -Infinity if there is none.
 */
export async function goOnFrom(
  folder: string,
  step: number,
  say: (line: string) => void,
): Promise<number> {
  const later = (await checkpointsIn(folder)).filter((kept) => kept.step > step);
  for (const kept of later) {
    const to = await putAside(kept.path);
    say(`The run goes on from step ${step}: "${kept.path}" is now "${to}".`);
  }
  const best = bestPath(folder);
  if (!(await exists(best))) return -Infinity;
  const found = await stateOf(best);
  if (typeof found !== "string" && !(found.step > step)) return found.score;
  const to = await putAside(best);
  const why = typeof found === "string" ? found : `The run goes on from step ${step}.`;
  say(`${why} "${best}" is now "${to}".`);
  return await chooseBest(folder);
}

/** Renames a checkpoint so that no reader takes it; returns its new name. */
async function putAside(path: string): Promise<string> {
  const [folder, name] = [
    path.slice(0, path.lastIndexOf("/")),
    path.slice(path.lastIndexOf("/") + 1),
  ];
  for (let count = 1;; count++) {
    const to = `${folder}/dropped-${count === 1 ? "" : `${count}-`}${name}`;
    if (await isListed(to)) continue;
    await Deno.rename(path, to);
    return to;
  }
}

/** Copies the checkpoint of the highest score to the place of the best; returns its score. */
async function chooseBest(folder: string): Promise<number> {
  let best = { score: -Infinity, path: "" };
  for (const { path } of await checkpointsIn(folder)) {
    const found = await stateOf(path);
    if (typeof found !== "string" && found.score > best.score) best = { ...found, path };
  }
  if (best.path !== "") {
    await writeAtomically(bestPath(folder), await Deno.readFile(best.path), "checkpoint");
  }
  return best.score;
}

/** Step and score of a checkpoint, as its notes have them, or why it cannot be read. */
async function stateOf(path: string): Promise<{ step: number; score: number } | string> {
  try {
    const { metadata } = await readCheckpoint(path);
    // One of a program of one's own may say nothing of a step.
    const step = Number(/"step":(\d+)/.exec(metadata.training ?? "")?.[1]);
    return { step, score: Number(metadata.score ?? -Infinity) };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return `${error.message}.`;
  }
}
