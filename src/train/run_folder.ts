/**
 * The folder of a run: its configuration and environment, metrics as JSON lines and for TensorBoard, checkpoints.
 *
 * ```text
 * runs/20261121-083000-train/
 *   config.toml        resolved: defaults filled in
 *   environment.json   versions, device, adapter, commit
 *   metrics.jsonl      one object a line
 *   events.out.tfevents.*
 *   checkpoints/       step-00000469.safetensors, ..., best.safetensors
 * ```
 *
 * @module
 */
import { readCheckpoint } from "./checkpoint.ts";
import { FileWriteError, writeAtomically } from "./files.ts";
import { CheckpointError } from "./safetensors.ts";
import { encodeEvent, eventFileHeader } from "./tensorboard.ts";

/** One line of metrics. */
export type Metrics = Readonly<Record<string, unknown>> & {
  /** Steps carried out. */
  readonly step: number;
  /** Seconds of training so far. */
  readonly seconds: number;
};

/**
 * Takes metrics as they come: any function. That of a run folder is {@linkcode RunFolder.sink}.
 *
 * @example
 * ```ts
 * import type { Sink } from "@filigree/filigree";
 *
 * const seen: number[] = [];
 * const memory: Sink = ({ step }) => void seen.push(step);
 * await memory({ step: 1, seconds: 0.5, loss: 2.3 });
 * console.assert(seen[0] === 1);
 * ```
 */
export type Sink = (metrics: Metrics) => void | Promise<void>;

/** What a run folder begins with. */
export interface RunDescription {
  /** The configuration as TOML; empty by default. */
  readonly config?: string;
  /** Versions, device, adapter, commit; none by default. */
  readonly environment?: Readonly<Record<string, unknown>>;
}

/** A checkpoint in a run folder. */
export interface Kept {
  /** The file. */
  readonly path: string;
  /** Steps carried out before it. */
  readonly step: number;
}

/** The folder of a run. */
export class RunFolder implements Disposable {
  /** Its path. */
  readonly path: string;
  readonly #metrics: Deno.FsFile;
  readonly #events: Deno.FsFile;
  readonly #eventsPath: string;
  #best: number;

  /** Wraps an open folder; see {@linkcode createRunFolder} and {@linkcode openRunFolder}. */
  constructor(
    path: string,
    metrics: Deno.FsFile,
    events: Deno.FsFile,
    eventsPath: string,
    best: number = -Infinity,
  ) {
    this.path = path;
    this.#best = best;
    this.#metrics = metrics;
    this.#events = events;
    this.#eventsPath = eventsPath;
  }

  /** Writes metrics to both files; throws a {@linkcode FileWriteError} if they cannot be. */
  get sink(): Sink {
    return (metrics) => {
      const line = new TextEncoder().encode(JSON.stringify(metrics) + "\n");
      write(this.#metrics, line, `${this.path}/metrics.jsonl`);
      const event = { step: metrics.step, wallTime: Date.now() / 1000, scalars: flatten(metrics) };
      write(this.#events, encodeEvent(event), this.#eventsPath);
    };
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
   * Removes all but the newest `keep` checkpoints, and keeps a copy of the one of `step` as the best if its score is the
   * highest so far.
   */
  async prune(keep: number, step: number, score: number | undefined): Promise<void> {
    if (score !== undefined && this.isBest(score)) {
      this.#best = score;
      const bytes = await Deno.readFile(this.checkpointPath(step));
      await writeAtomically(`${this.path}/checkpoints/best.safetensors`, bytes, "checkpoint");
    }
    const all = await checkpointsIn(this.path);
    for (const { path } of all.slice(0, Math.max(0, all.length - keep))) await Deno.remove(path);
  }

  /** Removes what {@linkcode createRunFolder} made, and the folders if nothing else is in them: nothing was trained. */
  async discard(): Promise<void> {
    for (const name of ["config.toml", "environment.json", "metrics.jsonl"]) {
      await remove(`${this.path}/${name}`);
    }
    for (const path of [this.#eventsPath, `${this.path}/checkpoints`, this.path]) {
      await remove(path);
    }
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    this.#metrics.close();
    this.#events.close();
  }
}

/** The checkpoints in the folder of a run, oldest first; none where there is no such folder. */
export async function checkpointsIn(folder: string): Promise<Kept[]> {
  const found: Kept[] = [];
  try {
    for await (const { name } of Deno.readDir(`${folder}/checkpoints`)) {
      const step = /^step-(\d+)\.safetensors$/.exec(name)?.[1];
      if (step === undefined) continue;
      found.push({ path: `${folder}/checkpoints/${name}`, step: Number(step) });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort((a, b) => a.step - b.step);
}

/**
 * Makes the folder of a new run. Dispose of the result to close its files.
 *
 * @example
 * ```ts
 * import { createRunFolder } from "@filigree/filigree";
 *
 * const path = `${await Deno.makeTempDir()}/first`;
 * {
 *   using folder = await createRunFolder(path);
 *   await folder.sink({ step: 1, seconds: 0.5, loss: 2.3 });
 * }
 * console.assert((await Deno.readTextFile(`${path}/metrics.jsonl`)).includes("2.3"));
 * await Deno.remove(path, { recursive: true });
 * ```
 * @throws {Error} if it holds a run already.
 * @throws {FileWriteError} if it cannot be written; what was written of it is removed.
 */
export async function createRunFolder(
  path: string,
  { config = "", environment = {} }: RunDescription = {},
): Promise<RunFolder> {
  if (await exists(`${path}/config.toml`)) {
    throw new Error(
      `Cannot make the run folder "${path}": it holds a run already; ` +
        "expected another folder, or `filigree resume` to go on with it",
    );
  }
  const made: string[] = [];
  try {
    made.push(...await makeFolders(`${path}/checkpoints`));
    const described = JSON.stringify(environment, null, 2) + "\n";
    for (const [name, text] of [["config.toml", config], ["environment.json", described]]) {
      made.push(`${path}/${name}`);
      await writeAtomically(`${path}/${name}`, text, name);
    }
    return await openRunFolder(path);
  } catch (cause) {
    for (const each of made.reverse()) await remove(each);
    if (cause instanceof FileWriteError) throw cause;
    throw new FileWriteError("make the run folder", path, cause);
  }
}

/**
 * Opens the folder of a run to go on with it: metrics are appended, TensorBoard gets another file. What a run that was killed
 * left half written is removed, and so are metrics of later steps than the one that it goes on from.
 *
 * @param step Steps before the checkpoint that the run goes on from; 0 where it starts over.
 * @throws {FileWriteError} if it cannot be written.
 */
export async function openRunFolder(path: string, step: number = Infinity): Promise<RunFolder> {
  const opened: Deno.FsFile[] = [];
  const open = async (path: string, options: Deno.OpenOptions): Promise<Deno.FsFile> => {
    const file = await Deno.open(path, options);
    opened.push(file);
    return file;
  };
  try {
    await removeHalfWritten(path, step);
    const metrics = await open(`${path}/metrics.jsonl`, { append: true, create: true });
    const now = Date.now() / 1000;
    const unique = `${Math.floor(now)}.${crypto.randomUUID().slice(0, 8)}`;
    const eventsPath = `${path}/events.out.tfevents.${unique}`;
    const events = await open(eventsPath, { write: true, createNew: true });
    write(events, eventFileHeader(now), eventsPath);
    return new RunFolder(path, metrics, events, eventsPath, await bestIn(path));
  } catch (cause) {
    for (const file of opened) file.close();
    if (cause instanceof CheckpointError) throw cause;
    const why = cause instanceof FileWriteError ? cause.cause : cause;
    throw new FileWriteError("write the run folder", path, why);
  }
}

/** The score of the best checkpoint in a folder, as its notes have it. */
async function bestIn(path: string): Promise<number> {
  const best = `${path}/checkpoints/best.safetensors`;
  if (!(await exists(best))) return -Infinity;
  const { metadata } = await readCheckpoint(best);
  return Number(metadata.accuracy ?? -Infinity);
}

/** Removes temporary files, and the lines of the metrics that have no end or are of steps after `step`. */
async function removeHalfWritten(path: string, step: number): Promise<void> {
  for (const folder of [path, `${path}/checkpoints`]) {
    for await (const { name } of Deno.readDir(folder)) {
      if (/\.[0-9a-f-]{36}\.tmp$/.test(name)) await Deno.remove(`${folder}/${name}`);
    }
  }
  const metrics = `${path}/metrics.jsonl`;
  if (!(await exists(metrics))) return;
  const text = await Deno.readTextFile(metrics);
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).match(/.*\n/g) ?? [];
  const kept = whole.filter((line) => !(JSON.parse(line).step > step)).join("");
  if (kept !== text) await writeAtomically(metrics, kept, "metrics");
}

/** Makes a folder and those above it; returns the ones that were not there, the outermost first. */
async function makeFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; at !== "" && !(await exists(at)); at = at.replace(/\/*[^/]*$/, "")) {
    missing.unshift(at);
  }
  await Deno.mkdir(path, { recursive: true });
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

/** The numbers in metrics, those of layers under their names. */
function flatten(metrics: Metrics): Record<string, number> {
  const scalars: Record<string, number> = {};
  const visit = (prefix: string, value: unknown): void => {
    if (typeof value === "number") scalars[prefix] = value;
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (prefix === "" && key === "step") continue;
      visit(prefix === "" ? key : `${prefix}/${key}`, child);
    }
  };
  visit("", metrics);
  return scalars;
}

function write(file: Deno.FsFile, bytes: Uint8Array, path: string): void {
  try {
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  } catch (cause) {
    throw new FileWriteError("write", path, cause);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    // What lies under a file does not exist either.
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return false;
    throw error;
  }
}
