/**
 * Configurations from files, the environment and the command line, laid over one another: defaults < file < environment <
 * flags.
 *
 * @module
 */
import {
  CORE_SCHEMA,
  parseToml,
  parseYaml,
  stringifyToml,
  TomlError,
  ValidationError,
  YAMLException,
} from "../deps.ts";
import { accepts, type Element, type Option } from "../../definitions/option.ts";
import { NO_METHOD } from "./choices.ts";
import { type Leaf, leafOf, LEAVES } from "./leaves.ts";
import { type NamedModel, refuseModel, withSize } from "./models.ts";
import { type Config, SECTIONS } from "./schema.ts";

/** Values with where they come from. */
export interface Layer {
  /** For errors: "run.toml", "the environment", "the command line". */
  readonly origin: string;
  /** Values by key. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** Origin of the values of flags. */
export const COMMAND_LINE = "the command line";

/** A configuration, and where its values come from. */
export interface Resolved {
  /** Defaults filled in. */
  readonly config: Config;
  /** The origin of each value that is no default, by key. */
  readonly origins: ReadonlyMap<string, string>;
}

/** What a verb that trains has of its own. */
export interface Usual {
  /** Defaults by key, in the place of those of the schema. */
  readonly values?: ReadonlyMap<string, unknown>;
  /** The models that it trains; all where absent. */
  readonly models?: readonly NamedModel[];
  /** What keys take in it by name, where that is less than in general: errors offer no more. */
  readonly choices?: ReadonlyMap<string, readonly string[]>;
  /** Whether it begins anew, never with a model that was trained. */
  readonly anew?: boolean;
}

/** How files of an extension are read. */
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  ".toml": parseToml,
  ".json": JSON.parse,
  ".yaml": readYaml,
  ".yml": readYaml,
};

function readYaml(text: string): unknown {
  // Without dates, so that texts stay texts. An empty file is a configuration of nothing, as in the other formats.
  return parseYaml(text, { schema: CORE_SCHEMA }) ?? {};
}

/** What a parser says is wrong, on one line. */
function complaint(cause: unknown): string {
  if (cause instanceof YAMLException) {
    // Some complaints are about the whole text.
    const mark: typeof cause.mark | undefined = cause.mark;
    if (mark === undefined) return cause.reason;
    return `${cause.reason} at line ${mark.line + 1}, column ${mark.column + 1}`;
  }
  if (cause instanceof TomlError) {
    const [first] = cause.message.split("\n");
    return `${first} at line ${cause.line}, column ${cause.column}`;
  }
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Reads a configuration file: TOML, JSON or YAML, by its extension.
 *
 * @throws {ValidationError} if there is no such file or it does not parse.
 */
export async function readLayer(path: string): Promise<Layer> {
  return { origin: path, values: flattenConfig(await readStructured(path), path) };
}

/**
 * The content of a file of any of the formats.
 *
 * @throws {ValidationError} if there is no such file or it does not parse.
 */
export async function readStructured(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ValidationError(`Cannot read the configuration "${path}": ${why}.`, { cause });
  }
  return parseStructured(text, /\.[^./\\]+$/.exec(path)?.[0] ?? "", path);
}

/**
 * The values of a configuration file's text.
 *
 * @param extension What the format is told by: `.toml`, `.json`, `.yaml` or `.yml`.
 * @throws {ValidationError} if it does not parse or has an unknown key.
 */
export function parseLayer(text: string, extension: string, origin: string): Layer {
  return { origin, values: flattenConfig(parseStructured(text, extension, origin), origin) };
}

function parseStructured(text: string, extension: string, origin: string): unknown {
  const parse = PARSERS[extension];
  if (parse === undefined) {
    const known = Object.keys(PARSERS).join(", ");
    throw new ValidationError(
      `Cannot read the configuration "${origin}": its name ends in "${extension}"; expected ${known}.`,
    );
  }
  try {
    return parse(text);
  } catch (cause) {
    const why = complaint(cause);
    throw new ValidationError(`Cannot read the configuration "${origin}": ${why}.`, { cause });
  }
}

/**
 * The values that the environment sets, `FILIGREE_` and the key in capitals.
 *
 * @param overridden Keys that flags set, whose variables are not looked at.
 */
export function environmentLayer(
  get: (name: string) => string | undefined,
  overridden: ReadonlySet<string> = new Set(),
): Layer {
  const values = new Map<string, unknown>();
  for (const leaf of LEAVES) {
    if (overridden.has(leaf.key)) continue;
    const text = get(leaf.variable);
    if (text !== undefined) values.set(leaf.key, parseText(leaf, text, `$${leaf.variable}`));
  }
  return { origin: "the environment", values };
}

/** The values of `--set key=value`, one or more. */
export function setLayer(settings: readonly string[]): Layer {
  const values = new Map<string, unknown>();
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const leaf = at < 0 ? undefined : leafOf(setting.slice(0, at).trim());
    if (leaf === undefined) {
      throw new ValidationError(
        `Option "--set" must be key=value with a key of the configuration, but got "${setting}"; ` +
          `keys are ${LEAVES.map(({ key }) => key).join(", ")}.`,
      );
    }
    values.set(leaf.key, parseText(leaf, setting.slice(at + 1), `--set ${leaf.key}`));
  }
  return { origin: "--set", values };
}

/**
 * A value as text, as flags, environment and `--set` give it.
 *
 * @param where What the user wrote it behind, for the error.
 * @throws {ValidationError} if the leaf does not take it.
 */
export function parseText(leaf: Leaf, text: string, where: string): unknown {
  const trimmed = text.trim();
  const fail = (limit = ""): never => {
    throw new ValidationError(
      `Option "${where}" must be ${leaf.accepts}${limit}, but got "${text}".`,
    );
  };
  const isWhole = leaf.option.type === "integer";
  const number = (part: string): number => {
    const value = part.trim() === "" ? NaN : Number(part);
    // What is written is told, not the number that it is nearest to.
    if (isWhole && limitOf(value) !== "") return fail(limitOf(value));
    return Number.isFinite(value) ? value : fail();
  };
  switch (leaf.option.type) {
    case "number":
    case "integer":
      return number(trimmed);
    case "boolean":
      return trimmed === "true" || (trimmed !== "false" ? fail() : false);
    case "list": {
      const { type } = leaf.option.of;
      const isText = type === "text" || type === "choice";
      return elements(trimmed).map((part) => isText ? part : number(part));
    }
    case "text":
    case "choice":
      return text;
  }
}

/** The parts of a list with commas, in brackets or not; none of an empty one. */
function elements(text: string): string[] {
  const inside = text.replace(/^\[|\]$/g, "").trim();
  return inside === ""
    ? []
    : inside.split(",").map((part) => part.trim().replace(/^["']|["']$/g, ""));
}

/**
 * The configuration that layers give, later ones over earlier ones, defaults below all of them.
 *
 * @throws {ValidationError} if a key is unknown or a value not accepted: names the key, the value, its origin and what would be.
 */
export function resolveConfig(layers: readonly Layer[]): Config {
  return resolveLayers(layers).config;
}

/**
 * Like {@linkcode resolveConfig}, with the origin of every value.
 *
 * @param usual What the verb has of its own.
 * @throws {ValidationError} as that does, and if the model is none that the verb trains.
 */
export function resolveLayers(layers: readonly Layer[], usual: Usual = {}): Resolved {
  const { values: usually = new Map<string, unknown>(), models, choices } = usual;
  const origins = new Map<string, string>();
  const given = new Map<string, unknown>();
  for (const layer of layers) {
    const { origin, values } = withSize(layer, models, usually.get("model.name"));
    for (const [key, value] of values) {
      given.set(key, value);
      origins.set(key, origin);
    }
  }
  const config = Object.fromEntries(Object.keys(SECTIONS).map((section) => [section, {}]));
  for (const { key, section, name, option, default: general } of LEAVES) {
    const value = given.get(key) === undefined
      ? usually.get(key) ?? general
      : asText(option, given.get(key));
    if (value !== undefined) Object.assign(config[section], { [name]: value });
  }
  // Where nothing is sparse there is nothing for a method, unless one is asked for, which is refused then.
  const { method, pattern } = config;
  if (!given.has("method.name") && Object.entries(pattern).some(isDense)) {
    Object.assign(method, { name: NO_METHOD });
  }
  requireAccepted(config, origins, choices);
  const { model: { name } } = config;
  if (models !== undefined && !models.some((model) => model.name === name)) {
    refuseModel(name, origins.get("model.name") ?? "the configuration", models);
  }
  return { config, origins };
}

function isDense([key, value]: readonly [string, unknown]): boolean {
  return key === "name" && value === "dense";
}

/** A number in the place of a text, where an option takes it for its text. */
function asText(option: Option | Element, value: unknown): unknown {
  if (option.type === "list" && Array.isArray(value)) {
    return value.map((each) => asText(option.of, each));
  }
  const numbers = option.type === "text" && option.numbers === true;
  return numbers && typeof value === "number" ? String(value) : value;
}

/** Refuses values that no option takes. */
function requireAccepted(
  config: Readonly<Record<string, object>>,
  origins: ReadonlyMap<string, string>,
  choices: Usual["choices"],
): asserts config is typeof config & Config {
  for (const { key, section, name, option, accepts: accepted } of LEAVES) {
    const value: unknown = new Map(Object.entries(config[section])).get(name);
    if (value === undefined || accepts(option, value)) continue;
    const origin = origins.get(key) ?? "the configuration";
    const said = choices?.get(key)?.join(", ") ?? `${accepted}${limitOf(value)}`;
    throw new ValidationError(`"${key}" in ${origin} must be ${said}, but got ${shown(value)}.`);
  }
}

/** What is to be said of a whole number that is too large for its neighbours to be told from it. */
function limitOf(value: unknown): string {
  const isBeyond = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isBeyond ? `, at most ${Number.MAX_SAFE_INTEGER}` : "";
}

/** A value in an error: on one line, and no longer than that. What is nested may be shared many times over. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) {
    const few = value.slice(0, SHOWN_ELEMENTS).map((each) =>
      typeof each === "object" ? "..." : shown(each)
    );
    return `[${few.join(",")}${value.length > SHOWN_ELEMENTS ? ",..." : ""}]`;
  }
  if (typeof value === "object" && value !== null) return "a table";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_LETTERS ? `${text.slice(0, SHOWN_LETTERS)}..."` : text;
}

/** Most elements of a list in an error. */
const SHOWN_ELEMENTS = 8;

/** Most letters of a text in an error. */
const SHOWN_LETTERS = 100;

/** A configuration as a TOML file that gives it back. */
export function configToml(config: Config): string {
  return stringifyToml(config) + "\n";
}

/**
 * The values of a nested object by key.
 *
 * @throws {ValidationError} if it has a key that the schema does not have.
 */
export function flattenConfig(content: unknown, origin: string): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const refuse = (key: string, known: readonly string[]): never => {
    throw new ValidationError(
      `Cannot use the configuration "${origin}": it has the key "${key}"; expected ${
        known.join(", ")
      }.`,
    );
  };
  const sections = Object.keys(SECTIONS);
  for (const [section, fields] of entriesOf(content, origin, "")) {
    if (!sections.includes(section)) refuse(section, sections);
    for (const [name, value] of entriesOf(fields, origin, section)) {
      const key = `${section}.${name}`;
      const known = LEAVES.map((leaf) => leaf.key).filter((k) => k.startsWith(`${section}.`));
      if (!known.includes(key)) refuse(key, known);
      values.set(key, value);
    }
  }
  return values;
}

function entriesOf(value: unknown, origin: string, section: string): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value);
  }
  const where = section === "" ? "it" : `"${section}"`;
  throw new ValidationError(
    `Cannot use the configuration "${origin}": ${where} is ${
      shown(value)
    }; expected a table of keys and values.`,
  );
}
