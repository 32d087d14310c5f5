/**
 * What a sweep consists of: from a file to the list of its runs.
 *
 * ```toml
 * name = "patterns"
 * seeds = [1, 2, 3]
 * jobs = 2
 *
 * [base]                       # what all runs share: any part of a configuration
 * train.epochs = 5
 *
 * [[grid]]                     # every combination; more than one grid may be given
 * "pattern.name" = ["fan-in", "group-16"]
 * "pattern.sparsity" = [0.9, 0.95]
 *
 * [random]                     # or values drawn at random
 * samples = 10
 * "optimizer.learningRate" = { min = 1e-4, max = 1e-2, scale = "log" }
 *
 * [asha]                       # all of them for an epoch, the best quarter for four, and so on (asha.ts)
 * epochs = 1
 * reduction = 4
 *
 * [slurm]                      # what an executor needs to know (executors/)
 * partition = "gpu"
 * ```
 *
 * @module
 */
import type { Values } from "../../definitions/option.ts";
import { Random } from "../../device/random.ts";
import { crc32c } from "../../train/tensorboard.ts";
import { LEAVES } from "../config/leaves.ts";
import { requireApplicable, requireRewirable } from "../applicable.ts";
import { flattenConfig, type Layer, resolveLayers } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";
import { type Halving, rungsOf } from "./asha.ts";
import { type Draws, type SweepFile, sweepFileOf } from "./file.ts";

/** One run of a sweep. */
export interface SweepRun {
  /** Name of its folder; made of what varies, so that the same run has the same one. */
  readonly name: string;
  /** What varies, by key, without the seed. */
  readonly varied: ReadonlyMap<string, unknown>;
  /** Its configuration; `run.out` is for the caller. */
  readonly config: Config;
}

/** A sweep. */
export interface Sweep {
  /** Its name. */
  readonly name: string;
  /** Runs at a time, if the file says so. */
  readonly jobs: number | undefined;
  /** Keys that vary, in the order of the file. */
  readonly keys: readonly string[];
  /** Its runs, seeds of the same setting one after the other; each once, however often the file lists it. */
  readonly runs: readonly SweepRun[];
  /** How many runs the file lists again. */
  readonly repeated: number;
  /** How the runs are halved, if they are. */
  readonly halving: Rungs | undefined;
  /** What the file says to executors, by their names. */
  readonly executors: Readonly<Record<string, Values>>;
}

/** How runs are halved. */
export interface Rungs {
  /** One of so many goes on from a rung to the next. */
  readonly reduction: number;
  /** Epochs at each rung, the last those of a whole run. */
  readonly rungs: readonly number[];
}

/**
 * The runs of a sweep file.
 *
 * @param content The parsed file.
 * @param origin Its name, for errors.
 * @throws {ValidationError} if a key is unknown, a value not accepted, or nothing varies.
 */
export function planSweep(content: unknown, origin: string): Sweep {
  const file = sweepFileOf(content, origin);
  const { name, seeds, jobs, base, grid, random, executors } = file;
  requireCount(file, origin);
  const settings = [
    ...grid.flatMap((table) => combinations(Object.entries(table))),
    ...random === undefined ? [] : drawn(random),
  ];
  // Without a grid the seeds alone vary.
  if (settings.length === 0) settings.push([]);
  const shared: Layer = { origin, values: flattenConfig(base, origin) };
  const distinct = [...new Map(settings.map((setting) => [idOf(setting), setting])).values()];
  const distinctSeeds = [...new Set(seeds)];
  const keys = [...new Set(settings.flatMap((setting) => setting.map(([key]) => key)))];
  requireKeys(keys, origin);
  const runs = distinct.flatMap((setting) =>
    distinctSeeds.map((seed): SweepRun => {
      const varied = new Map(setting);
      const own: Layer = { origin, values: new Map([...setting, ["run.seed", seed]]) };
      const resolved = resolveLayers([shared, own]);
      requireApplicable(resolved);
      requireRewirable(resolved);
      return { name: nameOf(setting, seed), varied, config: resolved.config };
    })
  );
  const repeated = settings.length * seeds.length - runs.length;
  const halving = file.asha === undefined ? undefined : halved(runs, file.asha, origin);
  return { name, jobs, keys, runs: runs.map(withOwnName), repeated, halving, executors };
}

/** How runs are halved; refuses those that cannot be compared at a rung. */
function halved(runs: readonly SweepRun[], halving: Halving, origin: string): Rungs {
  const fail = (what: string): never => {
    throw new ValidationError(`Cannot halve the runs of the sweep "${origin}": ${what}.`);
  };
  const { epochs, reduction } = halving;
  const lengths = [...new Set(runs.map(({ config }) => config.train.epochs))];
  const seeds = [...new Set(runs.map(({ config }) => config.run.seed))];
  if (seeds.length > 1) {
    fail(`it has ${seeds.length} seeds; expected one, and a sweep of its own for more of the best`);
  }
  if (runs.some(({ config }) => config.data.validation === undefined)) {
    fail("data.validation is not set; expected examples to choose by, those of the test are none");
  }
  const rungs = lengths.length === 1 ? rungsOf(halving, lengths[0]) : undefined;
  return rungs === undefined
    ? fail(
      `train.epochs is ${lengths.join(" and ")}; expected asha.epochs times a power of ` +
        `asha.reduction for all runs, such as ${epochs * reduction} or ${epochs * reduction ** 2}`,
    )
    : { reduction, rungs };
}

/** Most runs of a sweep: far more than anybody waits for, and few enough to list. */
const MOST_RUNS = 100_000;

/** Refuses a sweep of absurdly many runs before they are listed. */
function requireCount({ seeds, grid, random }: SweepFile, origin: string): void {
  const combined = grid.map((table) =>
    Object.values(table).reduce((product, values) => product * values.length, 1)
  );
  const settings = [...combined, random?.samples ?? 0].reduce((sum, n) => sum + n, 0);
  const runs = Math.max(1, settings) * seeds.length;
  if (runs <= MOST_RUNS) return;
  throw new ValidationError(
    `Cannot use the sweep "${origin}": it has ${grouped(runs)} runs; expected at most ` +
      `${grouped(MOST_RUNS)}.`,
  );
}

type Setting = [key: string, value: unknown][];

/** The same text for the same values, in whatever order the file has the keys. */
function idOf(setting: Setting): string {
  return JSON.stringify(setting.toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** Every combination of a value for each key. */
function combinations(table: [key: string, values: readonly unknown[]][]): Setting[] {
  return table.reduce<Setting[]>(
    (found, [key, values]) =>
      found.flatMap((setting) => values.map((value): Setting => [...setting, [key, value]])),
    [[]],
  );
}

/** Settings drawn at random, the same for the same seed. */
function drawn({ samples, seed, table }: Draws): Setting[] {
  return Array.from({ length: samples }, (_, sample) => {
    const random = new Random({ seed, use: "order", element: sample });
    return Object.entries(table).map(([key, values]): [string, unknown] => {
      if (!("min" in values)) return [key, values[random.below(values.length)]];
      const { min, max, scale } = values;
      const share = random.uniform();
      const value = scale === "log" ? min * (max / min) ** share : min + (max - min) * share;
      // As many digits as anybody would write down.
      return [key, Number(value.toPrecision(4))];
    });
  });
}

function requireKeys(keys: readonly string[], origin: string): void {
  const known = new Set(LEAVES.map(({ key }) => key));
  const stranger = keys.find((key) => !known.has(key) || key === "run.seed" || key === "run.out");
  if (stranger === undefined) return;
  const accepted = [...known].filter((key) => key !== "run.seed" && key !== "run.out");
  throw new ValidationError(
    `Cannot use the sweep "${origin}": it varies "${stranger}"; expected keys of the configuration, ` +
      `${accepted.join(", ")} (seeds have a list of their own).`,
  );
}

/** `pattern-fan-in,sparsity-0.9,seed-1`: the last part of each key and its value. */
function nameOf(setting: Setting, seed: number): string {
  const parts = [...setting, ["run.seed", seed]].map(([key, value]) => {
    const words = String(key).split(".");
    const short = words.at(-1) === "name" ? words[0] : words.at(-1);
    return `${short}-${Array.isArray(value) ? value.join("x") : value}`;
  });
  return parts.join(",").replaceAll(/[^\w.,-]/g, "_");
}

/** Longest name of a run; file systems take 255 bytes, and what is put beside a folder has a longer name than that. */
const LONGEST = 200;

/** A run under a name that no other run of the sweep has, on file systems that tell no capitals apart either. */
function withOwnName(run: SweepRun, _: number, runs: readonly SweepRun[]): SweepRun {
  const { name, varied, config: { run: { seed } } } = run;
  const same = runs.filter((other) => other.name.toLowerCase() === name.toLowerCase());
  if (same.length === 1 && name.length <= LONGEST) return run;
  // Of the values before they were made fit for a name; the same whatever else is in the file.
  const id = new TextEncoder().encode(idOf([...varied, ["run.seed", seed]]));
  return { ...run, name: `${name.slice(0, LONGEST)},${crc32c(id).toString(16).padStart(8, "0")}` };
}
