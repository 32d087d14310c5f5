/**
 * The configuration of a training: options as data, from which come the configuration file, the flags, `--set`, the
 * environment, the metadata of checkpoints, the JSON Schema and the reference in the documentation. Those of methods, models
 * and optimizers are their definitions'.
 *
 * An option's `flag` is its short name on the command line; every option can also be set as `--set key=value`.
 *
 * @module
 */
import { LEARNING_MANY_LABELS, MANY_LABELS } from "./many_labels.ts";
import type { FilledOf, Options, Values, ValuesOf } from "../../definitions/option.ts";
import type { SCHEDULE_OPTIONS } from "../../methods/schedule.ts";
import { WIDEST } from "../../models/definition.ts";
import { TASKS } from "../../tasks/mod.ts";
import {
  CHOICE_OPTIONS,
  DATA_SETS,
  LOSSES,
  METHODS,
  MODELS,
  NO_METHOD,
  OPTIMIZERS,
  RANKERS,
  TASK_OPTIONS,
  TEXT_MODELS,
} from "./choices.ts";
import { DEVICE } from "./device.ts";
import { PATTERN } from "./pattern.ts";

/** Most features of a layer, channels of a stage, examples of a batch: beyond it no device holds what they take. */
export const LARGEST = WIDEST;

const RUN = {
  name: {
    type: "text",
    matches: /^[\w.-]+$/,
    default: "train",
    description: "Name of the run; part of its folder's name",
    flag: "--name",
    accepts: "letters, digits, ., _ and -",
  },
  seed: {
    type: "integer",
    least: 0,
    default: 0,
    description: "Seed of everything random",
    flag: "--seed",
  },
  out: {
    type: "text",
    description: "Folder of the run; by default `runs/<time>-<name>`",
    flag: "--out",
  },
} as const satisfies Options;

const DATA = {
  name: {
    type: "text",
    default: "mnist",
    description: `${
      DATA_SETS.map(({ name }) => `\`${name}\``).join(", ")
    }, a \`.csv\` file, or a folder of \`.csv\`, \`.npy\` or IDX files or the binary files of CIFAR`,
    flag: "--data",
  },
  ...MANY_LABELS,
  target: {
    type: "list",
    of: { type: "text" },
    least: 1,
    description:
      "Columns of a table that are to be learnt, by name or by number from 1, with commas; the last one by default",
    flag: "--target",
  },
  task: {
    type: "choice",
    choices: TASKS.map(({ name }) => name),
    description:
      "What is learnt: a `class`, numbers (`regression`) or which of several labels apply (`multi-label`); by default what the targets look like",
    flag: "--task",
  },
  header: {
    type: "boolean",
    description: "Whether the first line of a table names its columns; by default if it looks so",
    flag: "--no-header",
    flagDescription:
      "The first line of a table is an example; by default it names the columns if it looks so",
  },
  normalize: {
    type: "choice",
    choices: ["none", "all", "channel", "feature"],
    description:
      "Mean 0 and deviation 1 of all features together, of each channel of pictures, or of each feature; `feature` for tables, `channel` for CIFAR, else `none` by default",
    flag: "--normalize",
  },
  validation: {
    type: "text",
    numbers: true,
    description:
      "Examples that choose the best checkpoint: a share of the training examples such as 0.1, or another data set; none by default",
    flag: "--validation",
  },
  augment: {
    type: "list",
    of: { type: "choice", choices: ["crop", "flip"] },
    default: [],
    description: "How training pictures are changed: `crop`, `flip` or both, with commas",
    flag: "--augment",
  },
  mixup: {
    type: "number",
    above: 0,
    description:
      "Mixes every training example of classes with another one, with shares of Beta(mixup, mixup), such as 0.2; not by default",
    flag: "--mixup",
  },
  cropPadding: {
    type: "integer",
    least: 1,
    description: "Black pixels around the picture that is cropped; 4 by default",
    flag: "--crop-padding",
  },
  labels: {
    type: "choice",
    choices: ["fine", "coarse"],
    description: "Labels of CIFAR-100: `fine` (100 classes, the default) or `coarse` (20)",
    flag: "--labels",
  },
  positions: {
    type: "integer",
    least: 1,
    description: "Most tokens of a text that a model reads at once, 5 at least; 128 by default",
    flag: "--positions",
  },
  tokens: {
    type: "choice",
    choices: ["characters", "pieces"],
    description:
      "What a decoder reads: `characters` of a text file, or `pieces` of words of a prepared corpus; by default what the data are",
    flag: "--token-kind",
  },
  masked: {
    type: "number",
    above: 0,
    below: 1,
    description: "Share of the pieces that are masked to pre-train; 0.15 by default",
    flag: "--masked",
  },
  epochExamples: {
    type: "integer",
    least: 1,
    description:
      "Examples of an epoch of a pre-training, others in each; by default as many as the corpus has",
    flag: "--epoch-examples",
  },
  testExamples: {
    type: "integer",
    least: 1,
    description:
      "Held-out examples that a pre-training is tested with, from all over the corpus; all by default",
    flag: "--test-examples",
  },
} as const satisfies Options;

const MODEL = {
  name: {
    type: "choice",
    choices: [...MODELS, ...TEXT_MODELS, ...RANKERS].map(({ name }) => name),
    default: "mlp",
    description: `The network: ${described([...MODELS, ...TEXT_MODELS, ...RANKERS])}`,
    flag: "--model",
  },
  ...CHOICE_OPTIONS.model,
  init: {
    type: "choice",
    choices: ["he", "truncated-normal"],
    description:
      "What weights begin with: normal numbers by their fan-in (`he`, the default), or ones of deviation 0.02 cut off at two deviations (`truncated-normal`, the default of a vit and of models of text)",
    flag: "--init",
  },
  from: {
    type: "text",
    description:
      "What fine-tuning begins with, or the encoder `bert` of an extreme classifier: a run, a checkpoint, or a folder with `model.safetensors`",
    flag: "--from",
  },
} satisfies Options;

const METHOD = {
  name: {
    type: "choice",
    choices: [...METHODS.map(({ name }) => name), NO_METHOD],
    default: "srigl",
    description: "How patterns change",
    flag: "--method",
  },
  ...CHOICE_OPTIONS.method,
} satisfies Options;

/** Options of the optimizer, whichever it is. */
export const OPTIMIZER = {
  name: {
    type: "choice",
    choices: OPTIMIZERS.map(({ name }) => name),
    default: "adamw",
    description: "How weights change",
    flag: "--optimizer",
  },
  learningRate: {
    type: "number",
    above: 0,
    description: `Highest learning rate; by default ${
      OPTIMIZERS.map(({ name, learningRate }) => `${learningRate} (${name})`).join(" or ")
    } for a dense network, more for a sparse one`,
    flag: "--lr",
  },
  schedule: {
    type: "choice",
    choices: ["cosine", "constant", "linear", "step"],
    default: "cosine",
    description: "How the learning rate falls",
    flag: "--schedule",
  },
  warmup: {
    type: "integer",
    least: 0,
    description:
      "Steps over which the learning rate rises at first; 100 by default, or a twentieth of a run of less than 2000",
    flag: "--warmup",
  },
  weightDecay: {
    type: "number",
    least: 0,
    description: "Decay of the weights (not of biases and norms); 0 by default",
    flag: "--weight-decay",
  },
  decayAll: {
    type: "boolean",
    default: false,
    description: "Whether biases and norms decay as the weights do",
    flag: "--decay-all",
  },
  groupLasso: {
    type: "number",
    least: 0,
    description:
      "How strongly whole blocks, or other units of sparse layers, are drawn towards 0; not at all by default",
    flag: "--group-lasso",
  },
  clipNorm: {
    type: "number",
    above: 0,
    description: "Largest global norm of the gradient; unlimited by default",
    flag: "--clip-norm",
  },
  groups: {
    type: "list",
    of: { type: "text" },
    default: [],
    description:
      "Parameters with a `learningRate`, `schedule`, `weightDecay`, `decayAll` or options of the optimizer, such as `epsilon`, of their own: a path (`*` for a part of one, `**` for any) and what they have, such as `head learningRate=0.01`, with commas",
    flag: "--groups",
  },
} as const satisfies Options;

const TRAIN = {
  epochs: {
    type: "integer",
    least: 1,
    default: 5,
    description: "Passes over the data",
    flag: "--epochs",
  },
  batch: {
    type: "integer",
    least: 1,
    most: LARGEST,
    default: 128,
    description: "Examples in a batch",
    flag: "--batch",
  },
  accumulate: {
    type: "integer",
    least: 1,
    default: 1,
    description:
      "Batches in a step: their gradients are summed by their examples, as if the batch were that much larger; a mean by weights, of masked words or of classes, is that of each batch",
    flag: "--accumulate",
  },
  loss: {
    type: "choice",
    choices: LOSSES,
    description: `What is lowered; by default ${
      TASKS.map(({ losses: [usual], examples }) =>
        `\`${usual}\` for ${examples.replace("have ", "")}`
      ).join(", ")
    }`,
    flag: "--loss",
  },
  ...TASK_OPTIONS,
  classWeights: {
    type: "list",
    of: { type: "text", numbers: true },
    least: 1,
    description:
      "Weight of each class in the loss, with commas, or `balanced`: every class then weighs the same in all",
    flag: "--class-weights",
  },
  ...LEARNING_MANY_LABELS,
  checkpointEvery: {
    type: "integer",
    least: 1,
    description: "Steps between checkpoints; one every epoch by default",
    flag: "--checkpoint-every",
  },
  patience: {
    type: "integer",
    least: 1,
    description:
      "Epochs without a better result on the validation examples after which a run stops; it never does by default",
    flag: "--patience",
  },
  keep: {
    type: "integer",
    least: 1,
    default: 3,
    description: "Checkpoints that are kept beside the best one",
    flag: "--keep",
  },
} as const satisfies Options;

/** The options of each section, in order. */
export const SECTIONS: Readonly<Record<keyof Config, Options>> = {
  run: RUN,
  data: DATA,
  model: MODEL,
  pattern: PATTERN,
  method: METHOD,
  optimizer: { ...OPTIMIZER, ...CHOICE_OPTIONS.optimizer },
  train: TRAIN,
  device: DEVICE,
};

/** The name of what was chosen, and options, of which the definitions know the types. */
type Choice = Values & { readonly name: string };

/** A configuration, defaults filled in. */
export interface Config {
  /** The run. */
  readonly run: FilledOf<typeof RUN>;
  /** Its examples. */
  readonly data: FilledOf<typeof DATA>;
  /** The network. */
  readonly model: Choice;
  /** Patterns of its layers. */
  readonly pattern: FilledOf<typeof PATTERN>;
  /** How they change: a method, whose schedule all that change patterns have. */
  readonly method: Choice & ValuesOf<typeof SCHEDULE_OPTIONS>;
  /** How weights change. */
  readonly optimizer: Choice & FilledOf<typeof OPTIMIZER>;
  /** Steps, what is lowered, and checkpoints. */
  readonly train: Values & FilledOf<typeof TRAIN>;
  /** Where it trains. */
  readonly device: FilledOf<typeof DEVICE>;
}

/** Definitions in a sentence: "`mlp`, ..., or `convnet`, a small ...". */
function described(
  definitions: readonly { readonly name: string; readonly description: string }[],
): string {
  const each = definitions.map(({ name, description: [first, ...rest] }) =>
    `\`${name}\`, ${first.toLowerCase()}${rest.join("")}`
  );
  return [each.slice(0, -1).join("; "), each.at(-1)].filter((text) => text !== "").join("; or ");
}
