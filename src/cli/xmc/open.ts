/**
 * The parts of a training with very many labels: rows of features, an extreme classifier, and the task of both.
 *
 * @module
 */
import { valuesFor } from "../../definitions/definition.ts";
import { type InversePropensities, inversePropensities } from "../../data/labels/propensity.ts";
import { RankingMetrics, type RankingScores } from "../../data/labels/ranking.ts";
import { orderIn } from "../../data/labels/places.ts";
import { labelCounts, type LabelRows } from "../../data/labels/rows.ts";
import type { RankingPreparation, RankingSource } from "../../data/labels/source.ts";
import type { LabelledRows } from "../../data/labels/sparse_text.ts";
import type { Source } from "../../data/source.ts";
import type { TrainingData } from "../../data/training_data.ts";
import { labelCentroids } from "../../data/labels/centroids.ts";
import type { RankerGiven, RankerNetwork } from "../../models/definition.ts";
import type { Parallel } from "../../parallel/parallel.ts";
import type { Device } from "../../program/device.ts";
import { Resource } from "../../program/resource.ts";
import { he, truncatedNormal } from "../../sparse/init.ts";
import { RANKING_LOSSES, sparseLabelRanking } from "../../tasks/label_ranking.ts";
import { rankLabels } from "../../train/rank.ts";
import { named, RANKERS } from "../config/choices.ts";
import type { Config } from "../config/schema.ts";
import { ValidationError } from "../deps.ts";
import { refuse } from "../applicable.ts";
import { type Learning, learning } from "../learning.ts";
import { asWrongUse, headPattern } from "../patterns.ts";
import { requireSteps, withLength } from "../run_length.ts";
import type { Opened } from "../session.ts";
import { headSparsityOf, trainedBy } from "../settings.ts";
import { sparseLayersOf } from "../sparse_layers.ts";
import { clustered, clustersIn } from "./clusters.ts";
import { type KnownModel, openRankingData, propensityModelOf, type RankingData } from "./data.ts";
import { positiveWeightOf, withRates } from "./defaults.ts";
import { labelOrderFor } from "./order.ts";
import { linesOf, NAMES_FILE } from "./names.ts";
import {
  Neighbours,
  NEIGHBOURS_FILE,
  neighboursIn,
  neighbourWriter,
  readNeighbours,
} from "./neighbours.ts";
import { beginningEncoder, startOfEncoder, trainedSizesIn } from "./start.ts";
import { beginningVectors } from "./vectors.ts";

/**
 * What a configuration makes of data with very many labels. What it is tested with is looked at after every epoch where no other
 * examples are set aside, and chooses nothing then.
 *
 * @param like How the examples of a model are prepared that was trained already.
 * @param folder The folder of its run: rows vote that lie there.
 * @param test Another file to test that model with.
 * @param tell Takes lines of what of the examples it does not know.
 * @param parallel The ranks, of which each may have some labels.
 */
export async function openRanking(
  asked: Config,
  { parallel, ...known }: Omit<KnownModel, "start"> & { readonly parallel?: Parallel } = {},
): Promise<Opened> {
  const { like } = known;
  const start = like === undefined ? await startOfEncoder(asked) : undefined;
  const data = await openRankingData(asked, {
    ...known,
    ...(start === undefined ? {} : { start }),
  });
  const given = validated(asked, data);
  const { train } = given;
  const propensities = asWrongUse(() =>
    inversePropensities(data.train.truth, propensityModelOf(asked))
  );
  const { features, truth } = train;
  const rated = withRates(asked, { features, truth, weights: propensities.weights });
  const config = withLength(rated, train.examples);
  requireSteps(config, train.examples);
  const { model, summary } = rankerOf(
    config,
    train.preparation,
    {
      ...(like === undefined ? { train } : {}),
      ...(parallel === undefined ? {} : { parallel }),
    },
  );
  const auxiliary = clustersIn(config) !== undefined;
  const order = like === undefined ? labelOrderFor(config, train) : orderIn(like);
  const weights = positiveWeights(config, propensities, order);
  const task = sparseLabelRanking({
    ...{ loss: lossOf(config), auxiliary },
    ...(weights === undefined ? {} : { weights }),
  });
  const parts = order === undefined ? given : inOrder(given, order);
  const voters = { features: train.features, labels: train.truth };
  const neighbours = await neighboursFor(config, voters, known);
  const trained = asWrongUse(() => trainedBy(config, { model, sparsity: 0 }));
  if (config.model.spread === true) requireSpreadable(config, trained);
  if (config.model.encoder === "none" && trained.method?.growth === "gradient") {
    const why = "which grows by a gradient of all features; a head that stands on them takes set";
    refuse("method.name", `is "${config.method.name}", ${why}, or static`);
  }
  return {
    ...{ config, network: summary, notes: {} },
    ...(start === undefined
      ? beginningVectors(config, model, train.preparation)
      : beginningEncoder(config, model, start)),
    data: auxiliary ? clustered(config, parts, like !== undefined) : parts,
    ...trained,
    learning: {
      ...learning({ model, task }),
      rank: rankingOf(model, data, propensities, neighbours),
    },
    files: {
      ...(data.names === undefined ? {} : { [NAMES_FILE]: linesOf(data.names) }),
      ...(neighbours === undefined ? {} : { [NEIGHBOURS_FILE]: neighbourWriter(voters) }),
    },
  };
}

/** The rows that vote, if any do: those of the run where a model was trained already. */
async function neighboursFor(
  config: Config,
  voters: LabelledRows,
  { like, folder }: Pick<KnownModel, "like" | "folder">,
): Promise<Neighbours | undefined> {
  const voting = neighboursIn(config);
  if (voting === undefined) return undefined;
  return like === undefined || folder === undefined
    ? new Neighbours(voters, voting)
    : await readNeighbours(folder, voting);
}

/**
 * The model of a configuration.
 *
 * @param begin Examples to train with, where it is to be trained, and the ranks, where there are any.
 * @throws {ValidationError} if its sizes or its pattern cannot be had.
 */
export function rankerOf(
  config: Config,
  preparation: RankingPreparation,
  { train, parallel }: {
    readonly train?: Pick<RankingSource, "features" | "truth">;
    readonly parallel?: Parallel;
  } = {},
): RankerNetwork {
  const definition = named(RANKERS, config.model.name);
  const { model: { init }, pattern: { name, layers } } = config;
  const { features, labels, inputs: positions } = preparation;
  const trained = trainedSizesIn(preparation);
  return asWrongUse(() =>
    definition.make(valuesFor(definition, config.model), {
      ...{ features, labels, positions },
      pattern: headPattern(name, 1 - headSparsityOf(config)),
      ...(trained === undefined ? {} : { trained }),
      ...(layers.length === 0 ? {} : { sparseLayers: sparseLayersOf(config) }),
      ...(train === undefined ? {} : beginningOf(config, train)),
      ...(parallel === undefined ? {} : { parallel }),
      ...(init === undefined ? {} : { init: init === "he" ? he() : truncatedNormal() }),
    })
  );
}

/**
 * The loss of a configuration.
 *
 * @throws {ValidationError} if rankings have none of that name.
 */
export function lossOf({ train: { loss: name } }: Pick<Config, "train">) {
  const [usual] = RANKING_LOSSES;
  const found = name === undefined ? usual : RANKING_LOSSES.find((loss) => loss === name);
  if (found !== undefined) return found;
  throw new ValidationError(
    `Option "--loss" (train.loss) is ${name}, but the model ranks very many labels; expected ${
      RANKING_LOSSES.join(" or ")
    }.`,
  );
}

/**
 * What the biases of a head begin with: nearly no label applies to an example, and a loss that says so of each need not be lowered
 * first. Of a binary cross-entropy it is the logit of the mean share of labels that apply.
 */
function firstBias(config: Config, { rows, columns, labels }: LabelRows): number {
  if (lossOf(config) !== "bce") return -1;
  const share = (1 + labels.length) / (2 + rows * columns);
  return Math.log(share / (1 - share));
}

/**
 * What the label of each row of the head weighs in the loss where it applies; nothing where all weigh 1.
 *
 * @param order The label of each row, where that is not the one of its number.
 */
export function positiveWeights(
  { train }: Pick<Config, "train">,
  { weights: own }: Pick<InversePropensities, "weights">,
  order?: Uint32Array,
): Resource | undefined {
  const { positiveWeight = 1, propensityWeights = false } = train;
  if (positiveWeight === 1 && !propensityWeights) return undefined;
  const weightOf = positiveWeightOf(train, own);
  const { length } = order ?? own;
  // What the loss reads of the data: made of them again where a run is gone on with, and not saved.
  return new Resource({
    ...{ label: "positiveWeight", type: "f32", length, category: "inputs" },
    initial: () => Float32Array.from({ length }, (_, row) => weightOf(order?.[row] ?? row)),
  });
}

/** What a head begins with. */
function beginningOf(
  config: Config,
  { features, truth }: Pick<RankingSource, "features" | "truth">,
): Pick<RankerGiven, "bias" | "preferred"> {
  return {
    bias: firstBias(config, truth),
    preferred: (most) => labelCentroids({ features, labels: truth }, { most }),
  };
}

/** Refuses what needs to know all of a head of which ranks have parts. */
function requireSpreadable(
  { method, optimizer: { clipNorm } }: Config,
  { method: made }: Pick<Opened, "method">,
): void {
  if (made?.growth === "gradient") {
    const why = "which grows by gradient; labels that are spread over ranks take set, or static";
    refuse("method.name", `is "${method.name}", ${why}`);
  }
  if (clipNorm !== undefined) {
    refuse(
      "optimizer.clipNorm",
      "is given, but ranks that have some labels each know no common norm",
    );
  }
}

/** Parts of the examples of a run; those of `validation`, or else of `watched`, are looked at after every epoch. */
type Parts =
  & Readonly<Record<"train" | "test", RankingSource>>
  & Readonly<Partial<Record<"validation" | "watched", RankingSource>>>;

/** The examples of a run. */
function validated(
  { data: { validation }, run: { seed } }: Config,
  { train, rows: first, test }: RankingData,
): Parts {
  if (validation === undefined) return { train, test, watched: test };
  const share = Number(validation);
  if (!(share > 0 && share < 1)) {
    throw new ValidationError(
      `Option "--validation" (data.validation) is "${validation}"; expected a share of the examples to train with, such as 0.1.`,
    );
  }
  const parts = asWrongUse(() => train.split({ share, seed, first }));
  return { train: parts.train, test, validation: parts.test };
}

/** The same examples for a head that has its labels in an order. */
function inOrder(
  { train, test, validation, watched }: Parts,
  order: Uint32Array<ArrayBuffer>,
): Parts {
  const tested = test.inOrder(order);
  return {
    ...{ train: train.inOrder(order), test: tested },
    ...(validation === undefined ? {} : { validation: validation.inOrder(order) }),
    ...(watched === undefined ? {} : { watched: tested }),
  };
}

/** What ranks the labels of examples. */
function rankingOf(
  model: RankerNetwork["model"],
  { train: { truth }, test, truth: applying, filter }: RankingData,
  propensities: InversePropensities,
  neighbours: Neighbours | undefined,
): NonNullable<Learning["rank"]> {
  const counts = labelCounts(truth);
  return async (device: Device, data: TrainingData): Promise<RankingScores> => {
    if (!isRankingSource(data)) {
      throw new TypeError("Cannot rank labels: the examples have none; expected a ranking source");
    }
    const isTest = data.truth === test.truth;
    const metrics = new RankingMetrics({
      ...{ truth: isTest && applying !== undefined ? applying : data.truth, propensities, counts },
      ...(isTest && filter !== undefined ? { filter } : {}),
    });
    const top = Math.min(metrics.depth, truth.columns);
    let first = 0;
    const pool = neighbours?.poolOf(top) ?? top;
    for await (const ranked of rankLabels(device, model, data, { top: pool })) {
      const { labels } = neighbours?.add(ranked, data.features, { first, top }) ?? ranked;
      metrics.add(labels, ranked.examples);
      first += ranked.examples;
    }
    return metrics.scores();
  };
}

function isRankingSource(
  data: TrainingData,
): data is Source & Pick<RankingSource, "truth" | "features"> {
  return "truth" in data && "features" in data;
}
