/**
 * Refuses values that the rest of the configuration of a model of very many labels leaves without effect.
 *
 * @module
 */
import type { Rule } from "../applicable.ts";
import { CHOICE_OPTIONS, METHODS, NO_METHOD, PLAIN_METHODS } from "../config/choices.ts";
import { BEHIND_ENCODER, OF_BERT } from "../config/owners.ts";
import type { Config } from "../config/schema.ts";
import { groupOf, headPattern, ONLY_SPARSE, saysInputs } from "../patterns.ts";
import { chosenLayers } from "../sparse_layers.ts";

/** What the head takes, and what stands before it. */
export function requireOfRanker(config: Config, rule: Rule): void {
  const { pattern: { name }, method, data } = config;
  rule(
    ["data.testShare"],
    data.test === undefined,
    "does not apply to --test, which has the rows to test with",
  );
  rule(
    ["pattern.sparsity"],
    !saysInputs(name),
    `does not apply to --pattern ${name}, which says it`,
  );
  requireAlone(config, rule);
  requireTextEncoder(config, rule);
  rule(["model.denseLabels"], name !== "dense", ONLY_SPARSE);
  const shares = "needs groups of labels that share inputs, such as --pattern group-16:32";
  rule(["model.grouping"], groupOf(name) !== undefined, shares);
  const why = `is "${method.name}", which trains more than the connections of a head`;
  rule(["method.name"], isOfHead(method.name), why);
}

/** Whether a head takes a method: one that trains its connections and no more. */
function isOfHead(name: string): boolean {
  const { storage } = PLAIN_METHODS.get(name) ?? {};
  return storage === undefined || storage === "compressed";
}

/** The methods that a head takes, by name; none where it is dense. */
export function headMethods(): string[] {
  return [...METHODS.map(({ name }) => name).filter(isOfHead), NO_METHOD];
}

/** Keys of methods that no head takes: the help of what trains one leaves them out. */
export function keysOfOtherMethods(): string[] {
  const owned = METHODS.filter(({ name }) => isOfHead(name)).flatMap(({ options }) =>
    Object.keys(options)
  );
  return Object.keys(CHOICE_OPTIONS.method).filter((name) => !owned.includes(name))
    .map((name) => `method.${name}`);
}

/** Whether rates follow from the data where nothing is said of them: SGD lowers the squared hinge of labels that stand on features. */
export function hasOwnRates(
  { optimizer, model, train }: Pick<Config, "optimizer" | "model" | "train">,
): boolean {
  return model.encoder === "none" && optimizer.name === "sgd" && train.loss === "squared-hinge";
}

/** What a head that stands on features has, and what it alone has. */
function requireAlone({ model: { encoder }, pattern: { name } }: Config, rule: Rule): void {
  const alone = encoder === "none";
  const before = BEHIND_ENCODER.map((key) => `model.${key}`);
  rule(before, !alone, "does not apply to --encoder none, whose head stands on the features");
  rule(["model.inputs"], alone, "applies to --encoder none only");
  const why = `is "${name}"; a head that stands on features takes fan-in:32 or fan-in`;
  rule(["pattern.name"], !alone || headPattern(name, 0.5).kind === "fanIn", why);
}

/** What stands before a head where texts are read by a BERT, and what only then does. */
function requireTextEncoder({ model: { encoder, from }, pattern }: Config, rule: Rule): void {
  const bert = encoder === "bert";
  rule(OF_BERT, bert, "applies to --encoder bert only");
  const whole = "does not apply to --encoder bert: there are vectors of whole words";
  rule(["model.vectors"], !bert, whole);
  const words = "does not apply to --encoder bert: it is of words that become numbers";
  rule(["model.activation"], !bert, words);
  const cut = "does not apply to --from, whose vocabulary texts are cut by";
  rule(["data.pieces"], from === undefined, cut);
  const own = chosenLayers({ pattern }).every(({ ownPattern }) => ownPattern);
  const needs =
    "needs patterns of their own, such as ff block-16 sparsity=0.9: --pattern is that of the head";
  rule(["pattern.layers"], own, needs);
}
