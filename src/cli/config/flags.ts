/**
 * The flags of a configuration, made of its schema: `--config FILE`, `--set key=value`, and one for each leaf.
 *
 * @module
 */
import { type Command, ValidationError } from "../deps.ts";
import { grantedVariable } from "../environment.ts";
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
} from "./load.ts";
import { likelyMistakes, requireKnownVariables } from "./variables.ts";

/** Values of flags by name, as the parser gives them. */
export type Flags = Readonly<Record<string, unknown>>;

/** Adds the flags of a configuration to a command. */
export function addConfigFlags(command: Command): Command {
  command.option("--config <file:string>", "Configuration: a TOML, JSON or YAML file.");
  command.option("--set <setting:string>", "Set any key: --set model.hidden=1024. Repeatable.", {
    collect: true,
  });
  return addLeafFlags(command, LEAVES.map(({ key }) => key));
}

/** Adds the flags of some keys of a configuration to a command. */
export function addLeafFlags(command: Command, keys: readonly string[]): Command {
  for (const leaf of LEAVES) {
    if (keys.includes(leaf.key)) command.option(definitionOf(leaf), describe(leaf));
  }
  return command;
}

/**
 * The configuration that flags ask for: defaults < file < environment < flags.
 *
 * @param usual Defaults by key, in the place of those of the schema.
 * @throws {ValidationError} if a key or a variable is unknown, a value is not accepted, or two flags give one key.
 */
export async function configOf(
  flags: Flags,
  usual: ReadonlyMap<string, unknown> = new Map(),
): Promise<Resolved> {
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
  return resolveLayers(layers, usual);
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

function describe(leaf: Leaf): string {
  const { key, accepts, default: value } = leaf;
  const description = leaf.flagDescription ?? leaf.description;
  const shown = Array.isArray(value) ? value.join(",") || "none" : value;
  const suffix = value === undefined ? "" : `; ${shown} by default`;
  const what = accepts === "text" || accepts === "true or false" ? "" : ` (${accepts})`;
  return `${description.replaceAll("`", "")}${what}${suffix}. [${key}]`;
}

/** `--gamma-sal` is `gammaSal`, `--no-ablation` is `ablation`. */
function propertyOf({ flag }: Leaf): string {
  return flag.replace(/^--(no-)?/, "").replace(
    /-(.)/g,
    (_, letter: string) => letter.toUpperCase(),
  );
}
