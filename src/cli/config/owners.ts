/**
 * Keys of the configuration by what they apply to: texts, very many labels, features.
 *
 * @module
 */
import { TASK_OPTIONS } from "./choices.ts";

/** Keys that a pre-training alone has. */
export const OF_CORPUS: readonly string[] = [
  "data.masked",
  "data.epochExamples",
  "data.testExamples",
];

/** Keys that models of text alone have. */
export const OF_TEXT: readonly string[] = ["data.positions", ...OF_CORPUS, "model.from"];

/** Keys that encoders alone have. */
export const OF_ENCODERS: readonly string[] = ["data.masked", "model.from"];

/** Keys that decoders alone have. */
export const OF_DECODERS: readonly string[] = ["data.tokens"];

/** Keys that models of very many labels alone have. */
export const OF_RANKERS: readonly string[] = [
  ...[
    "test",
    "testShare",
    "propensities",
    "text",
    "labelSeparator",
    "fieldSeparator",
    "pieces",
    "labelText",
    "cache",
  ]
    .map(
      (name) => `data.${name}`,
    ),
  "train.propensityWeights",
];

/** Keys that say how tables are read, those of very many labels too. */
export const OF_TABLES: readonly string[] = ["data.target", "data.header"];

/** Keys that an auxiliary objective alone has. */
export const OF_AUXILIARY: readonly string[] = ["train.auxiliaryShare", "train.auxiliaryEpochs"];

/** Keys that an intermediate layer alone has. */
export const OF_INTERMEDIATE: readonly string[] = ["model.intermediateActivation"];

/** Keys that rows that vote alone have. */
export const OF_NEIGHBOURS: readonly string[] = ["model.neighbourWeight"];

/** Keys that words with vectors of others alone have. */
export const OF_VECTORS: readonly string[] = ["model.frozenVectors"];

/** Keys that a model of very many labels alone has that reads texts by a BERT. */
export const OF_BERT: readonly string[] = [
  ...["size", "layers", "heads", "pooling", "from"].map((name) => `model.${name}`),
  "pattern.layers",
];

/** Options of a model of very many labels that are only had behind an encoder. */
export const BEHIND_ENCODER = [
  "width",
  "activation",
  "vectors",
  "intermediate",
  "auxiliary",
  "dropout",
  "denseLabels",
] as const;

/** Keys that say how data are read which are no texts. */
export const OF_FEATURES: readonly string[] = [
  ...["target", "task", "header", "normalize", "augment", "mixup", "cropPadding", "labels"],
].map((name) => `data.${name}`);

/** Other keys that say nothing of a model of very many labels. */
export const NOT_OF_RANKERS: readonly string[] = [
  ...["pattern.distribution", "train.classWeights"],
  ...Object.keys(TASK_OPTIONS).filter((name) => name !== "positiveWeight")
    .map((name) => `train.${name}`),
];

/** Keys that say what a new encoder is. */
export const OF_SIZE: readonly string[] = ["size", "layers", "width", "heads"].map((name) =>
  `model.${name}`
);

/** Other keys that a fine-tuning has no use for: those of the encoder are what they were. */
export const OF_NEW_ENCODERS: readonly string[] = ["model.init", "model.dropout"];
