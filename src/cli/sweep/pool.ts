/**
 * Runs the runs of a sweep as processes of their own, a few at a time.
 *
 * @module
 */
import { checkpointsIn } from "../../train/checkpoints.ts";
import { configToml } from "../config/load.ts";
import { readResult, type RunResult } from "../result.ts";
import type { SweepRun } from "./plan.ts";

/** A run that ended. */
export interface Ended {
  /** The run. */
  readonly run: SweepRun;
  /** What it left, if it came to its end. */
  readonly result?: RunResult;
  /** What it said last, if it did not. */
  readonly error?: string;
  /** Whether it had been finished before. */
  readonly skipped: boolean;
}

/**
 * Carries runs out, `jobs` at a time; those that are finished are not run again, those that were interrupted go on.
 *
 * @param folder Where each run has its folder.
 * @param begin Called with the arguments of the program as a run begins.
 */
export async function* runAll(
  runs: readonly SweepRun[],
  folder: string,
  jobs: number,
  begin: (args: readonly string[]) => void,
): AsyncGenerator<Ended> {
  const waiting = [...runs];
  const running = new Set<Promise<{ ended: Ended; self: unknown }>>();
  const start = (run: SweepRun): void => {
    const promise: Promise<{ ended: Ended; self: unknown }> = runOne(run, folder, begin).then((
      ended,
    ) => ({
      ended,
      self: promise,
    }));
    running.add(promise);
  };
  while (waiting.length > 0 || running.size > 0) {
    while (running.size < jobs && waiting.length > 0) {
      const run = waiting.shift();
      if (run !== undefined) start(run);
    }
    const { ended, self } = await Promise.race(running);
    running.delete(self as Promise<{ ended: Ended; self: unknown }>);
    yield ended;
  }
}

async function runOne(
  run: SweepRun,
  folder: string,
  begin: (args: readonly string[]) => void,
): Promise<Ended> {
  const out = `${folder}/${run.name}`;
  const finished = await readResult(out);
  if (finished !== undefined) return { run, result: finished, skipped: true };
  const resumable = (await checkpointsIn(out)).length > 0;
  // Without a checkpoint there is nothing to go on with.
  if (!resumable) await Deno.remove(out, { recursive: true }).catch(ignoreMissing);
  const config = `${folder}/${run.name}.toml`;
  await Deno.writeTextFile(
    config,
    configToml({ ...run.config, run: { ...run.config.run, out } }),
  );
  const verb = resumable ? ["resume", out] : ["train", "--config", config];
  begin(verb);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      CLI,
      ...verb,
      "--quiet",
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  const result = success ? await readResult(out) : undefined;
  if (result !== undefined) return { run, result, skipped: false };
  const error = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "it left no result";
  return { run, error, skipped: false };
}

const CLI = new URL("../../../cli.ts", import.meta.url).href;

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
