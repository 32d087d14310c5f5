/**
 * Refuses values that the rest of a configuration leaves without effect. What has its default value is none of them, and
 * neither is what a saved run holds.
 *
 * @module
 */
import type { Definition } from "../definitions/definition.ts";
import type { Option } from "../definitions/option.ts";
import {
  CHOICE_OPTIONS,
  DECODERS,
  ENCODERS,
  METHODS,
  MODELS,
  NO_METHOD,
  OPTIMIZERS,
  PLAIN_METHODS,
  RANKERS,
  TASK_OPTIONS,
  TEXT_MODELS,
} from "./config/choices.ts";
import { leafOf } from "./config/leaves.ts";
import { COMMAND_LINE, type Resolved } from "./config/load.ts";
import {
  NOT_OF_RANKERS,
  OF_AUXILIARY,
  OF_CORPUS,
  OF_DECODERS,
  OF_ENCODERS,
  OF_FEATURES,
  OF_INTERMEDIATE,
  OF_NEIGHBOURS,
  OF_NEW_ENCODERS,
  OF_RANKERS,
  OF_SIZE,
  OF_TABLES,
  OF_TEXT,
  OF_VECTORS,
} from "./config/owners.ts";
import { PATTERN_KEYS } from "./config/pattern.ts";
import type { Config } from "./config/schema.ts";
import { refusalOf } from "../methods/check.ts";
import { isOfColumns } from "../sparse/lookup.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import { ValidationError } from "./deps.ts";
import { densityOf, headPattern, ONLY_SPARSE, parsePattern, saysInputs } from "./patterns.ts";
import { requirePositions } from "./positions.ts";
import { type ChosenLayers, chosenLayers, headLayers } from "./sparse_layers.ts";
import { hasOwnRates, requireOfRanker } from "./xmc/applicable.ts";

/** The pattern of some layers, and whether they have it for themselves. */
type PatternChoice = Pick<ChosenLayers, "pattern" | "ownPattern">;

/** Refuses a value unless something holds. */
export type Rule = (keys: readonly string[], holds: boolean, why: string) => void;

/** What has options by the section of the configuration. */
const CHOICES = {
  model: [...MODELS, ...TEXT_MODELS, ...RANKERS],
  method: METHODS,
  optimizer: OPTIMIZERS,
} as const;

/** Whether a configuration is that of an encoder: it is pre-trained, or fine-tuned where it begins with another one. */
export function isEncoder({ model }: Pick<Config, "model">): boolean {
  return ENCODERS.some(({ name }) => name === model.name);
}

/** Whether a configuration's model has sizes by name: what it is says more than the shapes of its many matrices. */
export function hasSizes({ model }: Pick<Config, "model">): boolean {
  return CHOICES.model.some(({ name, options }) => name === model.name && "size" in options);
}

/** Whether a configuration is that of a decoder, which is pre-trained. */
export function isDecoder({ model }: Pick<Config, "model">): boolean {
  return DECODERS.some(({ name }) => name === model.name);
}

/** Whether a configuration is that of a model of texts. */
export function isOfText(config: Pick<Config, "model">): boolean {
  return isEncoder(config) || isDecoder(config);
}

/** Whether a configuration is that of a model of very many labels. */
export function isRanker({ model }: Pick<Config, "model">): boolean {
  return RANKERS.some(({ name }) => name === model.name);
}

/** Whether a configuration is that of a pre-training. */
function isPretraining(config: Config): boolean {
  return isOfText(config) && config.model.from === undefined;
}

/**
 * Refuses what would be ignored.
 *
 * @throws {ValidationError} naming the value, where it comes from, and what it applies to.
 */
export function requireApplicable(resolved: Resolved): void {
  const { config, origins } = resolved;
  const given = (key: string): boolean => isGiven(resolved, key);
  const rule: Rule = (keys, holds, why) => {
    const key = keys.find(given);
    if (key !== undefined && !holds) refuse(key, why, origins.get(key));
  };
  const { data, method, pattern, optimizer, device } = config;
  (isRanker(config) ? headPattern : parsePattern)(pattern.name, 1);
  rule(["data.cropPadding"], data.augment.includes("crop"), "applies to --augment crop only");
  rule(
    ["data.mixup"],
    config.train.classWeights === undefined,
    "does not apply to --class-weights: mixed examples are of several classes",
  );
  rule(
    ["train.patience"],
    isPretraining(config) || data.validation !== undefined,
    "needs examples to validate with: --validation 0.1, or another data set",
  );
  requireOwnOptions("model", config, rule);
  requireOfText(config, rule);
  const dense = pattern.name === "dense";
  const sparse = METHODS.map(({ name }) => name);
  for (const key of PATTERN_KEYS) {
    // That a dense network has dense patterns is no contradiction.
    const holds = method.name !== NO_METHOD || (dense && key === "pattern.name");
    rule([key], !dense || key === "pattern.name", ONLY_SPARSE);
    rule([key], holds, applies("method", sparse, method.name));
  }
  rule(Object.keys(CHOICE_OPTIONS.method).map((name) => `method.${name}`), !dense, ONLY_SPARSE);
  requireOwnOptions("method", config, rule);
  rule(
    ["method.name"],
    !dense || method.name === NO_METHOD,
    `is "${method.name}", which needs sparse layers, but the pattern is "dense"`,
  );
  rule(["optimizer.groupLasso"], !dense, ONLY_SPARSE);
  rule(["optimizer.groupLasso"], method.name !== NO_METHOD, applies("method", sparse, method.name));
  requirePattern(config, rule);
  requireOwnOptions("optimizer", config, rule);
  requireGrowth(config, rule);
  rule(
    ["optimizer.decayAll"],
    (optimizer.weightDecay ?? 0) > 0 ||
      isRanker(config) && optimizer.weightDecay === undefined && hasOwnRates(config),
    "applies to a --weight-decay above 0 only",
  );
  for (const key of ["device.threads", "device.build"]) {
    rule([key], device.name !== "webgpu", applies("device", ["wasm"], device.name));
  }
  const { threads = 1, build } = device;
  rule(["device.build"], build !== "plain" || threads === 1, "is plain, which has one thread");
}

/**
 * Keys that have no effect in a training of any of some configurations, for what their models are: those that the help of a verb
 * leaves out.
 */
export function keysWithout(configs: readonly Config[]): string[] {
  const refused = configs.map((config) => {
    const keys = new Set<string>();
    const rule: Rule = (some, holds) => void (holds || some.forEach((key) => keys.add(key)));
    requireOwnOptions("model", config, rule);
    requireOfText(config, rule);
    return keys;
  });
  const [first = new Set<string>(), ...others] = refused;
  return [...first].filter((key) => others.every((keys) => keys.has(key)));
}

/** Refuses what models of text do not have, and what they alone have. */
function requireOfText(config: Config, rule: Rule): void {
  const reads = isOfText(config);
  const tunes = config.model.from !== undefined;
  const ranks = isRanker(config);
  const only = "applies to models of text only, which pretrain and finetune train";
  const alsoOfRankers = ["data.positions", "model.from"];
  rule(OF_TEXT.filter((key) => !ranks || !alsoOfRankers.includes(key)), reads, only);
  requirePositions(config, rule, reads || config.model.encoder === "bert");
  const clustered = config.model.auxiliary !== undefined;
  rule(OF_AUXILIARY, clustered, "needs --auxiliary");
  rule(OF_INTERMEDIATE, config.model.intermediate !== undefined, "needs --intermediate");
  rule(OF_NEIGHBOURS, config.model.neighbours !== undefined, "needs --neighbours");
  const whole = config.data.pieces === undefined;
  rule(["model.vectors"], whole, "does not apply to --pieces: there are vectors of whole words");
  rule(OF_VECTORS, config.model.vectors !== undefined, "needs --vectors");
  rule(OF_RANKERS, ranks, "applies to extreme classifiers only, which `filigree xmc train` trains");
  const notOfRankers = OF_FEATURES.filter((key) => !OF_TABLES.includes(key));
  rule([...notOfRankers, ...NOT_OF_RANKERS], !ranks, "does not apply to an extreme classifier");
  const { name } = config.model;
  rule(
    OF_ENCODERS,
    !isDecoder(config),
    `applies to encoders of text only, but the model is "${name}"`,
  );
  rule(
    OF_DECODERS,
    isDecoder(config),
    `applies to decoders of text only, but the model is "${name}"`,
  );
  rule(OF_FEATURES, !reads, "does not apply to texts");
  rule(
    ["pattern.distribution"],
    !reads,
    "does not apply to models of text, whose matrices have one density",
  );
  rule(OF_CORPUS, !tunes, "applies to a pre-training only");
  const there = "does not apply to a fine-tuning, whose encoder is there already";
  rule([...OF_SIZE, ...ranks ? [] : OF_NEW_ENCODERS], !tunes, there);
  const pretrains = isPretraining(config);
  const tested = "which is tested with what the corpus holds out after every epoch";
  rule(["data.validation"], !pretrains, `does not apply to a pre-training, ${tested}`);
  rule(
    ["train.patience"],
    !pretrains,
    "does not apply to a pre-training, which ends with its epochs",
  );
  rule(
    ["loss", "classWeights", ...Object.keys(TASK_OPTIONS)].map((name) => `train.${name}`),
    !pretrains,
    `does not apply to a pre-training, whose loss is that of ${
      isDecoder(config) ? "next tokens" : "masked words and next sentences"
    }`,
  );
}

/** Refuses options of others than what was chosen, and those that need other values of others. */
function requireOwnOptions(section: keyof typeof CHOICES, config: Config, rule: Rule): void {
  const { name: chosen } = config[section];
  const definitions: readonly Definition<unknown, never>[] = CHOICES[section];
  const options = CHOICE_OPTIONS[section];
  for (const [name, { needs = {} }] of Object.entries(options)) {
    const owners = definitions.filter((definition) => Object.hasOwn(definition.options, name));
    const names = owners.map((owner) => owner.name);
    const key = `${section}.${name}`;
    rule([key], names.includes(chosen), applies(section, names, chosen));
    for (const [other, wanted] of Object.entries(needs)) {
      const value = config[section][other];
      rule([key], value === undefined || value === wanted, beside(options[other], wanted));
    }
  }
}

/** Why an option has no effect beside another one. */
function beside({ flag = "" }: Option, wanted: boolean): string {
  const saysNo = flag.startsWith("--no-");
  return saysNo === wanted ? `does not apply to ${flag}` : `applies to ${flag} only`;
}

/** Refuses what moments of grown connections begin with where none grow. */
function requireGrowth({ method, optimizer: { groups } }: Config, rule: Rule): void {
  const growing = PLAIN_METHODS.values().filter(({ every, storage = "compressed" }) =>
    every !== Infinity && storageOf(storage).moves
  ).map(({ name }) => name).toArray();
  const grows = growing.includes(method.name);
  const why = applies("method", growing, method.name);
  rule(["optimizer.fresh"], grows, why);
  const group = groups.find((text) => /\sfresh=/.test(text));
  rule(["optimizer.groups"], grows || group === undefined, `has "${group}", but fresh ${why}`);
}

/** Refuses patterns that heads of very many labels have alone, and what a model with one does not have. */
function requireHeadPattern(config: Config, rule: Rule): void {
  if (isRanker(config)) return requireOfRanker(config, rule);
  const { pattern: { name } } = config;
  const why = `is "${name}", which heads of very many labels have alone`;
  rule(["pattern.name"], !saysInputs(name), why);
}

/** What the patterns and the method take of each other. */
function requirePattern(config: Config, rule: Rule): void {
  const { method } = config;
  const layers = patternChoices(config);
  rule(
    ["pattern.name"],
    config.pattern.name === "dense" || layers.some(({ ownPattern }) => !ownPattern),
    "does not apply: all of --sparse-layers have a pattern of their own",
  );
  const names = [...new Set(layers.map(({ pattern }) => pattern))];
  requireHeadPattern(config, rule);
  const called = `--pattern ${names.join(" and ")}`;
  if (!names.includes("dense") && names.every((name) => densityOf(name) !== undefined)) {
    const why = "the name says how many inputs of every layer exist";
    const keys = ["pattern.sparsity", "pattern.distribution"];
    rule(keys, false, `does not apply to ${called}: ${why}`);
  }
  rule(
    ["pattern.sparsity"],
    names.includes("dense") || layers.some(({ shared }) => shared),
    "does not apply: all of --sparse-layers have a sparsity of their own",
  );
  for (const { idle } of METHODS.filter((definition) => definition.name === method.name)) {
    const found = names.map((name) => idle?.(parsePattern(name, 1)));
    const [{ options, why } = { options: [], why: "" }] = found.flatMap((each) => each ?? []);
    if (found.includes(undefined)) continue;
    rule(options.map((option) => `method.${option}`), false, `does not apply to ${called}, ${why}`);
  }
}

/**
 * Refuses a pattern that the method cannot change, whether it was given or not.
 *
 * @throws {ValidationError} naming what can be.
 */
export function requireRewirable({ config, origins }: Resolved): void {
  const { method } = config;
  const chosen = PLAIN_METHODS.get(method.name);
  for (const choice of patternChoices(config)) {
    const spec = parsePattern(choice.pattern, 1);
    requireMasks(config, choice, origins);
    const refusal = chosen && refusalOf(chosen, spec);
    if (refusal === undefined) continue;
    const others = PLAIN_METHODS.values().filter((each) => refusalOf(each, spec) === undefined);
    const { key, says } = patternSaid(choice);
    refuse(
      key,
      `${says}, ${refusal.why}; --method ${method.name} takes ${refusal.takes}: expected such a pattern, ` +
        `or --method ${others.map(({ name }) => name).toArray().join(", ")}`,
      origins.get(key),
    );
  }
}

/** Layers that are sparse: of a model of very many labels its head, and those of its encoder. */
function patternChoices(config: Config): ChosenLayers[] {
  const { layers } = config.pattern;
  if (!isRanker(config)) return chosenLayers(config);
  return [...headLayers(config), ...layers.length === 0 ? [] : chosenLayers(config)];
}

/** The key that says the pattern of a choice of layers, and what it says, as messages begin. */
function patternSaid({ pattern, ownPattern }: PatternChoice): { key: string; says: string } {
  return ownPattern
    ? { key: "pattern.layers", says: `has the pattern "${pattern}"` }
    : { key: "pattern.name", says: `is "${pattern}"` };
}

/** Refuses a pattern that masks alone keep where the method has none. */
function requireMasks(
  { method, model }: Config,
  choice: PatternChoice,
  origins: Resolved["origins"],
): void {
  // Where nothing is sparse there is no pattern, and that of a fine-tuning is there already.
  if (method.name === NO_METHOD || model.from !== undefined) return;
  const masking = PLAIN_METHODS.values().filter(({ storage }) => storage === "masked")
    .map(({ name }) => name).toArray();
  if (!isOfColumns(parsePattern(choice.pattern, 1)) || masking.includes(method.name)) return;
  const { key, says } = patternSaid(choice);
  const takes = `it takes --method ${masking.join(", ")}`;
  refuse(key, `${says}, which masks alone keep; ${takes}`, origins.get(key));
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
