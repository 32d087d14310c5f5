/**
 * The metrics of a run in its folder: as JSON lines, and for TensorBoard.
 *
 * The readers of TensorBoard disagree on what happened where steps come twice. They agree on this: in all files together the
 * steps of a tag rise strictly, each file says from which step on it counts, and the names of the files sort in time order.
 *
 * @module
 */
import { FileWriteError } from "./errors.ts";
import { exists, writeAtomically } from "../runtime/atomic_files.ts";
import { encodeEvent, encodeStart, eventFileHeader } from "./tensorboard.ts";

/** One line of metrics. */
export type Metrics = Readonly<Record<string, unknown>> & {
  /** Steps carried out. */
  readonly step: number;
  /** Seconds of training so far. */
  readonly seconds: number;
};

/** The open files of metrics. */
export class MetricsFiles implements Disposable {
  /** The file of TensorBoard. */
  readonly eventsPath: string;
  readonly #path: string;
  readonly #lines: Deno.FsFile;
  readonly #events: Deno.FsFile;
  /** The last step of each tag of TensorBoard. */
  readonly #last = new Map<string, number>();
  /** The step that the run went on from, and what lines of it there are, by their keys. */
  readonly #from: number;
  readonly #told = new Set<string>();
  #open = true;

  /** Wraps open files; see {@linkcode openMetrics}. */
  constructor(
    { path, lines, eventsPath, events, kept }: {
      readonly path: string;
      readonly lines: Deno.FsFile;
      readonly eventsPath: string;
      readonly events: Deno.FsFile;
      readonly kept: readonly Metrics[];
    },
  ) {
    this.eventsPath = eventsPath;
    this.#path = path;
    this.#lines = lines;
    this.#events = events;
    this.#from = lastStep(kept);
    for (const metrics of kept) {
      for (const tag of Object.keys(flatten(metrics))) this.#last.set(tag, metrics.step);
      if (metrics.step === this.#from) this.#told.add(keysOf(metrics));
    }
  }

  /**
   * Writes metrics to both files. A line that a killed run has written after its last checkpoint already is not written again;
   * TensorBoard gets no tag twice for a step.
   *
   * @throws {FileWriteError} if they cannot be written.
   */
  write(metrics: Metrics): void {
    const { step } = metrics;
    if (step === this.#from && this.#told.has(keysOf(metrics))) return;
    writeAll(this.#lines, new TextEncoder().encode(JSON.stringify(metrics) + "\n"), this.#path);
    const fresh = Object.entries(flatten(metrics)).filter(([tag]) =>
      step > (this.#last.get(tag) ?? -1)
    );
    if (fresh.length === 0) return;
    for (const [tag] of fresh) this.#last.set(tag, step);
    const event = { step, wallTime: Date.now() / 1000, scalars: Object.fromEntries(fresh) };
    writeAll(this.#events, encodeEvent(event), this.eventsPath);
  }

  /** Sees to it that what was written survives a power failure. */
  sync(): void {
    for (
      const [file, path] of [[this.#lines, this.#path], [this.#events, this.eventsPath]] as const
    ) {
      try {
        file.syncDataSync();
      } catch (cause) {
        throw new FileWriteError("write", path, cause);
      }
    }
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#lines.close();
    this.#events.close();
  }
}

/**
 * Opens the metrics of a folder to go on with them. Lines without an end, damaged ones, and those of steps after `step` are
 * removed; TensorBoard gets another file.
 *
 * @param say Told of each damaged line.
 */
export async function openMetrics(
  folder: string,
  step: number,
  say: (line: string) => void,
): Promise<MetricsFiles> {
  const path = `${folder}/metrics.jsonl`;
  const kept = await repairLines(path, step, say);
  const lines = await Deno.open(path, { append: true, create: true });
  try {
    const now = Date.now() / 1000;
    const earlier = await eventFiles(folder);
    // The clock may have been set back, or two parts of a run begin within a second.
    const time = Math.max(Math.floor(now), 1 + (earlier.at(-1) ?? 0));
    const eventsPath = `${folder}/events.out.tfevents.${time}.filigree`;
    const events = await Deno.open(eventsPath, { write: true, createNew: true });
    try {
      const from = earlier.length === 0 ? 0 : 1 + (Number.isFinite(step) ? step : lastStep(kept));
      writeAll(events, eventFileHeader(now), eventsPath);
      writeAll(events, encodeStart(from, now), eventsPath);
      return new MetricsFiles({ path, lines, eventsPath, events, kept });
    } catch (error) {
      events.close();
      throw error;
    }
  } catch (error) {
    lines.close();
    throw error;
  }
}

/**
 * The lines of a file of metrics, which may be being written: damaged ones, and what comes after the last end of a line, are
 * left out. None where there is no file.
 */
export async function readMetrics(folder: string): Promise<Metrics[]> {
  const path = `${folder}/metrics.jsonl`;
  if (!(await exists(path))) return [];
  return (await Deno.readTextFile(path)).split("\n").slice(0, -1)
    .map(parseLine).filter((metrics) => metrics !== undefined);
}

/** Takes out of a file of metrics what is damaged or of steps after `step`; returns what is left. */
async function repairLines(
  path: string,
  step: number,
  say: (line: string) => void,
): Promise<Metrics[]> {
  if (!(await exists(path))) return [];
  const text = await Deno.readTextFile(path);
  const kept: Metrics[] = [];
  let rest = "";
  // What comes after the last end of a line was being written when the run was killed.
  for (const [i, line] of text.split("\n").slice(0, -1).entries()) {
    const metrics = parseLine(line);
    if (metrics === undefined) {
      say(`Line ${i + 1} of "${path}" is damaged; it was removed.`);
    } else if (!(metrics.step > step)) {
      kept.push(metrics);
      rest += `${line}\n`;
    }
  }
  if (rest !== text) await writeAtomically(path, rest, "metrics");
  return kept;
}

function parseLine(line: string): Metrics | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isMetrics(value) ? value : undefined;
  } catch {
    // Its number is told, which is all that can be said of a line that is no JSON.
    return undefined;
  }
}

function isMetrics(value: unknown): value is Metrics {
  return typeof value === "object" && value !== null && "step" in value &&
    Number.isSafeInteger(value.step) && Number(value.step) >= 0 && "seconds" in value &&
    typeof value.seconds === "number";
}

/** Times in the names of the event files of a folder, rising. */
async function eventFiles(folder: string): Promise<number[]> {
  const times: number[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const time = /^events\.out\.tfevents\.(\d{1,12})\./.exec(name)?.[1];
    if (time !== undefined) times.push(Number(time));
  }
  return times.sort((a, b) => a - b);
}

function lastStep(metrics: readonly Metrics[]): number {
  return metrics.reduce((last, { step }) => Math.max(last, step), 0);
}

function keysOf(metrics: Metrics): string {
  return Object.keys(metrics).sort().join("\n");
}

/** The numbers in metrics, those of layers under their names; lists are for `metrics.jsonl` alone. */
function flatten(metrics: Metrics): Record<string, number> {
  const scalars: Record<string, number> = {};
  const visit = (prefix: string, value: unknown): void => {
    if (typeof value === "number") scalars[prefix] = value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, child] of Object.entries(value)) {
      if (prefix === "" && key === "step") continue;
      visit(prefix === "" ? key : `${prefix}/${key}`, child);
    }
  };
  visit("", metrics);
  return scalars;
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array, path: string): void {
  try {
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  } catch (cause) {
    throw new FileWriteError("write", path, cause);
  }
}
