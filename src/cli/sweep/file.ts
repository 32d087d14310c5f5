/**
 * What a sweep file says: the tables of the file, checked, before anything is made of them.
 *
 * @module
 */
import {
  accepts,
  acceptsOf,
  type Options,
  type Values,
  type ValuesOf,
} from "../../definitions/option.ts";
import { shown } from "../config/load.ts";
import { ValidationError } from "../deps.ts";

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
  /** Processes at a time. */
  readonly jobs: number;
  /** What all runs share. */
  readonly base: Values;
  /** Values by key, of which every combination is run. */
  readonly grid: readonly Readonly<Record<string, readonly unknown[]>>[];
  /** Values to draw, if there are some. */
  readonly random: Draws | undefined;
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
  jobs: { type: "integer", least: 1, description: "Processes at a time" },
} as const satisfies Options;

const DRAWS = {
  samples: { type: "integer", least: 1, description: "Settings to draw" },
  seed: { type: "integer", least: 0, description: "Seed of the draws" },
} as const satisfies Options;

const RANGE = {
  min: { type: "number", description: "The lower bound" },
  max: { type: "number", description: "The upper bound" },
  scale: { type: "choice", choices: ["linear", "log"], description: "What is drawn evenly" },
} as const satisfies Options;

/** What is wrong with a place of the file. */
type Fail = (what: string) => never;

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
  const { base = {}, grid = [], random, ...head } = tableAt("it", content, fail);
  const known = [...Object.keys(HEAD), "base", "grid", "random"];
  const stranger = Object.keys(head).find((key) => !known.includes(key));
  if (stranger !== undefined) fail(`it has the key "${stranger}"; expected ${known.join(", ")}`);
  requireFields("", HEAD, head, fail);
  const { name = "sweep", seeds = [0], jobs = 1 } = head;
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
  };
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

/** Refuses fields that options do not take. */
function requireFields<O extends Options>(
  at: string,
  options: O,
  fields: Values,
  fail: Fail,
): asserts fields is ValuesOf<O> & Values {
  for (const [key, value] of Object.entries(fields)) {
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (option === undefined) {
      fail(`it has the key "${at}${key}"; expected ${Object.keys(options).join(", ")}`);
    } else if (value !== undefined && !accepts(option, value)) {
      fail(`${at}${key} is ${shown(value)}; expected ${acceptsOf(option)}`);
    }
  }
}

function tableAt(at: string, content: unknown, fail: Fail): Record<string, unknown> {
  if (typeof content === "object" && content !== null && !Array.isArray(content)) {
    return { ...content };
  }
  return fail(`${at} is ${shown(content)}; expected a table of keys and values`);
}

function listAt(at: string, content: unknown, fail: Fail): readonly unknown[] {
  if (Array.isArray(content) && content.length > 0) return content;
  return fail(`${at} is ${shown(content)}; expected a list of values, one at least`);
}
