/**
 * What a sweep file says: the tables of the file, checked, before anything is made of them.
 *
 * @module
 */
import type { Options, Values } from "../../definitions/option.ts";
import { shown } from "../config/load.ts";
import { ValidationError } from "../deps.ts";
import { type Halving, REDUCTION } from "./asha.ts";
import { EXECUTORS } from "./executors/mod.ts";
import { type Fail, listAt, requireFields, tableAt } from "./fields.ts";

/** Values between two bounds. */
export interface Range {
  /** The lower bound. */
  readonly min: number;
  /** The upper bound. */
  readonly max: number;
  /** What is drawn evenly: the value, or its logarithm. */
  readonly scale: "linear" | "log";
}

/** Values to draw. */
export interface Draws {
  /** Settings to draw. */
  readonly samples: number;
  /** Seed of the draws. */
  readonly seed: number;
  /** By key: a range, or values of which each is as likely. */
  readonly table: Readonly<Record<string, Range | readonly unknown[]>>;
}

/** What a sweep file says. */
export interface SweepFile {
  /** Its name. */
  readonly name: string;
  /** Seeds of every setting. */
  readonly seeds: readonly number[];
  /** Runs at a time, if it says so. */
  readonly jobs: number | undefined;
  /** What all runs share. */
  readonly base: Values;
  /** Values by key, of which every combination is run. */
  readonly grid: readonly Readonly<Record<string, readonly unknown[]>>[];
  /** Values to draw, if there are some. */
  readonly random: Draws | undefined;
  /** How the runs are halved, if they are. */
  readonly asha: Halving | undefined;
  /** What it says to executors, by their names. */
  readonly executors: Readonly<Record<string, Values>>;
}

const HEAD = {
  name: {
    type: "text",
    matches: /^[\w.-]+$/,
    accepts: "letters, digits, ., _ and -",
    description: "Name of the sweep",
  },
  seeds: {
    type: "list",
    of: { type: "integer", least: 0 },
    least: 1,
    accepts: "a list of integer >= 0, one at least",
    description: "Seeds of every setting",
  },
  jobs: { type: "integer", least: 1, description: "Runs at a time" },
} as const satisfies Options;

const DRAWS = {
  samples: { type: "integer", least: 1, description: "Settings to draw" },
  seed: { type: "integer", least: 0, description: "Seed of the draws" },
} as const satisfies Options;

const ASHA = {
  epochs: { type: "integer", least: 1, description: "Epochs of the lowest rung" },
  reduction: { type: "integer", least: 2, description: "One of so many goes on from a rung" },
} as const satisfies Options;

const RANGE = {
  min: { type: "number", description: "The lower bound" },
  max: { type: "number", description: "The upper bound" },
  scale: { type: "choice", choices: ["linear", "log"], description: "What is drawn evenly" },
} as const satisfies Options;

/**
 * What a file says.
 *
 * @param content The parsed file.
 * @param origin Its name, for errors.
 * @throws {ValidationError} if a key is unknown, or a value not accepted.
 */
export function sweepFileOf(content: unknown, origin: string): SweepFile {
  const fail: Fail = (what) => {
    throw new ValidationError(`Cannot use the sweep "${origin}": ${what}.`);
  };
  const { base = {}, grid = [], random, asha, ...others } = tableAt("it", content, fail);
  const names = EXECUTORS.map(({ name }) => name);
  const head = Object.fromEntries(Object.entries(others).filter(([key]) => !names.includes(key)));
  const known = [...Object.keys(HEAD), "base", "grid", "random", "asha", ...names];
  const stranger = Object.keys(head).find((key) => !known.includes(key));
  if (stranger !== undefined) fail(`it has the key "${stranger}"; expected ${known.join(", ")}`);
  requireFields("", HEAD, head, fail);
  const { name = "sweep", seeds = [0], jobs } = head;
  if (!Array.isArray(grid)) fail(`grid is ${shown(grid)}; expected a list of tables`);
  return {
    ...{ name, seeds, jobs, base: tableAt("base", base, fail) },
    grid: grid.map((table: unknown, i: number) =>
      Object.fromEntries(
        Object.entries(tableAt(`grid.${i}`, table, fail)).map(([key, values]) =>
          [key, listAt(`grid.${i}.${key}`, values, fail)] as const
        ),
      )
    ),
    random: random === undefined ? undefined : drawsIn(random, fail),
    asha: asha === undefined ? undefined : halvingIn(asha, fail),
    executors: Object.fromEntries(EXECUTORS.map(({ name, requireSettings }) => {
      const settings = tableAt(name, others[name] ?? {}, fail);
      requireSettings(settings, fail);
      return [name, settings];
    })),
  };
}

function halvingIn(content: unknown, fail: Fail): Halving {
  const fields = tableAt("asha", content, fail);
  requireFields("asha.", ASHA, fields, fail);
  return { epochs: fields.epochs ?? 1, reduction: fields.reduction ?? REDUCTION };
}

function drawsIn(content: unknown, fail: Fail): Draws {
  const { samples, seed, ...table } = tableAt("random", content, fail);
  const fields = { samples, ...(seed === undefined ? {} : { seed }) };
  requireFields("random.", DRAWS, fields, fail);
  const { samples: count = fail("random has no samples; expected their number") } = fields;
  return {
    samples: count,
    seed: fields.seed ?? 0,
    table: Object.fromEntries(
      Object.entries(table).map(([key, values]) => [key, drawAt(`random.${key}`, values, fail)]),
    ),
  };
}

function drawAt(at: string, content: unknown, fail: Fail): Range | readonly unknown[] {
  if (Array.isArray(content)) return listAt(at, content, fail);
  const fields = tableAt(at, content, fail);
  requireFields(`${at}.`, RANGE, fields, fail);
  const { min, max, scale = "linear" } = fields;
  if (min === undefined || max === undefined) {
    return fail(`${at} is ${shown(content)}; expected min and max, or a list of values`);
  }
  return { min, max, scale };
}
