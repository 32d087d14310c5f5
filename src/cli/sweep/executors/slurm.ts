/**
 * Hands the runs of a sweep to Slurm: a job array with a task for each run that is not finished.
 *
 * Nothing waits for it. The same command says what has ended and what still has its place in the queue, and hands over what has
 * neither; `--gather` says it without handing anything over. What is there of a run decides how a task goes on with it, so that a
 * task may be ended, requeued or started again at any time.
 *
 * @module
 */
import type { Fail } from "../fields.ts";
import { shown } from "../../config/load.ts";
import { exists, writeAtomically } from "../../../runtime/atomic_files.ts";
import type { Values } from "../../../definitions/option.ts";
import { pauseAt, schedulerOf } from "../asha.ts";
import { errorIn } from "../place.ts";
import type { Job, Scheduler, Trial } from "../scheduler.ts";
import { standingOf } from "../standing.ts";
import { arraysIn, type RunArray, stemOf, taskWords, writeArray } from "./array.ts";
import type { Ended, Executor, Work } from "./executor.ts";

/** A job array of Slurm. */
export const slurm: Executor = {
  name: "slurm",
  description: "a job array of Slurm, which is submitted",
  canHalve: true,
  requireSettings,
  carryOut,
  failures,
};

/** Options of sbatch that the script has, or that would make it another one. */
const OWN = new Set(
  ("array job-name output error open-mode requeue no-requeue signal chdir wrap wait parsable " +
    "test-only help usage version quiet input").split(" "),
);

/** Refuses what is no option of sbatch, or one of ours. */
function requireSettings(settings: Values, fail: Fail): void {
  for (const [key, value] of Object.entries(settings)) {
    if (!/^[a-z][a-z-]*$/.test(key) || OWN.has(key)) {
      fail(
        `it has the key "slurm.${key}"; expected long options of sbatch without dashes before them, such as partition, ` +
          "time or cpus-per-task, and none that the job has already",
      );
    }
    const takes = typeof value === "number" || value === true ||
      typeof value === "string" && /^[^\n\r\0]+$/.test(value);
    if (!takes) {
      fail(`slurm.${key} is ${shown(value)}; expected a text of one line, a number or true`);
    }
  }
}

/** Says what is finished or in the queue, and submits what goes on: of a halved sweep what results so far let climb. */
async function* carryOut(work: Work): AsyncGenerator<Ended> {
  const { sweep: { halving }, folder, places, submitted } = work;
  const own = `${folder}/slurm`;
  const before = await arraysIn(own);
  const unfinished = places.filter(({ result, error }) =>
    result === undefined && error === undefined
  );
  const queued = await queuedIn(before, new Set(unfinished.map(({ out }) => out)));
  const trials: Trial[] = [];
  for (const place of places) {
    const { scores, ended } = await standingOf(place, halving?.rungs);
    const job = queued.get(place.out);
    if (ended !== undefined) yield ended;
    if (job !== undefined) yield { run: place.run, waits: `in the queue as ${job}`, skipped: true };
    trials.push({ scores, running: job !== undefined });
  }
  const due = dueOf(trials, schedulerOf(halving));
  if (due.length === 0) return;
  const number = (before.at(-1)?.number ?? 0) + 1;
  const left = due.map(({ trial }) => places[trial]);
  const pauses = due.map(({ rung }) => pauseAt(rung, halving) ?? null);
  const runs = left.map(({ out }) => out);
  const paused = halving === undefined ? {} : { pauses };
  const { job, script } = await submit(work, { number, runs, ...paused });
  submitted({ executor: "slurm", job, runs: left.length, script }, `Submitted batch job ${job}`);
  for (const [task, { run }] of left.entries()) {
    yield { run, waits: `submitted as ${job}_${task}`, skipped: false };
  }
}

/** Everything that a scheduler lets go on by what is known now. */
function dueOf(trials: readonly Trial[], next: Scheduler): Job[] {
  const known = trials.map((trial) => ({ ...trial }));
  const due: Job[] = [];
  for (let job = next(known); job !== undefined; job = next(known)) {
    known[job.trial].running = true;
    due.push(job);
  }
  return due;
}

/** Writes the script of a list and submits it. */
async function submit(
  { sweep, folder, jobs }: Work,
  array: RunArray,
): Promise<{ job: string; script: string }> {
  const own = `${folder}/slurm`;
  if (/[\\\n\r]/.test(folder)) {
    throw new Error(
      `Cannot submit the sweep in "${folder}": Slurm reads names of logs with a backslash or an end of line as something else; ` +
        "expected --out without them",
    );
  }
  const list = await writeArray(own, array);
  const script = `${stemOf(own, array)}.sh`;
  const settings = sweep.executors.slurm ?? {};
  const parts = { name: sweep.name, stem: stemOf(own, array), list, settings };
  const tasks = array.runs.length;
  await writeAtomically(script, batchScript({ ...parts, tasks, jobs }), "script");
  const { success, stdout, stderr } = await ask("sbatch", ["--parsable", script]);
  if (!success) {
    throw new Error(
      `Cannot submit "${script}": ${
        complaintOf(stderr)
      }; expected what sbatch takes, with options of the table slurm in ` +
        "the sweep file or in variables that begin with SBATCH_",
    );
  }
  // Where there are several clusters, the name of one follows.
  const [job] = stdout.trim().split(";");
  await writeArray(own, { ...array, job });
  return { job, script };
}

/** What a batch script is made of. */
export interface BatchParts {
  /** Name of the job. */
  readonly name: string;
  /** What its files begin with. */
  readonly stem: string;
  /** Path of the list of runs. */
  readonly list: string;
  /** Number of tasks. */
  readonly tasks: number;
  /** Tasks at a time; as many as the cluster starts where absent. */
  readonly jobs: number | undefined;
  /** Options of sbatch. */
  readonly settings: Values;
}

/** The script of a job array. */
export function batchScript({ name, stem, list, tasks, jobs, settings }: BatchParts): string {
  const options: [key: string, value: unknown][] = [
    ["job-name", name],
    ["array", `0-${tasks - 1}${jobs === undefined ? "" : `%${jobs}`}`],
    ["output", `${stem.replaceAll("%", "%%")}-%a.log`],
    // A task that is requeued would begin its log anew.
    ["open-mode", "append"],
    ["requeue", true],
    // B: to the process of this script, which the program takes over. Without it steps of srun alone are warned.
    ["signal", "B:TERM@120"],
    ...Object.entries(settings),
  ];
  const words = taskWords({ deno: Deno.execPath(), list, variable: "SLURM_ARRAY_TASK_ID" });
  return [
    "#!/bin/bash",
    "# Made by filigree sweep. A task carries out one run of the list, or goes on with it: it may be started again at any time.",
    ...options.map(([key, value]) =>
      `#SBATCH --${key}${value === true ? "" : `=${quoted(String(value))}`}`
    ),
    "# The program takes the place of the shell, so that it hears the signals of Slurm, and saves.",
    `exec ${words.map(inShell).join(" ")}`,
    "",
  ].join("\n");
}

/** A value as sbatch reads it in a script. */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A word of a shell. */
function inShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * What the queue still has of runs that were handed over.
 *
 * @param wanted Folders of runs that are asked for.
 * @returns By folder, how Slurm calls the task.
 */
async function queuedIn(
  arrays: readonly RunArray[],
  wanted: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const asked = arrays.flatMap(({ runs, job }) =>
    job !== undefined && runs.some((run) => wanted.has(run)) ? [{ runs, job }] : []
  );
  if (asked.length === 0) return new Map();
  const jobs = asked.map(({ job }) => job).join(",");
  // Of an array %F is the job of all tasks; %A would be that of each, which the last one shares with the whole.
  const format = ["--noheader", "--array", "--format=%F %K"];
  const { success, stdout, stderr } = await ask("squeue", [...format, `--jobs=${jobs}`]);
  // Slurm forgets jobs some minutes after their end.
  if (!success && stderr.includes("Invalid job id")) return new Map();
  if (!success) {
    throw new Error(
      `Cannot ask Slurm for the jobs ${jobs}: ${
        complaintOf(stderr)
      }; expected an answer of squeue: runs that are in the ` +
        "queue must not be submitted again",
    );
  }
  const queued = new Map<string, string>();
  for (const line of stdout.trim().split("\n")) {
    const [job, task] = line.trim().split(" ");
    const run = asked.find((array) => array.job === job)?.runs[Number(task)];
    if (run !== undefined) queued.set(run, `${job}_${task}`);
  }
  return queued;
}

/** Why runs failed that were handed over: what the newest log of each says. */
async function failures(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const own = `${folder}/slurm`;
  for (const array of await arraysIn(own)) {
    for (const [task, out] of array.runs.entries()) {
      found.delete(out);
      const log = `${stemOf(own, array)}-${task}.log`;
      const error = await exists(log) ? errorIn(await Deno.readTextFile(log)) : undefined;
      if (error !== undefined) found.set(out, error);
    }
  }
  return found;
}

/** The last thing that a program of Slurm says is wrong. */
function complaintOf(stderr: string): string {
  return stderr.trim().split("\n").at(-1)?.replace(/^\w+: (error: )?/, "") ?? "";
}

/** Calls a program of Slurm. */
async function ask(
  program: string,
  args: readonly string[],
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  try {
    const command = new Deno.Command(program, { args: [...args], stdin: "null" });
    const { success, stdout, stderr } = await command.output();
    const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { success, stdout: said, stderr: wrong };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(
      `Cannot call Slurm: there is no program "${program}"; expected a machine of the cluster, with sbatch and squeue ` +
        "(Debian: slurm-client)",
      { cause },
    );
  }
}
