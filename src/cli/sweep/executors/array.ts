/**
 * Runs as the tasks of an array: a list in the sweep's folder, of which a cluster starts one task for each line, anywhere that
 * sees the folder.
 *
 * A task knows its run by its place in the list alone. What a scheduler says besides is of no use for that: of an array whose
 * tasks are chosen one by one Slurm tells a step of 1, and of its last task the number of the whole.
 *
 * @module
 */
import { exists, writeAtomically } from "../../../runtime/atomic_files.ts";

/** A list of runs that was handed over. */
export interface RunArray {
  /** Its number among those of the sweep, from 1. */
  readonly number: number;
  /** Folders of its runs, by task. */
  readonly runs: readonly string[];
  /** Epochs after which each pauses, null for its end; absent where all go to their end. */
  readonly pauses?: readonly (number | null)[];
  /** What the cluster calls it, once it has it. */
  readonly job?: string;
}

/** Where a list lies, without the end of its name: files that belong to it begin like that. */
export function stemOf(folder: string, { number }: Pick<RunArray, "number">): string {
  return `${folder}/${number}`;
}

/** Writes a list; returns its path. */
export async function writeArray(folder: string, array: RunArray): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const path = `${stemOf(folder, array)}.json`;
  const { number: _, ...rest } = array;
  const text = JSON.stringify(rest, null, 2);
  await writeAtomically(path, `${text}\n`, "list of runs");
  return path;
}

/** The lists in a folder, the oldest first. */
export async function arraysIn(folder: string): Promise<RunArray[]> {
  if (!(await exists(folder))) return [];
  const numbers = (await Array.fromAsync(Deno.readDir(folder)))
    .flatMap(({ name }) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number).sort((a, b) => a - b);
  return await Promise.all(numbers.map(async (number) => ({
    number,
    ...await readArray(`${stemOf(folder, { number })}.json`),
  })));
}

/**
 * What a list says.
 *
 * @throws {Error} if it is none.
 */
export async function readArray(path: string): Promise<Omit<RunArray, "number">> {
  const content: unknown = JSON.parse(await Deno.readTextFile(path));
  if (isArrayFile(content)) return content;
  throw new Error(
    `Cannot read the list of runs "${path}": it has none; expected one of filigree sweep`,
  );
}

function isArrayFile(content: unknown): content is Omit<RunArray, "number"> {
  return typeof content === "object" && content !== null && "runs" in content &&
    Array.isArray(content.runs) && content.runs.every((run) => typeof run === "string") &&
    (!("job" in content) || typeof content.job === "string") &&
    (!("pauses" in content) || Array.isArray(content.pauses));
}

/** What starts the program that carries out one task. */
export interface TaskCommand {
  /** The runtime. */
  readonly deno: string;
  /** The program; that of this installation by default. */
  readonly program?: string;
  /** Path of the list. */
  readonly list: string;
  /** The variable of the environment that says which task it is. */
  readonly variable: string;
}

/** The words that carry out one task, with no more permissions than it needs. */
export function taskWords({ deno, program = TASK, list, variable }: TaskCommand): string[] {
  const permissions = ["--allow-read", "--allow-write", `--allow-env=${variable}`];
  return [deno, "run", "--quiet", "--no-prompt", ...permissions, program, list, variable];
}

const TASK = new URL("task.ts", import.meta.url).href;
