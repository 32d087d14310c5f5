/**
 * Where the runs of a sweep lie and how far they have come: what every executor finds before it carries out the rest.
 *
 * @module
 */
import { exists, writeAtomically } from "../../runtime/atomic_files.ts";
import { FolderInUseError, lockFolder } from "../../train/folder_lock.ts";
import { holdsRun } from "../../train/run_folder.ts";
import { configToml, flattenConfig, readLayer, resolveConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { ValidationError } from "../deps.ts";
import { readResult, type RunResult } from "../result.ts";
import { OF_LENGTH } from "../run_length.ts";
import type { SweepRun } from "./plan.ts";

/** A run in its place. */
export interface Place {
  /** The run. */
  readonly run: SweepRun;
  /** Its folder. */
  readonly out: string;
  /** What it gave, if it has come to its end. */
  readonly result?: RunResult;
  /** Why nothing can be begun there. */
  readonly error?: string;
}

/**
 * Makes the place of a run: the folder of another configuration is renamed, and the run's own configuration is written beside
 * it.
 *
 * @param folder That of the sweep.
 * @param movedAside Is told of a folder that was renamed, and to what.
 */
export async function placeOf(
  run: SweepRun,
  folder: string,
  movedAside: (path: string, to: string) => void,
): Promise<Place> {
  const out = `${folder}/${run.name}`;
  if (await exists(out) && !(await isOf(out, run.config))) {
    try {
      movedAside(out, await moveAside(out));
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error;
      return { run, out, error: error.message };
    }
  }
  const result = await readResult(out);
  if (result !== undefined) return { run, out, result };
  const text = configToml({ ...run.config, run: { ...run.config.run, out } });
  await writeAtomically(configAt(out), text, "configuration");
  return { run, out };
}

/** The configuration that the run of a folder begins with. */
function configAt(out: string): string {
  return `${out}.toml`;
}

/**
 * The words that carry out the run of a folder: it begins, or goes on.
 *
 * @param pauseAfter Epochs after which it pauses; to its end by default.
 */
export async function wordsOf(out: string, pauseAfter?: number): Promise<string[]> {
  const begun = await exists(`${out}/config.toml`);
  const pause = pauseAfter === undefined ? [] : ["--pause-after", String(pauseAfter)];
  return [...begun ? ["resume", out] : ["train", "--config", configAt(out)], ...pause];
}

/** Why a program failed, of what it wrote to standard error. What comes after the error says how to go on. */
export function errorIn(text: string): string | undefined {
  const lines = text.trim().split("\n");
  return lines.findLast((line) => line.startsWith("error: "))?.replace(/^error: /, "");
}

/** Keys of a configuration that change nothing of a result. */
const IRRELEVANT = /^(run\.(name|out)|train\.(keep|checkpointEvery))$/;

/** The result in the folder of a run, if it is that of its configuration. */
export async function resultIn(out: string, { config }: SweepRun): Promise<RunResult | undefined> {
  return await isOf(out, config) ? await readResult(out) : undefined;
}

/** Whether the run in a folder has a configuration, but for what changes nothing of its result. One not begun has any. */
async function isOf(folder: string, wanted: Config): Promise<boolean> {
  const path = `${folder}/config.toml`;
  if (!(await exists(path))) return !(await holdsRun(folder));
  try {
    const had = [await readLayer(path)];
    // The sweep's own file still tells what was left to the length of the run, and what was asked for.
    if (await exists(`${folder}.toml`)) had.push(await readLayer(`${folder}.toml`));
    return had.every(({ values, origin }, i) => {
      const own = [...values].filter(([key]) => i > 0 || !isLeft(key, wanted));
      return identityOf(resolveConfig([{ origin, values: new Map(own) }])) === identityOf(wanted);
    });
  } catch (error) {
    // One that cannot be read, or is of another version, is not that of this sweep.
    if (error instanceof ValidationError) return false;
    throw error;
  }
}

/** Whether a value is left to the length of the run. */
function isLeft(key: string, wanted: Config): boolean {
  return OF_LENGTH.includes(key) && flattenConfig(wanted, "").get(key) === undefined;
}

/** The same text for the same configuration, in whatever order its keys come. */
function identityOf(config: Config): string {
  return JSON.stringify(
    [...flattenConfig(config, "")]
      .filter(([key, value]) => !IRRELEVANT.test(key) && value !== undefined)
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/**
 * Renames a folder to a name that nobody has; returns that.
 *
 * @throws {FolderInUseError} if somebody writes it.
 */
async function moveAside(folder: string): Promise<string> {
  {
    using _ = await lockFolder(folder);
  }
  for (let count = 1;; count++) {
    const to = `${folder},before-${count}`;
    if (await exists(to)) continue;
    await Deno.rename(folder, to);
    return to;
  }
}
