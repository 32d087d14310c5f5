/**
 * Runs the runs of a sweep as processes of their own, a few at a time.
 *
 * @module
 */
import { exists, writeAtomically } from "../../train/files.ts";
import { FolderInUseError, lockFolder } from "../../train/folder_lock.ts";
import { holdsRun } from "../../train/run_folder.ts";
import { configToml, flattenConfig, readLayer, resolveConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { ValidationError } from "../deps.ts";
import { Interrupt } from "../interrupt.ts";
import { readResult, type RunResult } from "../result.ts";
import { OF_LENGTH } from "../run_length.ts";
import type { SweepRun } from "./plan.ts";

/** A run that ended. */
export interface Ended {
  /** The run. */
  readonly run: SweepRun;
  /** What it left, if it came to its end. */
  readonly result?: RunResult;
  /** Why it did not, as it said. */
  readonly error?: string;
  /** Whether it had been finished before. */
  readonly skipped: boolean;
}

/** What a pool tells while it works. */
export interface PoolEvents {
  /** A run begins, with arguments of the program. */
  begin(args: readonly string[]): void;
  /** The folder of a run of that name but another configuration was renamed. */
  movedAside(folder: string, to: string): void;
}

/** A process with a run. */
interface Child {
  /** Closes its input, at which it saves and ends. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
  /** Whether it succeeded, and what it wrote to standard error. */
  readonly output: Promise<{ readonly success: boolean; readonly stderr: string }>;
}

/**
 * Carries runs out, `jobs` at a time; those that are finished are not run again, those that were interrupted go on. A signal
 * stops the processes as it would stop one run: they save, and are waited for; a second one ends them at once.
 *
 * @param folder Where each run has its folder.
 * @throws {InterruptedError} after a signal.
 */
export async function* runAll(
  runs: readonly SweepRun[],
  folder: string,
  jobs: number,
  events: PoolEvents,
): AsyncGenerator<Ended> {
  const waiting = [...runs];
  const children = new Set<Child>();
  const running = new Map<SweepRun, Promise<Ended>>();
  using interrupt = new Interrupt({ atOnce: () => children.forEach((child) => child.kill()) });
  const stop = (): void => children.forEach((child) => child.stop());
  interrupt.signal.addEventListener("abort", stop);
  try {
    while (waiting.length > 0 || running.size > 0) {
      while (running.size < jobs && waiting.length > 0) {
        const run = waiting.shift();
        if (run !== undefined) {
          running.set(run, runOne(run, folder, events, children, interrupt.signal));
        }
      }
      const ended = await Promise.race(running.values());
      running.delete(ended.run);
      await interrupt.check();
      yield ended;
    }
  } finally {
    // Whatever ended this loop: no process is left behind.
    stop();
    await Promise.allSettled(running.values());
  }
}

async function runOne(
  run: SweepRun,
  folder: string,
  events: PoolEvents,
  children: Set<Child>,
  signal: AbortSignal,
): Promise<Ended> {
  const out = `${folder}/${run.name}`;
  if (await exists(out) && !(await isOf(out, run.config))) {
    try {
      events.movedAside(out, await moveAside(out));
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error;
      return { run, error: error.message, skipped: false };
    }
  }
  const finished = await readResult(out);
  if (finished !== undefined) return { run, result: finished, skipped: true };
  const config = `${folder}/${run.name}.toml`;
  await writeAtomically(
    config,
    configToml({ ...run.config, run: { ...run.config.run, out } }),
    "configuration",
  );
  const begun = await exists(`${out}/config.toml`);
  const verb = begun ? ["resume", out] : ["train", "--config", config];
  signal.throwIfAborted();
  events.begin(verb);
  const child = start([...verb, "--quiet"]);
  children.add(child);
  const { success, stderr } = await child.output;
  children.delete(child);
  const result = success ? await readResult(out) : undefined;
  if (result !== undefined) return { run, result, skipped: false };
  const lines = stderr.trim().split("\n");
  // What comes after the error says how to go on, which the sweep does by itself.
  const said = lines.find((line) => line.startsWith("error: ")) ?? lines.at(-1);
  const error = said?.replace(/^error: /, "") || "it left no result";
  return { run, error, skipped: false };
}

/** Starts the program, with no more permissions than it needs. */
function start(args: readonly string[]): Child {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CHILD, ...args],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  let stopped = false;
  return {
    stop: () => {
      if (stopped) return;
      stopped = true;
      // One that has just ended has closed it already.
      child.stdin.close().catch(() => undefined);
    },
    kill: () => child.kill("SIGKILL"),
    output: output.then(({ success, stderr }) => ({
      success,
      stderr: new TextDecoder().decode(stderr),
    })),
  };
}

const CHILD = new URL("child.ts", import.meta.url).href;

/** Keys of a configuration that change nothing of a result. */
const IRRELEVANT = /^(run\.(name|out)|train\.(keep|checkpointEvery))$/;

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
