/**
 * The flags of a configuration, made of its schema: `--config FILE`, `--set key=value`, and one for each leaf.
 *
 * @module
 */
import { type Command, ValidationError } from "../deps.ts";
import { grantedVariable } from "../../runtime/granted.ts";
import { type Leaf, leafOf, LEAVES } from "./leaves.ts";
import {
  COMMAND_LINE,
  environmentLayer,
  type Layer,
  parseText,
  readLayer,
  type Resolved,
  resolveLayers,
  setLayer,
  type Usual,
} from "./load.ts";
import type { Config } from "./schema.ts";
import { likelyMistakes, requireKnownVariables } from "./variables.ts";

/** Values of flags by name, as the parser gives them. */
export type Flags = Readonly<Record<string, unknown>>;

/** What the help of a verb says of the configuration. */
export interface Told {
  /** Defaults of the verb by key. */
  readonly usual?: ReadonlyMap<string, unknown>;
  /** What keys take in the verb by name, where that is less than in general. */
  readonly choices?: ReadonlyMap<string, readonly string[]>;
  /** Keys that say nothing in the verb: the help leaves them out, and who gives one is told why it has no effect. */
  readonly without?: readonly string[];
  /** What keys are in the verb, where that is less than in general. */
  readonly says?: ReadonlyMap<string, string>;
}

/** Titles of the sections of a configuration. */
const TITLES: Readonly<Record<keyof Config, string>> = {
  run: "Run",
  data: "Data",
  model: "Model",
  pattern: "Pattern",
  method: "Method",
  optimizer: "Optimizer",
  train: "Training",
  device: "Device",
};

/** Adds the flags of a configuration to a command, after those that it has besides. */
export function addConfigFlags(command: Command, told: Told = {}): Command {
  command.option("--config <file:string>", "Configuration: a TOML, JSON or YAML file.");
  command.option("--set <setting:string>", "Set any key: --set model.hidden=1024. Repeatable.", {
    collect: true,
  });
  for (const [section, title] of Object.entries(TITLES)) {
    command.group(title);
    const keys = LEAVES.filter((leaf) => leaf.section === section).map(({ key }) => key);
    addLeafFlags(command, keys, told);
  }
  return command;
}

/** Adds the flags of some keys of a configuration to a command. */
export function addLeafFlags(
  command: Command,
  keys: readonly string[],
  told: Told = {},
): Command {
  for (const leaf of LEAVES) {
    if (!keys.includes(leaf.key)) continue;
    const hidden = told.without?.includes(leaf.key) === true;
    command.option(definitionOf(leaf), describe(leaf, told), { hidden });
  }
  return command;
}

/**
 * The configuration that flags ask for: defaults < file < environment < flags.
 *
 * @param usual What the verb has of its own.
 * @throws {ValidationError} if a key or a variable is unknown, a value is not accepted, or two flags give one key.
 */
export async function configOf(flags: Flags, usual: Usual = {}): Promise<Resolved> {
  return resolveLayers(await layersOf(flags), usual);
}

/** The layers of {@linkcode configOf}. */
export async function layersOf(flags: Flags): Promise<readonly Layer[]> {
  const { config, set } = flags;
  const layers: Layer[] = [];
  if (typeof config === "string") layers.push(await readLayer(config));
  const given = flagLayer(flags);
  const settings = Array.isArray(set) ? setLayer(set.map(String)) : undefined;
  const keys = [...settings?.values.keys() ?? []];
  const twice = keys.find((key) => given.values.has(key));
  if (twice !== undefined) {
    const flag = leafOf(twice)?.flag ?? twice;
    throw new ValidationError(`Option "${flag}" and --set both give ${twice}; expected one.`);
  }
  requireKnownVariables(variables());
  const overridden = new Set([...given.values.keys(), ...keys]);
  layers.push(environmentLayer(grantedVariable, overridden));
  if (settings !== undefined) layers.push(settings);
  layers.push(given);
  return layers;
}

/** Variables that are set: all of them if they may be listed, else those that may be meant for us by mistake. */
function variables(): string[] {
  const { state } = Deno.permissions.querySync({ name: "env" });
  if (state === "granted") return Object.keys(Deno.env.toObject());
  // Where some of ours may be read, all may be; to ask for each takes longer than to read it.
  const [first] = likelyMistakes();
  const { state: ours } = Deno.permissions.querySync({ name: "env", variable: first });
  return ours === "granted" ? [...likelyMistakes()].filter(isSet) : [];
}

/** Whether a variable is set, and may be read. */
function isSet(variable: string): boolean {
  try {
    return Boolean(Deno.env.get(variable));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}

/** The values of the flags that were given. */
export function flagLayer(flags: Flags): Layer {
  const values = new Map<string, unknown>();
  for (const leaf of LEAVES) {
    const value = flags[propertyOf(leaf)];
    if (leaf.option.type === "boolean") {
      // `--no-x` is true where it is absent, `--x` is absent then.
      if (value === !leaf.flag.startsWith("--no-")) values.set(leaf.key, value);
    } else if (value !== undefined) {
      values.set(leaf.key, parseText(leaf, String(value), leaf.flag));
    }
  }
  return { origin: COMMAND_LINE, values };
}

function definitionOf({ flag, option }: Leaf): string {
  return option.type === "boolean" ? flag : `${flag} <value:string>`;
}

function describe(leaf: Leaf, { usual, says, choices }: Told): string {
  const { key } = leaf;
  const accepts = choices?.get(key)?.join(", ") ?? leaf.accepts;
  const own = usual?.get(key), said = says?.get(key);
  // What a key is in a verb alone has a default in the verb alone.
  const value = own ?? (said === undefined ? leaf.default : undefined);
  const shown = Array.isArray(value) ? value.join(",") || "none" : value;
  const suffix = value === undefined ? "" : `; ${shown} by default`;
  const plain = said !== undefined || accepts === "text" || accepts === "true or false";
  const description = said ?? (own === undefined ? general(leaf) : withoutDefault(leaf));
  return `${description.replaceAll("`", "")}${plain ? "" : ` (${accepts})`}${suffix}. [${key}]`;
}

function general({ flagDescription, description }: Leaf): string {
  return flagDescription ?? description;
}

/** What a leaf is. Where the schema has no default, its last clause says what there is in the place of one. */
function withoutDefault(leaf: Leaf): string {
  const text = general(leaf);
  const end = text.lastIndexOf("; ");
  return leaf.default === undefined && end > 0 ? text.slice(0, end) : text;
}

/** `--gamma-sal` is `gammaSal`, `--no-ablation` is `ablation`. */
function propertyOf({ flag }: Leaf): string {
  return flag.replace(/^--(no-)?/, "").replace(
    /-(.)/g,
    (_, letter: string) => letter.toUpperCase(),
  );
}
