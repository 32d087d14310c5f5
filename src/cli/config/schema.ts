/**
 * The configuration of a training: one schema from which come the configuration file, the flags, `--set`, the environment,
 * the metadata of checkpoints, the JSON Schema and the reference in the documentation.
 *
 * A leaf's `flag` is its short name on the command line; every leaf can also be set as `--set key=value`.
 *
 * @module
 */
import { z } from "../deps.ts";
import { PATTERN_NAMES } from "../patterns.ts";

/** Names of `method.name`. */
export const METHODS = ["srigl", "rigl", "set", "static", "dense"] as const;

/** Names of `train.loss`. */
export const LOSSES = ["cross-entropy", "mse", "mae", "bce"] as const;

/** A name of `train.loss`. */
export type LossName = typeof LOSSES[number];

const whole = z.int().min(1);

/** Most features of a layer, channels of a stage, examples of a batch: beyond it no device holds what they take. */
export const LARGEST = 2 ** 24;

const size = whole.max(LARGEST);
const share = z.number().min(0).max(1);

const run = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/).default("train").meta({
    description: "Name of the run; part of its folder's name",
    flag: "--name",
    accepts: "letters, digits, ., _ and -",
  }),
  seed: z.int().min(0).default(0).meta({
    description: "Seed of everything random",
    flag: "--seed",
  }),
  out: z.string().min(1).optional().meta({
    description: "Folder of the run; by default `runs/<time>-<name>`",
    flag: "--out",
  }),
});

const data = z.strictObject({
  name: z.string().min(1).default("mnist").meta({
    description:
      "`mnist`, `fashion`, a `.csv` file, or a folder of `.csv`, `.npy` or IDX files or the binary files of CIFAR",
    flag: "--data",
  }),
  target: z.array(z.string().min(1)).min(1).optional().meta({
    description:
      "Columns of a table that are to be learnt, by name or by number from 1, with commas; the last one by default",
    flag: "--target",
  }),
  task: z.enum(["class", "regression", "multi-label"]).optional().meta({
    description:
      "What is learnt: a `class`, numbers (`regression`) or which of several labels apply (`multi-label`); by default what the targets look like",
    flag: "--task",
  }),
  header: z.boolean().optional().meta({
    description: "Whether the first line of a table names its columns; by default if it looks so",
    flag: "--no-header",
    flagDescription:
      "The first line of a table is an example; by default it names the columns if it looks so",
  }),
  normalize: z.enum(["none", "all", "channel", "feature"]).optional().meta({
    description:
      "Mean 0 and deviation 1 of all features together, of each channel of pictures, or of each feature; `feature` for tables, `channel` for CIFAR, else `none` by default",
    flag: "--normalize",
  }),
  validation: z.coerce.string().min(1).optional().meta({
    description:
      "Examples that choose the best checkpoint: a share of the training examples such as 0.1, or another data set; none by default",
    flag: "--validation",
  }),
  augment: z.array(z.enum(["crop", "flip"])).default([]).meta({
    description: "How training pictures are changed: `crop`, `flip` or both, with commas",
    flag: "--augment",
  }),
  cropPadding: whole.optional().meta({
    description: "Black pixels around the picture that is cropped; 4 by default",
    flag: "--crop-padding",
  }),
  labels: z.enum(["fine", "coarse"]).optional().meta({
    description: "Labels of CIFAR-100: `fine` (100 classes, the default) or `coarse` (20)",
    flag: "--labels",
  }),
});

const model = z.strictObject({
  name: z.enum(["mlp", "convnet"]).default("mlp").meta({
    description: "The network: `mlp`, or `convnet`, a small residual network for images",
    flag: "--model",
  }),
  hidden: z.array(size).min(1).optional().meta({
    description: "Sizes of the hidden layers of an mlp, with commas; 512,512 by default",
    flag: "--hidden",
  }),
  widths: z.array(size).min(1).optional().meta({
    description: "Channels of each stage of a convnet, with commas; 16,32,64 by default",
    flag: "--widths",
  }),
  blocks: whole.optional().meta({
    description: "Residual blocks of each stage of a convnet; 1 by default",
    flag: "--blocks",
  }),
  stride: whole.optional().meta({
    description: "Pixels between the windows of the first convolution of a convnet; 1 by default",
    flag: "--stride",
  }),
});

const pattern = z.strictObject({
  name: z.string().min(1).default("fan-in").meta({
    description: `Pattern of sparse layers: ${PATTERN_NAMES}`,
    flag: "--pattern",
  }),
  sparsity: z.number().min(0).lt(1).optional().meta({
    description: "Share of absent connections over all layers; 0.95 unless the pattern says it",
    flag: "--sparsity",
  }),
  distribution: z.enum(["uniform", "er", "erk"]).optional().meta({
    description: "How density is spread over the layers; `erk` by default",
    flag: "--distribution",
  }),
});

const method = z.strictObject({
  name: z.enum(METHODS).default("srigl").meta({
    description: "How patterns change",
    flag: "--method",
  }),
  every: whole.optional().meta({
    description: "Steps between rewirings; 100 by default, or a tenth of a run of less than 1000",
    flag: "--every",
  }),
  fraction: share.optional().meta({
    description: "Share of the connections replaced at first; 0.3 by default",
    flag: "--fraction",
  }),
  until: share.optional().meta({
    description: "Share of the training after which patterns stay as they are; 0.75 by default",
    flag: "--until",
  }),
  gammaSal: z.number().min(0).optional().meta({
    description: "Salient share of the fan-in below which SRigL ablates a neuron; 0.3 by default",
    flag: "--gamma-sal",
  }),
  salience: z.enum(["paper", "code", "sparsimony"]).optional().meta({
    description: "What SRigL calls salient; `code` by default",
    flag: "--salience",
  }),
  ablation: z.boolean().optional().meta({
    description: "Whether SRigL may ablate neurons; true by default",
    flag: "--no-ablation",
    flagDescription: "SRigL ablates no neurons; by default it may",
  }),
});

const optimizer = z.strictObject({
  name: z.enum(["adamw", "sgd"]).default("adamw").meta({
    description: "How weights change",
    flag: "--optimizer",
  }),
  learningRate: z.number().gt(0).optional().meta({
    description:
      "Highest learning rate; by default 0.001 (adamw) or 0.05 (sgd) for a dense network, more for a sparse one",
    flag: "--lr",
  }),
  schedule: z.enum(["cosine", "constant", "linear", "step"]).default("cosine").meta({
    description: "How the learning rate falls",
    flag: "--schedule",
  }),
  warmup: z.int().min(0).optional().meta({
    description:
      "Steps over which the learning rate rises at first; 100 by default, or a twentieth of a run of less than 2000",
    flag: "--warmup",
  }),
  weightDecay: z.number().min(0).default(0).meta({
    description: "Decay of the weights (not of biases and norms)",
    flag: "--weight-decay",
  }),
  decayAll: z.boolean().default(false).meta({
    description: "Whether biases and norms decay as the weights do",
    flag: "--decay-all",
  }),
  clipNorm: z.number().gt(0).optional().meta({
    description: "Largest global norm of the gradient; unlimited by default",
    flag: "--clip-norm",
  }),
});

const train = z.strictObject({
  epochs: whole.default(5).meta({ description: "Passes over the data", flag: "--epochs" }),
  batch: size.default(128).meta({ description: "Examples in a batch", flag: "--batch" }),
  accumulate: whole.default(1).meta({
    description:
      "Batches in a step: their gradients are summed, as if the batch were that much larger",
    flag: "--accumulate",
  }),
  loss: z.enum(LOSSES).optional().meta({
    description:
      "What is lowered; by default `cross-entropy` for classes, `mse` for numbers, `bce` for several labels",
    flag: "--loss",
  }),
  labelSmoothing: z.number().min(0).lt(1).default(0).meta({
    description: "Share of the target that says nothing: it is spread over all classes alike",
    flag: "--label-smoothing",
  }),
  classWeights: z.array(z.coerce.string().min(1)).min(1).optional().meta({
    description:
      "Weight of each class in the loss, with commas, or `balanced`: every class then weighs the same in all",
    flag: "--class-weights",
  }),
  positiveWeight: z.number().gt(0).optional().meta({
    description: "Weight of the labels that apply in the loss `bce`; 1 by default",
    flag: "--positive-weight",
  }),
  checkpointEvery: whole.optional().meta({
    description: "Steps between checkpoints; one every epoch by default",
    flag: "--checkpoint-every",
  }),
  patience: whole.optional().meta({
    description:
      "Epochs without a better result on the validation examples after which a run stops; it never does by default",
    flag: "--patience",
  }),
  keep: whole.default(3).meta({
    description: "Checkpoints that are kept beside the best one",
    flag: "--keep",
  }),
});

const device = z.strictObject({
  name: z.enum(["auto", "webgpu", "wasm"]).default("auto").meta({
    description: "Where to train: `auto` is WebGPU on a hardware adapter, else WASM",
    flag: "--device",
  }),
  threads: whole.optional().meta({
    description: "Threads of WASM; by default one per core",
    flag: "--threads",
  }),
});

/** The configuration of a training. */
export const configSchema = z.strictObject({
  run: run.prefault({}),
  data: data.prefault({}),
  model: model.prefault({}),
  pattern: pattern.prefault({}),
  method: method.prefault({}),
  optimizer: optimizer.prefault({}),
  train: train.prefault({}),
  device: device.prefault({}),
});

/** A configuration, defaults filled in. */
export type Config = z.infer<typeof configSchema>;
