/**
 * Refuses values that the rest of a configuration leaves without effect. What has its default value is none of them, and
 * neither is what a saved run holds.
 *
 * @module
 */
import { leafOf } from "./config/leaves.ts";
import { COMMAND_LINE, type Resolved } from "./config/load.ts";
import { type Config, METHODS } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";
import { constraintOf, isDense } from "../sparse/lookup.ts";
import { densityOf, parsePattern } from "./patterns.ts";

const SPARSE = METHODS.filter((name) => name !== "dense");
const DYNAMIC = SPARSE.filter((name) => name !== "static");

/** Keys that some methods take. */
const OF_METHODS: readonly [key: string, methods: readonly string[]][] = [
  ["pattern.name", SPARSE],
  ["pattern.sparsity", SPARSE],
  ["pattern.distribution", SPARSE],
  ["method.every", DYNAMIC],
  ["method.fraction", DYNAMIC],
  ["method.until", DYNAMIC],
  ["method.gammaSal", ["srigl"]],
  ["method.salience", ["srigl"]],
  ["method.ablation", ["srigl"]],
];

/** Keys that one model takes. */
const OF_MODELS: readonly [key: string, model: Config["model"]["name"]][] = [
  ["model.hidden", "mlp"],
  ["model.widths", "convnet"],
  ["model.blocks", "convnet"],
  ["model.stride", "convnet"],
];

/**
 * Refuses what would be ignored.
 *
 * @throws {ValidationError} naming the value, where it comes from, and what it applies to.
 */
export function requireApplicable(resolved: Resolved): void {
  const { config, origins } = resolved;
  const given = (key: string): boolean => isGiven(resolved, key);
  const rule = (keys: readonly string[], holds: boolean, why: string): void => {
    const key = keys.find(given);
    if (key !== undefined && !holds) refuse(key, why, origins.get(key));
  };
  const { data, model, method, pattern, optimizer, device } = config;
  parsePattern(pattern.name, 1);
  rule(["data.cropPadding"], data.augment.includes("crop"), "applies to --augment crop only");
  rule(
    ["train.patience"],
    data.validation !== undefined,
    "needs examples to validate with: --validation 0.1, or another data set",
  );
  for (const [key, name] of OF_MODELS) {
    rule([key], model.name === name, applies("model", [name], model.name));
  }
  const dense = pattern.name === "dense";
  for (const [key, methods] of OF_METHODS) {
    // That a dense network has dense patterns is no contradiction.
    const holds = methods.includes(method.name) || (dense && key === "pattern.name");
    rule([key], holds, applies("method", methods, method.name));
    const sparse = !dense || key === "pattern.name";
    rule([key], sparse, 'applies to sparse layers only, but the pattern is "dense"');
  }
  rule(
    ["method.name"],
    !dense || method.name === "dense",
    `is "${method.name}", which needs sparse layers, but the pattern is "dense"`,
  );
  requirePattern(config, rule);
  rule(
    ["optimizer.decayAll"],
    optimizer.weightDecay > 0,
    "applies to a --weight-decay above 0 only",
  );
  rule(["device.threads"], device.name !== "webgpu", applies("device", ["wasm"], device.name));
}

/** What the pattern and the method take of each other. */
function requirePattern(
  { model, method, pattern: { name } }: Config,
  rule: (keys: readonly string[], holds: boolean, why: string) => void,
): void {
  const spec = parsePattern(name, 1);
  if (!isDense(spec) && densityOf(name) !== undefined) {
    const why = "the name says how many inputs of every layer exist";
    const keys = ["pattern.sparsity", "pattern.distribution"];
    rule(keys, false, `does not apply to --pattern ${name}: ${why}`);
  }
  if (!isDense(spec) && !constraintOf(spec).mayEmpty) {
    const ablation = ["method.gammaSal", "method.salience", "method.ablation"];
    rule(ablation, false, `does not apply to --pattern ${name}, of which no row may be empty`);
  }
  const salience = ["method.gammaSal", "method.salience"];
  rule(salience, method.ablation !== false, "does not apply to --no-ablation");
  rule(
    ["pattern.name"],
    model.name !== "convnet" || ["fan-in", "dense"].includes(name),
    `is "${name}"; a convnet takes fan-in or dense`,
  );
}

/**
 * Refuses a pattern that the method cannot change, whether it was given or not.
 *
 * @throws {ValidationError} naming what can be.
 */
export function requireRewirable({ config: { method, pattern }, origins }: Resolved): void {
  if (method.name !== "srigl" || !takesAnywhere(pattern.name)) return;
  const others = DYNAMIC.filter((each) => each !== "srigl").join(", ");
  refuse(
    "pattern.name",
    `is "${pattern.name}", whose rows have no common fan-in; --method srigl takes fan-in, group-N or N:M, ` +
      `and ${others} take blocks too`,
    origins.get("pattern.name"),
  );
}

/** Whether the units of a pattern may lie anywhere, so that its rows have any number of inputs. */
function takesAnywhere(name: string): boolean {
  const spec = parsePattern(name, 1);
  return !isDense(spec) && constraintOf(spec).refill === "anywhere";
}

/**
 * Refuses what nothing is done with where no run is saved. Files and the environment may name a folder for other times: the flag
 * overrides them.
 *
 * @throws {ValidationError} naming the value.
 */
export function requireSavable({ origins }: Resolved): void {
  const keys = ["run.out", "run.name", "train.keep", "train.checkpointEvery"];
  const key = keys.find((each) => isTyped(origins.get(each)));
  if (key !== undefined) refuse(key, "does not apply to --no-save", origins.get(key));
}

/** Refuses a name beside the folder that it would be a part of. */
export function requireOneName({ origins }: Resolved): void {
  if (!isTyped(origins.get("run.name")) || !isTyped(origins.get("run.out"))) return;
  refuse("run.name", "does not apply to --out, which is the whole name", origins.get("run.name"));
}

/** Whether an origin is the command at hand. */
export function isTyped(origin: string | undefined): boolean {
  return origin === COMMAND_LINE || origin === "--set";
}

/** Whether a value was given, and is another one than what it is without. */
function isGiven({ config, origins }: Resolved, key: string): boolean {
  const origin = origins.get(key);
  if (origin === undefined) return false;
  if (isTyped(origin)) return true;
  const [section, name] = key.split(".");
  const value: unknown = Object(Object(config)[section])[name];
  return JSON.stringify(value) !== JSON.stringify(leafOf(key)?.default);
}

function applies(flag: string, names: readonly string[], name: string): string {
  return `applies to --${flag} ${names.join(", ")} only, but the ${flag} is "${name}"`;
}

/**
 * The error of a value that cannot be beside the others.
 *
 * @param origin Where it comes from, if that is worth saying.
 */
export function refuse(key: string, why: string, origin = COMMAND_LINE): never {
  const from = origin === COMMAND_LINE ? "" : `, from ${origin}`;
  throw new ValidationError(`Option "${leafOf(key)?.flag ?? key}" (${key}${from}) ${why}.`);
}
