/**
 * `filigree sweep`: many runs over values of a configuration and seeds, and a table of what they gave.
 *
 * @module
 */
import { exists, removeUnfinished } from "../../runtime/atomic_files.ts";
import { lockFolder } from "../../train/folder_lock.ts";
import { holdsRun } from "../../train/run_folder.ts";
import type { Flags } from "../config/flags.ts";
import { readStructured } from "../config/load.ts";
import { Command, EnumType, ValidationError } from "../deps.ts";
import { requireFreeNames } from "../free_names.ts";
import { InterruptedError } from "../interrupt.ts";
import { mainOf, written } from "../measures.ts";
import { Output } from "../output.ts";
import { addReportFlag, reportAsked } from "../report/asked.ts";
import { RunStoppedError } from "../stopped.ts";
import type { Ended, Executor, Work } from "./executors/executor.ts";
import { EXECUTORS } from "./executors/mod.ts";
import { gather } from "./gather.ts";
import { outcomeFiles, writeTables } from "./outcome.ts";
import { placeOf } from "./place.ts";
import { planSweep, type Sweep, type SweepRun } from "./plan.ts";
import { markdownTable, meansOf, measureOf, rowsOf } from "./table.ts";
import type { Verb } from "../verb.ts";

/** The verb `sweep`. */
export const verb: Verb = { name: "sweep", rank: 11, command: sweepCommand };

/** The command `sweep`. */
function sweepCommand(): Command {
  const command: Command = new Command();
  const ways = EXECUTORS.map(({ name, description }) => `${name} (${description})`).join(", ");
  addReportFlag(command)
    .description("Run every combination of a sweep file; finished runs are not run again.")
    .arguments("<file:string>")
    .type("executor", new EnumType(EXECUTORS.map(({ name }) => name)))
    .option("--out <folder:string>", "Where runs and tables go; sweeps/<name> by default.")
    .option("--executor <name:executor>", `What carries the runs out: ${ways}.`)
    .option("--jobs <count:integer>", "Runs at a time; by default what the file says.")
    .option("--gather", "Begin nothing: write the tables of what has ended, and say what has not.")
    .option("--dry-run", "List the runs.")
    .action(async (flags: Flags, file: string) => await sweep(file, flags));
  return command;
}

async function sweep(file: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const sweep = planSweep(await readStructured(file), file);
  const { name, runs } = sweep;
  const jobs = typeof flags.jobs === "number" ? flags.jobs : sweep.jobs;
  if (jobs !== undefined && !(jobs >= 1)) {
    throw new ValidationError(`Option "--jobs" must be at least 1, but got "${flags.jobs}".`);
  }
  const executor = executorOf(flags, sweep);
  const folder = typeof flags.out === "string" ? flags.out : `sweeps/${name}`;
  const report = await reportAsked(flags);
  if (flags.dryRun === true) {
    return output.result(
      { name, folder, runs: runs.map(settingOf) },
      () => runs.map((run) => run.name),
    );
  }
  if (sweep.repeated > 0) {
    output.tell(`${sweep.repeated} runs are listed more than once; each is run once`);
  }
  await Deno.mkdir(folder, { recursive: true });
  using lock = await lockFolder(folder, "sweep folder");
  if (!lock.holds) {
    console.error(`The file system of "${folder}" knows no locks: start no second sweep there.`);
  }
  await requireOwnFolder(sweep, folder);
  await removeUnfinished(folder);
  const ended = flags.gather === true
    ? await reported(gather({ sweep, folder }, executor), sweep, output)
    : await carriedOut({ sweep, folder, jobs }, executor, output);
  await conclude({ sweep, folder, ended }, output, report);
}

/**
 * Refuses a folder that holds files which the sweep would replace, unless they are those of a sweep: it has runs, or what runs of this
 * one begin with.
 *
 * @throws {ValidationError} naming a file.
 */
async function requireOwnFolder({ runs }: Sweep, folder: string): Promise<void> {
  for (const { name } of runs) if (await exists(`${folder}/${name}.toml`)) return;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && await holdsRun(`${folder}/${name}`)) return;
  }
  await requireFreeNames("sweep in", folder, outcomeFiles());
}

/** The executor that flags ask for. */
function executorOf(flags: Flags, { halving }: Sweep): Executor {
  const executor = EXECUTORS.find(({ name }) => name === flags.executor) ?? EXECUTORS[0];
  if (halving !== undefined && !executor.canHalve) {
    const able = EXECUTORS.filter(({ canHalve }) => canHalve).map(({ name }) => name);
    throw new ValidationError(
      `Option "--executor" is ${executor.name}, which takes all runs at once, but asha decides by results which go on; ` +
        `expected ${able.join(" or ")}, or a sweep without asha.`,
    );
  }
  return executor;
}

/** Puts the runs in their places and has an executor carry them out; says how each ended. */
async function carriedOut(
  { sweep, folder, jobs }: Pick<Work, "sweep" | "folder" | "jobs">,
  executor: Executor,
  output: Output,
): Promise<Ended[]> {
  const movedAside = (path: string, to: string): void =>
    console.error(`"${path}" is of another configuration; it was renamed to "${to}".`);
  const places = [];
  for (const run of sweep.runs) places.push(await placeOf(run, folder, movedAside));
  output.detail(`${sweep.runs.length} runs in ${folder}`);
  const detail = (line: string): void => output.detail(line);
  const submitted: Work["submitted"] = (what, line) =>
    output.part({ event: "submitted", ...what }, () => [line]);
  try {
    const work: Work = { sweep, folder, places, jobs, detail, submitted };
    return await reported(executor.carryOut(work), sweep, output);
  } catch (cause) {
    if (!(cause instanceof InterruptedError)) throw cause;
    const next = "The runs that were going on have saved; the same command goes on with them.";
    throw new RunStoppedError(next, { cause });
  }
}

/** Says how runs end, and gives the last that is known of each, in the order of the plan. */
async function reported(
  ends: AsyncGenerator<Ended>,
  { runs }: Sweep,
  output: Output,
): Promise<Ended[]> {
  const last = new Map<string, Ended>();
  for await (const one of ends) {
    last.set(one.run.name, one);
    say(one, `${last.size}/${runs.length}`, output);
  }
  return runs.flatMap(({ name }) => last.get(name) ?? []);
}

/** What makes a run another one than those beside it. */
function settingOf({ name, varied, config }: SweepRun): Record<string, unknown> {
  return { name, ...Object.fromEntries(varied), seed: config.run.seed };
}

/** Says how a run ended. That it failed is no progress: it is said with `--quiet` too. */
function say(ended: Ended, count: string, output: Output): void {
  const { run, result, error, rung, waits, skipped } = ended;
  if (output.json) {
    const { epochs, validation } = rung ?? {};
    const fields = { skipped, result, error, epochs, validation, waits };
    return output.part({ event: "run", ...settingOf(run), ...fields }, () => []);
  }
  if (error !== undefined) return console.error(`${count}  ${run.name}  failed: ${error}`);
  const before = result === undefined ? " (before)" : " (finished before)";
  output.tell(`${count}  ${run.name}  ${outcomeOf(ended)}${skipped ? before : ""}`);
}

/** How a run ended that did not fail. */
function outcomeOf({ result, rung, waits = "not finished" }: Ended): string {
  if (result !== undefined) {
    return `${written(mainOf(result.test), result.test)}, ${result.seconds.toFixed(1)} s`;
  }
  if (rung === undefined) return waits;
  const { epochs, validation } = rung;
  const measured = `${mainOf(validation).title} ${written(mainOf(validation), validation)}`;
  return `paused after ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, validation ${measured}`;
}

/** Writes the tables and says what is known of all runs. */
async function conclude(
  { sweep, folder, ended }: Pick<Work, "sweep" | "folder"> & { readonly ended: readonly Ended[] },
  output: Output,
  report: ((folder: string) => Promise<void>) | undefined,
): Promise<void> {
  const { name, halving } = sweep;
  // Those that pause were left behind, and those that wait may still come; a row without a result is one that failed.
  const rows = rowsOf(
    sweep,
    ended.filter(({ rung, waits }) => rung === undefined && waits === undefined),
  );
  const finished = rows.some(({ results }) => results.length > 0);
  if (rows.length > 0) await writeTables({ sweep, rows, ended, folder }, output);
  if (finished) await report?.(folder);
  const failed = ended.filter(({ error }) => error !== undefined).length;
  const waiting = ended.filter(({ waits }) => waits !== undefined).length;
  if (waiting > 0) {
    output.tell(
      `${waiting} of ${ended.length} runs have not finished; --gather writes the tables of those that have`,
    );
  }
  const measure = measureOf(rows);
  output.result(
    {
      event: "done",
      ...{ name, folder, failed },
      ...(waiting > 0 ? { waiting } : {}),
      ...(halving === undefined ? {} : { rungs: halving.rungs }),
      rows: rows.map((row) => meansOf(sweep, row, measure)),
    },
    () => rows.length === 0 ? [] : [markdownTable(sweep, rows)],
  );
  if (failed > 0) {
    throw new Error(
      `Cannot finish the sweep: ${failed} of ${ended.length} runs failed; run it again to go on with them`,
    );
  }
}
