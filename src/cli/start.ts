/**
 * What a fine-tuning begins with: the encoder of a run or a checkpoint, or of a folder of Hugging Face.
 *
 * @module
 */
import { Tokenizer } from "../data/tokens/tokenizer.ts";
import { Vocabulary } from "../data/tokens/vocabulary.ts";
import {
  type Bert,
  bert as makeBert,
  type BertClassifier,
  bertClassifierLayer,
  bertLayer,
} from "../models/bert.ts";
import type { TrainedSizes } from "../models/definition.ts";
import { type AnyModule, treeOfModel } from "../nn/module.ts";
import type { Device } from "../program/device.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { modelIn, preparationIn } from "../train/description.ts";
import { CheckpointError } from "../train/errors.ts";
import { exists } from "../runtime/atomic_files.ts";
import { bertIn } from "../train/huggingface/bert.ts";
import type { BertConfig } from "../train/huggingface/config.ts";
import { loadArrays } from "../train/huggingface/load.ts";
import { readBert } from "../train/huggingface/read.ts";
import { readBertTokenizer } from "../train/huggingface/tokenizer.ts";
import { modelOf } from "../train/model_of.ts";
import { denseOf } from "../train/rows.ts";
import type { NamedTensor } from "../train/safetensors.ts";
import type { Trainer } from "../train/trainer.ts";
import type { Config } from "./config/schema.ts";
import { requirePath } from "./data_sets/definition.ts";
import { readSaved } from "./runs.ts";
import { networkWith } from "./settings.ts";

/** Beginnings of the names of parameters that belong to heads. */
const HEADS = ["masked.", "next.", "classifier."];

/** What the parameters of the new head begin with. */
const NEW = "classifier.";

/** An encoder that was trained. */
export interface Start {
  /** The whole model; takes no memory. */
  readonly model: Bert | BertClassifier;
  /** What it is, in a few words. */
  readonly network: string;
  /** Most positions that it reads. */
  readonly positions: number;
  /** How it reads texts. */
  readonly tokenizer: Tokenizer;
  /** Puts what was trained into a model with the same encoder. */
  begin(device: Device, trainer: Trainer, model: AnyModule): Promise<void>;
}

/**
 * Opens what `model.from` names.
 *
 * @throws {ValidationError} if there is nothing.
 * @throws {CheckpointError} if it is no encoder of text.
 */
export async function openStart(config: Config): Promise<Start> {
  const { from = "" } = config.model;
  const path = String(from);
  return await isForeign(path) ? await foreignStart(path, config) : await ownStart(path);
}

/**
 * Whether a path is that of a folder of Hugging Face.
 *
 * @throws {ValidationError} if there is nothing: names of a hub are none of files.
 */
export async function isForeign(path: string): Promise<boolean> {
  await requirePath(
    path,
    `Cannot begin with "${path}": there is no such file or folder; expected a run of pretrain, a checkpoint, or a folder ` +
      "with config.json and model.safetensors that was downloaded from Hugging Face (nothing is fetched by its name).",
  );
  return await exists(`${path}/config.json`) && await exists(`${path}/model.safetensors`);
}

/** The encoder of a run or a checkpoint of ours. */
async function ownStart(path: string): Promise<Start> {
  const { checkpoint } = await readSaved(path);
  const model = encoderIn(checkpoint);
  return {
    model,
    network: `the encoder of ${path}`,
    positions: positionsOf(model),
    tokenizer: tokenizerIn(checkpoint),
    async begin(_, trainer) {
      await trainer.load(checkpoint, { except: [NEW], leave: HEADS });
    },
  };
}

/** The model of a checkpoint that has an encoder. */
function encoderIn(checkpoint: Checkpoint): Bert | BertClassifier {
  const kind = modelIn(checkpoint)?.kind;
  if (kind === bertLayer.kind) return modelOf(checkpoint, bertLayer).model;
  if (kind === bertClassifierLayer.kind) return modelOf(checkpoint, bertClassifierLayer).model;
  throw new CheckpointError(
    checkpoint.path,
    `its model is a ${
      kind ?? "model of an older version"
    }; expected an encoder that was pre-trained`,
  );
}

function positionsOf(model: AnyModule): number {
  const [, positions] =
    [...treeOfModel(model).weights].find(({ label }) => label === "embeddings.positions.weight")
      ?.shape ?? [0, 0];
  return positions;
}

function tokenizerIn(checkpoint: Checkpoint): Tokenizer {
  const preparation = preparationIn(checkpoint) ?? { kind: "none" };
  const { pieces, lowerCase, stripAccents } = "kind" in preparation
    ? preparation
    : { pieces: undefined, lowerCase: undefined, stripAccents: undefined };
  if (!Array.isArray(pieces)) {
    throw new CheckpointError(
      checkpoint.path,
      "it does not say how its texts were read; expected one of a pre-training or a fine-tuning",
    );
  }
  return new Tokenizer(new Vocabulary(pieces.map(String)), {
    lowerCase: lowerCase !== false,
    stripAccents: stripAccents !== false,
  });
}

/** A dense encoder on the host. */
export interface TrainedEncoder {
  /** What it is. */
  readonly sizes: TrainedSizes;
  /** Its parameters, and perhaps those of heads, by the ways to them. */
  readonly arrays: ReadonlyMap<string, NamedTensor>;
  /** How it reads texts. */
  readonly tokenizer: Tokenizer;
}

/**
 * Reads the encoder of a run, of a checkpoint or of a folder of Hugging Face; what is sparse gets zeros.
 *
 * @throws {ValidationError} if there is nothing.
 * @throws {CheckpointError} if it is no encoder of text.
 */
export async function readEncoder(path: string): Promise<TrainedEncoder> {
  const read = await isForeign(path) ? await readForeign(path) : await readOwn(path);
  const { sizes: { vocabulary }, tokenizer } = read;
  if (tokenizer.vocabulary.size <= vocabulary) return read;
  throw new CheckpointError(
    path,
    `its tokenizer has ${tokenizer.vocabulary.size} pieces, and its table ${vocabulary} rows; expected a row for each`,
  );
}

/** The encoder of a run or a checkpoint of ours. */
async function readOwn(path: string): Promise<TrainedEncoder> {
  const { checkpoint } = await readSaved(path);
  encoderIn(checkpoint);
  const { config, parameters: { weights, vectors } } = bertIn(checkpoint);
  const arrays = new Map<string, NamedTensor>();
  for (const [name, rows] of weights) {
    arrays.set(name, { name, shape: [rows.begin.length - 1, rows.inputs], data: denseOf(rows) });
  }
  for (const [name, vector] of vectors) {
    arrays.set(name, { name, shape: [vector.length], data: Float32Array.from(vector) });
  }
  return { sizes: sizesIn(config), arrays, tokenizer: tokenizerIn(checkpoint) };
}

/** The encoder of a folder of Hugging Face. */
async function readForeign(path: string): Promise<TrainedEncoder> {
  const { config: sizes, arrays } = await readBert(path);
  if (sizes === undefined || sizes.gelu !== "erf" || sizes.segments !== 2) {
    throw new CheckpointError(
      `${path}/config.json`,
      "it is a BERT of another form; expected GELU by the error function, and two kinds of segments",
    );
  }
  return { sizes: sizesIn(sizes), arrays, tokenizer: await readBertTokenizer(path) };
}

function sizesIn(
  { vocabulary, positions, epsilon, layers, features, heads, intermediate }: BertConfig,
): TrainedSizes {
  return { vocabulary, positions, epsilon, layers, features, heads, intermediate };
}

/** The encoder of a folder of Hugging Face; its matrices become sparse by magnitude where that is asked for. */
async function foreignStart(path: string, config: Config): Promise<Start> {
  const { sizes, arrays, tokenizer } = await readForeign(path);
  const { vocabulary, positions, epsilon, ...size } = sizes;
  const { model } = networkWith(config, ({ distribution: _, ...sparseness }) => ({
    model: makeBert({ size, vocabulary, positions, epsilon, ...sparseness }),
  }));
  return {
    model,
    network: `the encoder of ${path}`,
    ...{ positions, tokenizer },
    async begin(device, _, model) {
      await loadArrays({ device, model, arrays, except: [NEW], seed: config.run.seed });
    },
  };
}
