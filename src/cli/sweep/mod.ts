/**
 * `filigree sweep`: many runs over values of a configuration and seeds, and a table of what they gave.
 *
 * @module
 */
import { removeUnfinished, writeAtomically } from "../../train/files.ts";
import { lockFolder } from "../../train/folder_lock.ts";
import type { Flags } from "../config/flags.ts";
import { readStructured } from "../config/load.ts";
import { Command, ValidationError } from "../deps.ts";
import { InterruptedError } from "../interrupt.ts";
import { mainOf, written } from "../measures.ts";
import { Output } from "../output.ts";
import { addReportFlag, reportAsked } from "../report/asked.ts";
import { RunStoppedError } from "../stopped.ts";
import { planSweep, type Sweep, type SweepRun } from "./plan.ts";
import { type Ended, type PoolEvents, runAll } from "./pool.ts";
import {
  csvTable,
  markdownTable,
  meansOf,
  measureOf,
  measurePlot,
  type Row,
  rowsOf,
} from "./table.ts";
import type { Verb } from "../verb.ts";

/** The verb `sweep`. */
export const verb: Verb = { name: "sweep", rank: 11, command: sweepCommand };

/** The command `sweep`. */
function sweepCommand(): Command {
  const command: Command = new Command();
  addReportFlag(command)
    .description("Run every combination of a sweep file; finished runs are not run again.")
    .arguments("<file:string>")
    .option("--out <folder:string>", "Where runs and tables go; sweeps/<name> by default.")
    .option("--jobs <count:integer>", "Processes at a time; by default what the file says.")
    .option("--dry-run", "List the runs.")
    .action(async (flags: Flags, file: string) => await sweep(file, flags));
  return command;
}

async function sweep(file: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const planned = planSweep(await readStructured(file), file);
  const { name, runs } = planned;
  const jobs = typeof flags.jobs === "number" ? flags.jobs : planned.jobs;
  if (!(jobs >= 1)) {
    throw new ValidationError(`Option "--jobs" must be at least 1, but got "${flags.jobs}".`);
  }
  const folder = typeof flags.out === "string" ? flags.out : `sweeps/${name}`;
  const report = await reportAsked(flags);
  if (flags.dryRun === true) {
    return output.result(
      { name, folder, runs: runs.map(settingOf) },
      () => runs.map((run) => run.name),
    );
  }
  if (planned.repeated > 0) {
    output.tell(`${planned.repeated} runs are listed more than once; each is run once`);
  }
  await Deno.mkdir(folder, { recursive: true });
  using lock = await lockFolder(folder, "sweep folder");
  if (!lock.holds) {
    console.error(`The file system of "${folder}" knows no locks: start no second sweep there.`);
  }
  await removeUnfinished(folder);
  output.detail(`${runs.length} runs in ${folder}, ${jobs} at a time`);
  const ended = await carryOut(runs, folder, jobs, output);
  const order = new Map(runs.map((run, i) => [run.name, i]));
  const sorted = ended.toSorted((a, b) =>
    (order.get(a.run.name) ?? 0) - (order.get(b.run.name) ?? 0)
  );
  const rows = rowsOf(planned, sorted);
  await writeTables(planned, rows, folder, output);
  if (rows.some(({ results }) => results.length > 0)) await report?.(folder);
  const measure = measureOf(rows);
  const failed = ended.filter(({ result }) => result === undefined).length;
  output.result(
    {
      event: "done",
      name,
      folder,
      failed,
      rows: rows.map((row) => meansOf(planned, row, measure)),
    },
    () => [markdownTable(planned, rows)],
  );
  if (failed > 0) {
    throw new Error(
      `Cannot finish the sweep: ${failed} of ${ended.length} runs failed; run it again to go on with them`,
    );
  }
}

/** Carries the runs out and says how each ended. */
async function carryOut(
  runs: readonly SweepRun[],
  folder: string,
  jobs: number,
  output: Output,
): Promise<Ended[]> {
  const ended: Ended[] = [];
  const events: PoolEvents = {
    begin: (args) => output.detail(`filigree ${args.join(" ")}`),
    movedAside: (path, to) =>
      console.error(`"${path}" is of another configuration; it was renamed to "${to}".`),
  };
  try {
    for await (const one of runAll(runs, folder, jobs, events)) {
      ended.push(one);
      report(one, `${ended.length}/${runs.length}`, output);
    }
  } catch (cause) {
    if (!(cause instanceof InterruptedError)) throw cause;
    const next = "The runs that were going on have saved; the same command goes on with them.";
    throw new RunStoppedError(next, { cause });
  }
  return ended;
}

/** What makes a run another one than those beside it. */
function settingOf({ name, varied, config }: SweepRun): Record<string, unknown> {
  return { name, ...Object.fromEntries(varied), seed: config.run.seed };
}

/** Says how a run ended. That it failed is no progress: it is said with `--quiet` too. */
function report({ run, result, error, skipped }: Ended, count: string, output: Output): void {
  if (output.json) {
    return output.part({ event: "run", ...settingOf(run), skipped, result, error }, () => []);
  }
  if (result === undefined) return console.error(`${count}  ${run.name}  failed: ${error}`);
  const what = `${written(mainOf(result.test), result.test)}, ${result.seconds.toFixed(1)} s`;
  output.tell(`${count}  ${run.name}  ${what}${skipped ? " (finished before)" : ""}`);
}

async function writeTables(
  planned: Sweep,
  rows: readonly Row[],
  folder: string,
  output: Output,
): Promise<void> {
  const files: readonly [name: string, text: string, what: string][] = [
    ["table.md", markdownTable(planned, rows), "table"],
    ["table.csv", csvTable(planned, rows), "table"],
    [`${measureOf(rows).name}.svg`, await measurePlot(planned, rows), "plot"],
  ];
  for (const [name, text, what] of files) {
    await writeAtomically(`${folder}/${name}`, text, what);
    output.detail(`wrote ${folder}/${name}`);
  }
}
