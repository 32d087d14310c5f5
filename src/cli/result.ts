/**
 * What a run that came to its end leaves in its folder.
 *
 * @module
 */
import { writeAtomically } from "../runtime/atomic_files.ts";
import { type Done, rankingIn } from "./reporter.ts";

/** The content of the file. */
export interface RunResult extends Omit<Done, "bytes" | "ranks"> {
  /** Share of right answers on the test examples, where they have classes. */
  readonly accuracy?: number;
  /** Device bytes of training. */
  readonly bytes: number;
  /** Processes that trained; absent in results of before there could be several. */
  readonly ranks?: number;
}

/** Leaves the result in the run's folder, which tells that it came to its end. */
export async function writeResult(folder: string, done: Done): Promise<void> {
  const { accuracy } = done.test;
  const classes = accuracy === undefined ? {} : { accuracy };
  const result: RunResult = {
    ...classes,
    ...rankingIn(done.test),
    ...done,
    bytes: done.bytes.total,
  };
  await writeAtomically(pathIn(folder), JSON.stringify(result, null, 2) + "\n", "result");
}

/**
 * The result in a run's folder, if that run came to its end. One that is damaged counts as none, which is said on standard
 * error: the run is gone on with from its last checkpoint, and leaves it again.
 */
export async function readResult(folder: string): Promise<RunResult | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(pathIn(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const result = parse(text);
  if (result === undefined) {
    console.error(`The result "${pathIn(folder)}" is damaged; it is made again.`);
  }
  return result;
}

function pathIn(folder: string): string {
  return `${folder}/result.json`;
}

function parse(text: string): RunResult | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isResult(value) ? value : undefined;
  } catch {
    // The caller says that it is damaged.
    return undefined;
  }
}

function isResult(value: unknown): value is RunResult {
  return typeof value === "object" && value !== null && "test" in value &&
    typeof value.test === "object" && "bytes" in value && typeof value.bytes === "number";
}
