/**
 * The folder of a run: its configuration and environment, metrics as JSON lines and for TensorBoard, checkpoints.
 *
 * ```text
 * runs/20261121-083000-train/
 *   config.toml        resolved: defaults filled in
 *   environment.json   versions, device, adapter, commit
 *   metrics.jsonl      one object a line
 *   events.out.tfevents.*
 *   checkpoints/       step-000000469.safetensors, ..., best.safetensors
 *   writer.lock        while the run goes on
 * ```
 *
 * @module
 */
import { bestPath, checkpointsIn, goOnFrom, pruneCheckpoints } from "./checkpoints.ts";
import { FileWriteError } from "./errors.ts";
import { exists, removeUnfinished, writeAtomically } from "../runtime/atomic_files.ts";
import { FolderInUseError, type FolderLock, lockFolder } from "./folder_lock.ts";
import { type Metrics, type MetricsFiles, openMetrics } from "./metrics_files.ts";

/**
 * Takes metrics as they come: any function. That of a run folder is {@linkcode RunFolder.sink}.
 *
 * @example
 * ```ts
 * import type { Sink } from "@filigree/filigree/runs";
 *
 * const seen: number[] = [];
 * const memory: Sink = ({ step }) => void seen.push(step);
 * await memory({ step: 1, seconds: 0.5, loss: 2.3 });
 * console.assert(seen[0] === 1);
 * ```
 */
export type Sink = (metrics: Metrics) => void | Promise<void>;

/** What belongs to a run, by the names of its files: a text, or what writes a file of that path. */
export type RunFiles = Readonly<Record<string, string | ((path: string) => Promise<void>)>>;

/** What a run folder begins with. */
export interface RunDescription {
  /** The configuration as TOML; empty by default. */
  readonly config?: string;
  /** Versions, device, adapter, commit; none by default. */
  readonly environment?: Readonly<Record<string, unknown>>;
  /** What belongs to the run, by the names of its files: a text, or what writes the file; none by default. */
  readonly files?: RunFiles;
  /** Whether another folder, `path-2` and so on, is taken where there is one of that name; false by default. */
  readonly unique?: boolean;
}

/** What a run folder is made of. */
interface Parts {
  readonly path: string;
  readonly lock: FolderLock;
  readonly metrics: MetricsFiles;
  /** Score of the best checkpoint. */
  readonly best: number;
  /** What was mended. */
  readonly repairs: readonly string[];
}

/** The folder of a run. Nobody else can open it until it is disposed of. */
export class RunFolder implements Disposable {
  /** Its path. */
  readonly path: string;
  /** What was mended or put aside as it was opened, a sentence each. */
  readonly repairs: readonly string[];
  readonly #lock: FolderLock;
  readonly #metrics: MetricsFiles;
  readonly #made: readonly string[];
  #best: number;

  /**
   * Wraps an open folder; see {@linkcode createRunFolder} and {@linkcode openRunFolder}.
   *
   * @param made What of it was made for this run, in the order in which it was; nothing that was there before.
   */
  constructor({ path, lock, metrics, best, repairs }: Parts, made: readonly string[] = []) {
    this.path = path;
    this.repairs = repairs;
    this.#lock = lock;
    this.#metrics = metrics;
    this.#best = best;
    this.#made = made;
  }

  /** Writes metrics to both files; throws a {@linkcode FileWriteError} if they cannot be. */
  get sink(): Sink {
    return (metrics) => this.#metrics.write(metrics);
  }

  /** Where the checkpoint of a step lies. */
  checkpointPath(step: number): string {
    return `${this.path}/checkpoints/step-${String(step).padStart(9, "0")}.safetensors`;
  }

  /** Whether a score is above all those of the checkpoints so far. */
  isBest(score: number): boolean {
    return score > this.#best;
  }

  /**
   * After the checkpoint of `step` was saved: keeps a copy of it as the best if its score is the highest so far, and removes
   * the oldest checkpoints until `keep` are left. The one of `step` stays in any case, and so do those of later steps, which
   * are no past of this run.
   */
  async prune(keep: number, step: number, score: number | undefined): Promise<void> {
    this.#metrics.sync();
    if (score !== undefined && this.isBest(score)) {
      this.#best = score;
      const bytes = await Deno.readFile(this.checkpointPath(step));
      await writeAtomically(bestPath(this.path), bytes, "checkpoint");
    }
    await pruneCheckpoints(this.path, keep, step);
  }

  /** Removes what {@linkcode createRunFolder} made, folders only if nothing else is in them: nothing was trained. */
  async discard(): Promise<void> {
    this[Symbol.dispose]();
    const own = [`${this.path}/metrics.jsonl`, this.#metrics.eventsPath];
    for (const path of [...this.#made, ...own].reverse()) await remove(path);
  }

  /** Closes the files, and lets others open the folder. */
  [Symbol.dispose](): void {
    this.#metrics[Symbol.dispose]();
    this.#lock[Symbol.dispose]();
  }
}

/**
 * Makes the folder of a new run. Dispose of the result to close its files. Of several that make the same one at the same time
 * one succeeds. A folder that is there may hold whatever a run does not write.
 *
 * @example
 * ```ts
 * import { createRunFolder } from "@filigree/filigree/runs";
 *
 * const path = `${await Deno.makeTempDir()}/first`;
 * {
 *   using folder = await createRunFolder(path);
 *   await folder.sink({ step: 1, seconds: 0.5, loss: 2.3 });
 * }
 * console.assert((await Deno.readTextFile(`${path}/metrics.jsonl`)).includes("2.3"));
 * await Deno.remove(path, { recursive: true });
 * ```
 * @throws {Error} if it holds a run already, or a file that the run would write; nothing of the folder is changed then.
 * @throws {FolderInUseError} if another process is making or writing it.
 * @throws {FileWriteError} if it cannot be written; what was written of it is removed.
 */
export async function createRunFolder(
  path: string,
  { config = "", environment = {}, files = {}, unique = false }: RunDescription = {},
): Promise<RunFolder> {
  const made: string[] = [];
  let lock: FolderLock | undefined;
  try {
    const at = await makeFolder(path, unique, made);
    lock = await lockFolder(at);
    // Under the lock: another one may just have been made there.
    if (await holdsRun(at)) throw new RunExistsError(at);
    const described = JSON.stringify(environment, null, 2) + "\n";
    const all: RunFiles = { "config.toml": config, "environment.json": described, ...files };
    await requireNone(at, [...Object.keys(all), ...WRITTEN_LATER]);
    made.push(...await makeFolders(`${at}/checkpoints`));
    for (const [name, file] of Object.entries(all)) {
      const to = `${at}/${name}`;
      made.push(to);
      await (typeof file === "string" ? writeAtomically(to, file, name) : file(to));
    }
    return new RunFolder(await openParts(at, Infinity, lock), made);
  } catch (cause) {
    lock?.[Symbol.dispose]();
    for (const each of made.reverse()) await remove(each);
    const told = [FileWriteError, FolderInUseError, RunExistsError, FileExistsError];
    if (told.some((kind) => cause instanceof kind)) throw cause;
    throw new FileWriteError("make the run folder", path, cause);
  }
}

/** A new run would be mixed with one that is there. */
class RunExistsError extends Error {
  constructor(path: string) {
    super(
      `Cannot make the run folder "${path}": it holds a run already; ` +
        "expected another folder, or `filigree resume` to go on with it",
    );
  }
}

/** A file of somebody else's would be replaced. */
class FileExistsError extends Error {
  constructor(folder: string, name: string) {
    super(
      `Cannot make the run folder "${folder}": there is "${name}" in it, which the run would write; ` +
        "expected a folder that is new or empty, or one without that file",
    );
  }
}

/** What a run writes after its first files: its metrics, results and best checkpoint, and what `filigree report` makes of them. */
const WRITTEN_LATER = [
  "metrics.jsonl",
  "result.json",
  "report.html",
  "checkpoints/best.safetensors",
];

/**
 * Refuses to write into a folder that holds files of some names.
 *
 * @throws {FileExistsError} naming the first.
 */
async function requireNone(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (await exists(`${folder}/${name}`)) throw new FileExistsError(folder, name);
  }
}

/**
 * Opens the folder of a run to go on with it: metrics are appended, TensorBoard gets another file. What a run that was killed
 * left half written is removed, and so are damaged lines of the metrics and those of later steps than the one that it goes on
 * from. Checkpoints of later steps, and a damaged best one, are renamed to `dropped-...`: they were damaged, or belong to
 * steps that are about to be taken anew, and must not count as newer than what the run saves next.
 *
 * @param step Steps before the checkpoint that the run goes on from; 0 where it starts over. By default nothing of later steps
 * is looked for.
 * @param lock The folder's lock, if it was taken to read the checkpoint; disposed of with the folder.
 * @throws {FolderInUseError} if another process writes it.
 * @throws {FileWriteError} if it cannot be written.
 * @example
 * ```ts
 * import { createRunFolder, openRunFolder } from "@filigree/filigree/runs";
 *
 * const path = `${await Deno.makeTempDir()}/run`;
 * {
 *   using folder = await createRunFolder(path);
 *   for (const step of [1, 2]) await folder.sink({ step, seconds: step, loss: 1 / step });
 * }
 * {
 *   // From the checkpoint of step 1 on: the line of step 2 goes.
 *   using folder = await openRunFolder(path, 1);
 *   await folder.sink({ step: 2, seconds: 2, loss: 0.4 });
 * }
 * console.assert((await Deno.readTextFile(`${path}/metrics.jsonl`)).split("\n").length === 3);
 * await Deno.remove(path, { recursive: true });
 * ```
 */
export async function openRunFolder(
  path: string,
  step: number = Infinity,
  lock?: FolderLock,
): Promise<RunFolder> {
  const held = lock ?? await lockFolder(path);
  try {
    return new RunFolder(await openParts(path, step, held));
  } catch (cause) {
    if (lock === undefined) held[Symbol.dispose]();
    const why = cause instanceof FileWriteError ? cause.cause : cause;
    throw new FileWriteError("write the run folder", path, why);
  }
}

/** Mends and opens a folder that is locked. */
async function openParts(path: string, step: number, lock: FolderLock): Promise<Parts> {
  const repairs: string[] = [];
  const say = (line: string): number => repairs.push(line);
  if (!lock.holds) {
    say(`The file system of "${path}" knows no locks: nothing keeps a second writer away.`);
  }
  await makeFolders(`${path}/checkpoints`);
  for (const folder of [path, `${path}/checkpoints`]) await removeUnfinished(folder);
  const best = await goOnFrom(path, step, say);
  return { path, lock, best, metrics: await openMetrics(path, step, say), repairs };
}

/** Whether there is anything of a run in a folder. */
export async function holdsRun(path: string): Promise<boolean> {
  for (const name of ["config.toml", "metrics.jsonl", "result.json"]) {
    if (await exists(`${path}/${name}`)) return true;
  }
  return (await checkpointsIn(path)).length > 0;
}

/**
 * Makes a folder, or one of a name like it that nobody else has.
 *
 * @param made Gets what was made.
 * @returns Its path.
 */
async function makeFolder(path: string, unique: boolean, made: string[]): Promise<string> {
  if (!unique) {
    made.push(...await makeFolders(path));
    return path;
  }
  made.push(...await makeFolders(path.replace(/[^/]*$/, "").replace(/\/+$/, "")));
  for (let count = 1;; count++) {
    const at = count === 1 ? path : `${path}-${count}`;
    try {
      // To make a folder is to be the only one who did.
      await Deno.mkdir(at);
      made.push(at);
      return at;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

/** Makes a folder and those above it; returns the ones that were not there, the outermost first. */
async function makeFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; at !== "" && !(await exists(at)); at = at.replace(/\/*[^/]*$/, "")) {
    missing.unshift(at);
  }
  if (missing.length > 0) await Deno.mkdir(path, { recursive: true });
  return missing;
}

/** Removes a file, or a folder that is empty; leaves what is not there or not empty. */
async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch {
    // The failure that is being cleaned up after is the one to tell of.
  }
}

/** The name of a new run's folder: `20261121-083000-train`, in local time. */
export function runFolderName(name: string, time: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const hour = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  return `${day}-${hour}-${name}`;
}
