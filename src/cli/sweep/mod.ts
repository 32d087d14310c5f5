/**
 * `filigree sweep`: many runs over values of a configuration and seeds, and a table of what they gave.
 *
 * @module
 */
import { writeAtomically } from "../../train/files.ts";
import type { Flags } from "../config/flags.ts";
import { readStructured } from "../config/load.ts";
import { Command, ValidationError } from "../deps.ts";
import { planSweep, type Sweep } from "./plan.ts";
import { type Ended, runAll } from "./pool.ts";
import { accuracyPlot, csvTable, markdownTable, rowsOf } from "./table.ts";

/** The command `sweep`. */
export function sweepCommand(): Command {
  const command: Command = new Command();
  command
    .description("Run every combination of a sweep file; finished runs are not run again.")
    .arguments("<file:string>")
    .option("--out <folder:string>", "Where runs and tables go; sweeps/<name> by default.")
    .option("--jobs <count:integer>", "Processes at a time; by default what the file says.")
    .option("--dry-run", "List the runs.")
    .option("--json", "Print one JSON object for each run that ends.")
    .action(async (flags: Flags, file: string) => await sweep(file, flags));
  return command;
}

async function sweep(file: string, flags: Flags): Promise<void> {
  const planned = planSweep(await readStructured(file), file);
  if (flags.dryRun === true) return planned.runs.forEach(({ name }) => console.log(name));
  const jobs = typeof flags.jobs === "number" ? flags.jobs : planned.jobs;
  if (!(jobs >= 1)) {
    throw new ValidationError(`Option "--jobs" must be at least 1, but got "${flags.jobs}".`);
  }
  const folder = typeof flags.out === "string" ? flags.out : `sweeps/${planned.name}`;
  await Deno.mkdir(folder, { recursive: true });
  const ended: Ended[] = [];
  for await (const one of runAll(planned.runs, folder, jobs)) {
    ended.push(one);
    report(one, ended.length, planned.runs.length, flags.json === true);
  }
  await writeTables(planned, ended, folder);
  const failed = ended.filter(({ result }) => result === undefined).length;
  if (failed > 0) throw new Error(`${failed} of ${ended.length} runs failed; run the sweep again`);
}

function report(
  { run, result, error, skipped }: Ended,
  count: number,
  total: number,
  json: boolean,
): void {
  if (json) {
    const varied = Object.fromEntries(run.varied);
    console.log(
      JSON.stringify({
        name: run.name,
        ...varied,
        seed: run.config.run.seed,
        skipped,
        result,
        error,
      }),
    );
    return;
  }
  const what = result === undefined
    ? `failed: ${error}`
    : `${(100 * result.accuracy).toFixed(2)} %, ${result.seconds.toFixed(1)} s`;
  console.error(`${count}/${total}  ${run.name}  ${what}${skipped ? " (finished before)" : ""}`);
}

async function writeTables(planned: Sweep, ended: readonly Ended[], folder: string): Promise<void> {
  const order = new Map(planned.runs.map((run, i) => [run.name, i]));
  const sorted = ended.toSorted((a, b) =>
    (order.get(a.run.name) ?? 0) - (order.get(b.run.name) ?? 0)
  );
  const rows = rowsOf(planned, sorted);
  const table = markdownTable(planned, rows);
  await writeAtomically(`${folder}/table.md`, table, "table");
  await writeAtomically(`${folder}/table.csv`, csvTable(planned, rows), "table");
  await writeAtomically(
    `${folder}/accuracy.svg`,
    await accuracyPlot(planned, rows),
    "plot",
  );
  console.log(table);
}
