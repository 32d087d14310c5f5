/**
 * What the folders of runs say, for a report. Nothing of a folder has to be there: a run may still go on, or be of an earlier
 * version.
 *
 * @module
 */
import { exists } from "../../runtime/atomic_files.ts";
import { type Metrics, readMetrics } from "../../train/metrics_files.ts";
import { holdsRun } from "../../train/run_folder.ts";
import { parseToml, ValidationError } from "../deps.ts";
import { readResult, type RunResult } from "../result.ts";
import { PLAN_FILE } from "../run_plan.ts";
import { isFolder } from "../runs.ts";
import { type Values, valuesIn } from "./values.ts";

/** What a folder says of its run. */
export interface ReportedRun {
  /** The last part of its path. */
  readonly name: string;
  /** The configuration by key, such as `train.epochs`. */
  readonly config: ReadonlyMap<string, unknown>;
  /** The same as it was written; absent where the file is lost. */
  readonly configText?: string;
  /** Versions, device, commit. */
  readonly environment: Values;
  /** What was known before the first step: see `Start`. */
  readonly plan: Values;
  /** What it gave, if it came to its end. */
  readonly result?: RunResult;
  /** The lines of its metrics. */
  readonly metrics: readonly Metrics[];
  /** What `filigree profile` said of it: see `Profile`. */
  readonly profile: Values;
}

/** What a report is of. */
export interface Reported {
  /** The last part of the path. */
  readonly name: string;
  /** Whether the path is that of a run; of a folder of runs otherwise, a sweep among them. */
  readonly single: boolean;
  /** The runs, by their names. */
  readonly runs: readonly ReportedRun[];
}

/** The file of a profile in the folder of a run. */
export const PROFILE_FILE = "profile.json";

/**
 * The run in a folder, or the runs in the folders there.
 *
 * @throws {ValidationError} if there is none.
 */
export async function readReported(path: string): Promise<Reported> {
  const expected = "the folder of a run, of a sweep or of runs";
  const folder = path.replace(/\/+$/, "") || path;
  if (!(await isFolder(folder, expected))) {
    throw new ValidationError(
      `Cannot report on "${path}": it is a file; expected ${expected}.`,
    );
  }
  const name = nameOf(await Deno.realPath(folder));
  if (await holdsRun(folder)) return { name, single: true, runs: [await readOne(folder, name)] };
  const runs: ReportedRun[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const below = `${folder}/${entry.name}`;
    if (entry.isFile || !(await isFolder(below, expected))) continue;
    if (await holdsRun(below)) runs.push(await readOne(below, entry.name));
  }
  if (runs.length > 0) {
    const byName = new Intl.Collator("en", { numeric: true });
    return { name, single: false, runs: runs.sort((a, b) => byName.compare(a.name, b.name)) };
  }
  throw new ValidationError(
    `Cannot report on "${path}": neither it nor a folder in it holds a run; expected ${expected}.`,
  );
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? path;
}

async function readOne(folder: string, name: string): Promise<ReportedRun> {
  const [configText, environment, plan, profile, result, metrics] = await Promise.all([
    textOf(`${folder}/config.toml`),
    jsonOf(`${folder}/environment.json`),
    jsonOf(`${folder}/${PLAN_FILE}`),
    jsonOf(`${folder}/${PROFILE_FILE}`),
    readResult(folder),
    readMetrics(folder),
  ]);
  return {
    ...{ name, environment, plan, profile, metrics },
    config: configOf(configText ?? "", folder),
    ...(configText === undefined ? {} : { configText }),
    ...(result === undefined ? {} : { result }),
  };
}

/** The values of a configuration, which may be one of another version: no key is refused. */
function configOf(text: string, folder: string): Map<string, unknown> {
  try {
    const sections = Object.entries(valuesIn(parseToml(text)));
    return new Map(
      sections.flatMap(([section, values]) =>
        Object.entries(valuesIn(values)).map(([key, value]) =>
          [`${section}.${key}`, value] as const
        )
      ),
    );
  } catch (error) {
    return tellDamaged(`${folder}/config.toml`, error, new Map());
  }
}

async function jsonOf(path: string): Promise<Values> {
  const text = await textOf(path);
  try {
    return text === undefined ? {} : valuesIn(JSON.parse(text));
  } catch (error) {
    return tellDamaged(path, error, {});
  }
}

/** Says that a file is damaged; the report says that what it would have said was not recorded. */
function tellDamaged<T>(path: string, error: unknown, without: T): T {
  console.error(`"${path}" is damaged: ${error instanceof Error ? error.message : error}`);
  return without;
}

async function textOf(path: string): Promise<string | undefined> {
  return await exists(path) ? await Deno.readTextFile(path) : undefined;
}
