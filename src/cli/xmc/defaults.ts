/**
 * What a training with very many labels has by default: what the labels stand on, how they are learnt, and rates that follow from the
 * data.
 *
 * @module
 */
import { largestCurvature } from "../../data/labels/curvature.ts";
import { squaredLength } from "../../data/labels/rows.ts";
import type { RankingSource } from "../../data/labels/source.ts";
import { RANKERS } from "../config/choices.ts";
import { type Layer, resolveLayers, type Usual } from "../config/load.ts";
import { BEHIND_ENCODER } from "../config/owners.ts";
import type { Config } from "../config/schema.ts";
import { USUAL_WIDTH } from "../../models/extreme_classifier.ts";
import { groupOf } from "../patterns.ts";
import { headSparsityOf } from "../settings.ts";
import { RANKING_LOSSES } from "../../tasks/label_ranking.ts";
import { hasOwnRates, headMethods } from "./applicable.ts";

/** What all of them have. */
const ALL: readonly (readonly [string, unknown])[] = [
  ["run.name", "xmc"],
  ["model.name", "xmc"],
  ["pattern.name", "fan-in:32"],
  ["method.until", 0.66],
  ["optimizer.flush", 1e-30],
];

/** Labels behind an encoder. */
const ENCODED: readonly (readonly [string, unknown])[] = [
  ...ALL,
  ["method.name", "set"],
  ["train.epochs", 10],
  ["train.batch", 128],
];

/** Labels behind numbers of words, by the loss of those that stand on the words themselves. */
const ON_NUMBERS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...ENCODED,
  ["model.encoder", "tfidf"],
  ["model.activation", "none"],
  ["optimizer.learningRate", 3e-3],
  ["train.loss", "squared-hinge"],
  ["train.positiveWeight", 10],
]);

/** The same by another loss. */
const BY_OTHER_LOSSES: ReadonlyMap<string, unknown> = new Map<string, unknown>(
  [...ON_NUMBERS].filter(([key]) => key !== "train.positiveWeight"),
);

/** Labels behind a BERT, which learns by a rate of its own. */
const READ: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...ENCODED,
  ["model.encoder", "bert"],
  ["optimizer.learningRate", 1e-3],
  ["optimizer.groups", ["head learningRate=0.01"]],
  ["train.loss", "bce"],
]);

/** The same of one that was trained before. */
const TRAINED: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...READ,
  ["optimizer.learningRate", 1e-4],
]);

/** Labels that stand on features, which learn in fewer epochs, and whose features are chosen and not looked for. */
const ALONE: readonly (readonly [string, unknown])[] = [
  ...ALL,
  ["model.encoder", "none"],
  ["method.name", "static"],
  // Biases stay where negatives are satisfied: those of frequent labels would rise above all others.
  ["optimizer.groups", ["head.bias learningRate=1e-9"]],
  ["train.loss", "squared-hinge"],
  ["train.batch", 256],
];

/**
 * By SGD, each label lowers what LIBLINEAR lowers (Fan et al. 2008, L2-loss SVC, C = 1), where negatives count a tenth:
 * {@linkcode withRates} has the rates.
 */
const BY_SGD: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...ALONE,
  ["optimizer.name", "sgd"],
  ["optimizer.momentum", 0],
  ["optimizer.shortSteps", "scaled"],
  ["train.positiveWeight", 10],
  ["train.epochs", 6],
]);

/** By another optimizer or another loss. */
const BY_OTHERS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...ALONE,
  ["optimizer.learningRate", 0.01],
  ["train.epochs", 3],
]);

/** What can be chosen of what there is in general. */
export const CHOICES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["train.loss", RANKING_LOSSES],
  ["method.name", headMethods()],
]);

function usualWith(values: ReadonlyMap<string, unknown>) {
  return { values, models: RANKERS, choices: CHOICES } satisfies Usual;
}

/** What a training has by default of which nothing is said. */
export const USUAL = usualWith(BY_SGD);

/** What one has behind an encoder. */
export const USUAL_ENCODED = usualWith(ON_NUMBERS);

/** What one has that reads texts by a BERT. */
export const USUAL_READ = usualWith(READ);

/** What labels have that share inputs in groups. */
const GROUPED = [["model.grouping", "similarity"]] as const;

/**
 * What a training has by default, by what is said of it: labels stand on features, unless what is asked for needs something between
 * both.
 *
 * @param width Numbers that words become where nobody says how many.
 */
export function usualFor(layers: readonly Layer[], width: number = USUAL_WIDTH): Usual {
  const { model, pattern, optimizer, train } = resolveLayers(layers, USUAL).config;
  const said = layers.some(({ values }) => values.has("model.encoder"));
  const fits = /^fan-in\b/.test(pattern.name) &&
    BEHIND_ENCODER.every((name) => model[name] === undefined);
  const alone = optimizer.name === "sgd" && train.loss === "squared-hinge" ? BY_SGD : BY_OTHERS;
  const values = (said ? model.encoder !== "none" : !fits)
    ? new Map([
      ...behindEncoder(layers, model, width),
      ...(groupOf(pattern.name) === undefined ? [] : GROUPED),
    ])
    : alone;
  return usualWith(withoutFlush(values, optimizer));
}

/** What labels behind an encoder have by default. */
function behindEncoder(
  layers: readonly Layer[],
  { encoder, from }: Config["model"],
  width: number,
): ReadonlyMap<string, unknown> {
  if (encoder !== "bert") return onNumbers(layers, width);
  return from === undefined ? READ : TRAINED;
}

/** What is flushed by default, but not where moments count from the birth of a connection, which AdamW does not do beside it. */
function withoutFlush(
  values: ReadonlyMap<string, unknown>,
  { fresh, groups = [] }: Config["optimizer"],
): ReadonlyMap<string, unknown> {
  const local = fresh === "local" || groups.some((group) => /\bfresh=local\b/.test(group));
  return local ? new Map([...values].filter(([key]) => key !== "optimizer.flush")) : values;
}

/** What labels behind numbers of words have by default. */
function onNumbers(layers: readonly Layer[], width: number): ReadonlyMap<string, unknown> {
  const { config } = resolveLayers(layers, USUAL_ENCODED);
  const values = config.train.loss === "squared-hinge" ? ON_NUMBERS : BY_OTHER_LOSSES;
  return new Map([...values, ["optimizer.groups", headGroups(config, width)]]);
}

/**
 * Rates of a head behind numbers of words, each of its parts by how many of these a label reads. AdamW has an epsilon there that is of
 * the size of a label's gradient where it applies: far below it, as usual, a label that hardly ever applies is moved at the full rate
 * by what all other examples say of it, which is next to nothing.
 */
function headGroups(config: Config, usualWidth: number): string[] {
  const { model, pattern, optimizer, train } = config;
  const hinge = train.loss === "squared-hinge";
  const own = optimizer.name === "adamw" ? ` epsilon=${hinge ? 0.01 : 0.001}` : "";
  const group = (part: string, inputs: number): string => {
    const learningRate = hinge ? 0.01 * Math.sqrt(32 / inputs) : 0.03;
    return `${part} learningRate=${Number(learningRate.toPrecision(2))}${own}`;
  };
  const all = Number(model.intermediate ?? model.width ?? usualWidth);
  const said = /:(\d+)(?:-|$)/.exec(pattern.name)?.[1];
  const some = Math.max(1, said === undefined ? (1 - headSparsityOf(config)) * all : Number(said));
  return model.denseLabels === undefined
    ? [group("head", some)]
    : [group("head.sparse", some), group("head.dense", all)];
}

/** Share of the largest rate that is taken at which a single row is stable. */
const SHARE = 0.6;

/** The rows to train with, and what labels weigh beside the weight of all. */
export interface RatedRows extends Pick<RankingSource, "features" | "truth"> {
  /** `[labels]`: their own weights, which `--propensity-weights` takes. */
  readonly weights: Float64Array;
}

/**
 * The configuration with rates that follow from the data, where SGD is to lower the squared hinge of labels that stand on features and
 * nothing is said of them.
 *
 * Where the rate, over the examples of a step, is 1 / (weight x squared length of the row), a step takes a row as far beyond its
 * margin as it was short of it, by the derivative 2 weight (1 - z): the rate is 0.6 of that, of the label that weighs most. It is
 * less where many rows of a label are alike, as where there are few features and frequent labels: at most the reciprocal of the
 * largest curvature. With a momentum m every gradient counts 1 / (1 - m) times, and the rate is as much less. The decay is the
 * weight over the number of rows, which is C = 1 for positives.
 */
export function withRates(config: Config, rows: RatedRows): Config {
  if (!hasOwnRates(config)) return config;
  const { optimizer, train } = config;
  const { weightDecay = Number(train.positiveWeight ?? 1) / rows.features.rows } = optimizer;
  const learningRate = optimizer.learningRate ?? stableRate(config, rows);
  return { ...config, optimizer: { ...optimizer, learningRate, weightDecay } };
}

/** The rate of a head that stands on features. */
function stableRate(
  { optimizer: { momentum = 0 }, train }: Config,
  { features, truth, weights }: RatedRows,
): number {
  const { batch, accumulate = 1 } = train;
  const weightOf = positiveWeightOf(train, weights);
  const weight = weights.reduce((most, _, label) => Math.max(most, weightOf(label)), 0) || 1;
  const together = Math.min(batch * accumulate, features.rows);
  const ofRow = SHARE * together / (weight * (meanSquare(features) || 1));
  const curvature = largestCurvature(features, truth, { weightOf, least: 1 / ofRow });
  return (1 - Number(momentum)) * Math.min(ofRow, 1 / (curvature || 1));
}

/** The mean squared length of rows, each counting by it: that of rows of one length, nearly that of the longest where few are far longer. */
function meanSquare(features: RankingSource["features"]): number {
  let [sum, squares] = [0, 0];
  for (let row = 0; row < features.rows; row++) {
    const square = squaredLength(features, row);
    sum += square;
    squares += square ** 2;
  }
  return squares / (sum || 1);
}

/**
 * What labels weigh in the loss where they apply.
 *
 * @param own `[labels]`: by their propensities.
 */
export function positiveWeightOf(
  { positiveWeight = 1, propensityWeights = false }: Config["train"],
  own: Float64Array,
): (label: number) => number {
  return (label) => Number(positiveWeight) * (propensityWeights ? own[label] : 1);
}
