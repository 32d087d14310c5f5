/**
 * Finds what a verb works on: the folder of a run, or a checkpoint.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import { type Checkpoint, readCheckpoint } from "../train/checkpoint.ts";
import { checkpointsIn, readNewest } from "../train/checkpoints.ts";
import { exists, writeAtomically } from "../runtime/atomic_files.ts";
import { type FolderLock, lockFolder } from "../train/folder_lock.ts";
import { CheckpointError } from "../train/errors.ts";
import { Best } from "./best.ts";
import {
  configToml,
  flattenConfig,
  type Layer,
  parseLayer,
  readLayer,
  resolveConfig,
} from "./config/load.ts";
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

/** A model, in a run or in a checkpoint of a program of one's own, which has no configuration. */
export interface SavedModel extends Omit<SavedRun, "config"> {
  /** The configuration of its run. */
  readonly config: Config | undefined;
}

/**
 * The run behind a path. In a folder the newest checkpoint that can be read counts: one that was damaged is named on
 * standard error and passed over.
 *
 * @throws {ValidationError} if there is neither a run nor a checkpoint.
 * @throws {CheckpointError} if no checkpoint can be read.
 */
export async function readRun(path: string): Promise<SavedRun> {
  const { config, ...saved } = await readSaved(path);
  if (config !== undefined) return { config, ...saved };
  throw new CheckpointError(
    saved.checkpoint.path,
    "it has no configuration; expected one of a run",
  );
}

/**
 * The model behind a path: that of {@linkcode readRun}, or of a checkpoint of a program of one's own.
 *
 * @throws {ValidationError} if there is neither a run nor a checkpoint.
 * @throws {CheckpointError} if no checkpoint can be read.
 */
export async function readSaved(path: string): Promise<SavedModel> {
  if (!(await isFolder(path))) return { ...await readConfigured(path), folder: undefined };
  await requireCheckpoint(path);
  const passed: CheckpointError[] = [];
  try {
    const saved = await readNewest(path, (error) => passed.push(error), readConfigured);
    for (const { message } of passed) console.error(message);
    return { ...saved, folder: path };
  } catch (error) {
    // That of the newest is the error itself.
    for (const { message } of passed.slice(1)) console.error(message);
    throw error;
  }
}

/** A checkpoint and the configuration in it. */
async function readConfigured(path: string): Promise<Pick<SavedModel, "config" | "checkpoint">> {
  const checkpoint = await readCheckpoint(path);
  const { config: text } = checkpoint.metadata;
  const config = text === undefined ? undefined : resolveConfig([parseLayer(text, ".toml", path)]);
  return { config, checkpoint };
}

/**
 * The configuration of a run, or of a checkpoint, as values that others may be laid over.
 *
 * @throws {ValidationError} if there is neither a run nor a checkpoint.
 * @throws {CheckpointError} if no checkpoint can be read.
 */
export async function configLayerOf(path: string): Promise<Layer> {
  if (await isFolder(path) && await exists(`${path}/config.toml`)) return await readOwnConfig(path);
  const { config } = await readRun(path);
  return { origin: path, values: flattenConfig(config, path) };
}

/** A run to go on with: its newest checkpoint, or none where it was stopped before the first. */
export interface UnfinishedRun {
  /** Its configuration. */
  readonly config: Config;
  /** Where to go on from; from the beginning if absent. */
  readonly checkpoint: Checkpoint | undefined;
  /** Its folder. */
  readonly folder: string;
  /** Whether it has more epochs now than when the checkpoint was written. */
  readonly longer: boolean;
}

/** Keys of a configuration that may change between two parts of a run: none of them changes what is trained. */
const MAY_CHANGE = /^(device\.|run\.(name|out)$|train\.(keep|checkpointEvery)$)/;

/**
 * Takes the folder of a run to go on with it: what is read of it under the lock nobody else writes.
 *
 * @throws {ValidationError} if it is no folder.
 * @throws {FolderInUseError} if the run still goes on, or is gone on with elsewhere.
 */
export async function lockRun(folder: string): Promise<FolderLock> {
  if (await isFolder(folder)) return await lockFolder(folder);
  throw new ValidationError(
    `Cannot resume "${folder}": it is a checkpoint; expected the folder of a run.`,
  );
}

/**
 * The run in a folder, to go on with it under the configuration that lies there. One whose configuration is lost has that of
 * its newest checkpoint, and gets it back.
 *
 * @param epochs Epochs that it shall have from now on, which its configuration then says: no fewer than it has.
 * @throws {ValidationError} if it is no folder of a run, its configuration has become another one, or it has stopped for good.
 * @throws {CheckpointError} if no checkpoint can be read.
 */
export async function readRunToGoOn(folder: string, epochs?: number): Promise<UnfinishedRun> {
  const hasCheckpoint = (await checkpointsIn(folder)).length > 0;
  if (hasCheckpoint) await requireConfig(folder);
  else if (!(await exists(`${folder}/config.toml`))) {
    throw new ValidationError(
      `Cannot read the configuration "${folder}/config.toml": there is no such file; expected the folder of a run.`,
    );
  }
  if (epochs !== undefined) {
    if (hasCheckpoint) requireUnexhausted(await readRun(folder), folder);
    await lengthen(folder, epochs);
  }
  const layer = await readOwnConfig(folder);
  const config = resolveConfig([layer]);
  if (!hasCheckpoint) return { config, checkpoint: undefined, folder, longer: false };
  const saved = await readRun(folder);
  const longer = config.train.epochs > saved.config.train.epochs;
  const [now, then] = [config, saved.config].map((each) => flattenConfig(each, folder));
  for (const key of new Set([...now.keys(), ...then.keys()])) {
    const [asked, trained] = [now, then].map((values) => JSON.stringify(values.get(key)));
    if (asked === trained || MAY_CHANGE.test(key)) continue;
    if (key === "train.epochs" && longer) continue;
    throw new ValidationError(
      `Cannot resume "${folder}": "${key}" is ${asked} in "${layer.origin}", but the run was trained ` +
        `with ${trained}; expected the configuration that it began with.`,
    );
  }
  return { config, checkpoint: saved.checkpoint, folder, longer };
}

/** Refuses more epochs for a run that would train none of them. */
function requireUnexhausted({ config, checkpoint }: SavedRun, folder: string): void {
  const { train: { patience, epochs }, data: { validation } } = config;
  // Without validation nothing was chosen but in runs of before, which stop so no more.
  if (validation === undefined || !new Best(checkpoint).exhausted(patience)) return;
  throw new ValidationError(
    `Cannot give the run "${folder}" other epochs than ${epochs}: it stopped ${patience} epochs after its best one, ` +
      "as --patience (train.patience) says; expected a new run with a larger --patience.",
  );
}

/** Gives a run more epochs. Its configuration says so before anything is trained: whoever goes on later knows it. */
async function lengthen(folder: string, epochs: number): Promise<void> {
  const layer = await readOwnConfig(folder);
  const before = resolveConfig([layer]).train.epochs;
  if (!(Number.isInteger(epochs) && epochs >= before)) {
    throw new ValidationError(
      `Option "--epochs" is ${epochs}, but the run in "${folder}" has ${before}; expected at least as many.`,
    );
  }
  if (epochs === before) return;
  const values = new Map([...layer.values, ["train.epochs", epochs]]);
  const config = configToml(resolveConfig([{ ...layer, values }]));
  await writeAtomically(`${folder}/config.toml`, config, "configuration");
}

/** Sees to it that a run with a checkpoint has its configuration. */
async function requireConfig(folder: string): Promise<void> {
  const path = `${folder}/config.toml`;
  if (await exists(path)) return;
  const { config, checkpoint } = await readRun(folder);
  await writeAtomically(path, configToml(config), "configuration");
  console.error(`There was no "${path}"; it was made anew from "${checkpoint.path}".`);
}

/** The configuration in the folder of a run; what it does not accept may be of another version, whose name is told then. */
async function readOwnConfig(folder: string): Promise<Layer> {
  try {
    return await readLayer(`${folder}/config.toml`);
  } catch (error) {
    const version = await versionOf(folder);
    if (!(error instanceof ValidationError) || version === undefined) throw error;
    throw new ValidationError(
      `${error.message} The run was made by Filigree ${version}; this is ${manifest.version}.`,
      { cause: error },
    );
  }
}

/** The version that made a run, where that is another one and its folder says so. */
async function versionOf(folder: string): Promise<string | undefined> {
  try {
    const text = await Deno.readTextFile(`${folder}/environment.json`);
    const { filigree } = Object(JSON.parse(text));
    return filigree === undefined || filigree === manifest.version ? undefined : String(filigree);
  } catch (error) {
    // It only explains an error.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function requireCheckpoint(folder: string): Promise<void> {
  if ((await checkpointsIn(folder)).length > 0) return;
  if (await exists(`${folder}/config.json`) && await exists(`${folder}/model.safetensors`)) {
    throw new ValidationError(
      `Cannot use "${folder}": it is a folder of Hugging Face; expected a run or a checkpoint. \`filigree finetune\` begins ` +
        "with such a folder.",
    );
  }
  throw new ValidationError(
    `Cannot use the run "${folder}": it has no checkpoint yet; expected one in "${folder}/checkpoints".`,
  );
}

/**
 * Whether a path is a folder, not a file.
 *
 * @param expected What is told to be accepted where there is neither.
 * @throws {ValidationError} if there is neither.
 */
export async function isFolder(
  path: string,
  expected = "a run folder or a checkpoint",
): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (!(error instanceof NotFound || error instanceof NotADirectory)) throw error;
    throw new ValidationError(
      `Cannot use the run "${path}": there is no such file or folder; expected ${expected}.`,
    );
  }
}
