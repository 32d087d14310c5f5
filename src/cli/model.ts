/**
 * A trained model as the verbs use it: out of its checkpoint alone, whatever has become of the data that it was trained with.
 *
 * @module
 */
import { ofFeatures, type SourcePreparation, type TargetKind } from "../data/preparation.ts";
import { isOfRanking } from "../data/labels/source.ts";
import { isOfWindows } from "../data/tokens/token_windows.ts";
import { preparationFor } from "../data/training_data.ts";
import { bertClassifierLayer, bertLayer } from "../models/bert.ts";
import { gptLayer } from "../models/gpt.ts";
import type { Module } from "../nn/module.ts";
import { createDevice } from "../ops/device.ts";
import type { Device, DeviceOptions } from "../program/device.ts";
import { nextToken } from "../tasks/next_token.ts";
import { pretraining } from "../tasks/pretraining.ts";
import { ofSentences } from "../tasks/sentences.ts";
import { restoreCheckpoint } from "../train/checkpoint.ts";
import { describesModel, modelIn, preparationIn } from "../train/description.ts";
import { loadModel } from "../train/load.ts";
import { CheckpointError } from "../train/errors.ts";
import type { Flags } from "./config/flags.ts";
import { resolveConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { type Command, EnumType, ValidationError } from "./deps.ts";
import { openData, tested } from "./data.ts";
import { deviceOptionsOf } from "./device_options.ts";
import { type Learning, learning } from "./learning.ts";
import type { Output } from "./output.ts";
import type { OwnData } from "./own_test.ts";
import type { SavedModel } from "./runs.ts";
import { settingsOf } from "./settings.ts";
import { classWeightsIn, taskOf } from "./task.ts";

/** A trained model on a device. Dispose of it to close the device. */
export interface OpenModel extends Disposable {
  /** The model with its parameters, and what it has learnt. */
  readonly learning: Learning;
  /** How its examples are prepared. */
  readonly preparation: SourcePreparation;
  /** Where it is. */
  readonly device: Device;
}

/** Adds the flag for the device of a verb that uses a trained model; the machine may be another one than that of the run. */
export function addDeviceFlag(command: Command): void {
  command
    .type("backend", new EnumType(["auto", "webgpu", "wasm"]))
    .option("--device <name:backend>", "Where to compute; where the run did by default.");
}

/**
 * Puts a model on a device.
 *
 * @throws {CheckpointError} if the checkpoint does not say what its model does or reads, and has no configuration that does.
 * @throws {ValidationError} if its configuration asks for what does not apply to what it has learnt.
 */
export async function openModel(
  saved: SavedModel,
  flags: Flags,
  output: Output,
): Promise<OpenModel> {
  const { checkpoint, config } = saved;
  output.detail(`checkpoint ${checkpoint.path}`);
  const preparation = preparationIn(checkpoint) ?? await preparationByData(saved);
  const device = await createDevice(deviceOptions(config, flags.device));
  try {
    output.device(device);
    const learnt = await learningOn(device, saved, preparation);
    return { learning: learnt, preparation, device, [Symbol.dispose]: () => device.close() };
  } catch (error) {
    device.close();
    throw error;
  }
}

/** The model of a checkpoint with what it has learnt. */
async function learningOn(
  device: Device,
  saved: SavedModel,
  preparation: SourcePreparation,
): Promise<Learning> {
  const { checkpoint } = saved;
  const kind = modelIn(checkpoint)?.kind;
  if (kind === bertLayer.kind) {
    const { model } = await loadModel(checkpoint, device, { as: bertLayer });
    return learning({ model, task: pretraining() });
  }
  if (kind === gptLayer.kind) {
    const { model } = await loadModel(checkpoint, device, { as: gptLayer });
    return learning({ model, task: nextToken() });
  }
  const target = targetIn(saved, preparation);
  const config = saved.config ?? resolveConfig([]);
  const { task } = taskOf(config, target, classWeightsIn(checkpoint));
  if (kind === bertClassifierLayer.kind) {
    const { model } = await loadModel(checkpoint, device, { as: bertClassifierLayer });
    return learning({ model, task: ofSentences(task) });
  }
  return learning({ model: await modelOn(device, saved, preparation), task });
}

/**
 * What a model has learnt.
 *
 * @throws {CheckpointError} if its checkpoint does not say it.
 */
export function targetIn(
  { checkpoint: { path } }: Pick<SavedModel, "checkpoint">,
  preparation: SourcePreparation,
): TargetKind {
  if (preparation.target !== undefined) return preparation.target;
  if ("kind" in preparation && preparation.kind === "pretraining") {
    throw new CheckpointError(
      path,
      "it is of a pre-training, which learns no classes; expected one of `filigree finetune`, which makes a classifier of it",
    );
  }
  if (isOfRanking(preparation)) {
    throw new CheckpointError(
      path,
      "it ranks very many labels; `filigree xmc eval` tests it, and `filigree xmc predict` asks it",
    );
  }
  if (isOfWindows(preparation)) {
    throw new CheckpointError(
      path,
      "it is of a decoder, which learns no classes; expected a model of classes, labels or numbers. `filigree generate` goes " +
        "on with texts by it",
    );
  }
  throw new CheckpointError(
    path,
    "it does not say what its model has learnt; expected classes, labels or numbers",
  );
}

/** The model of a checkpoint. One of a version whose checkpoints do not say what it does is made anew of the configuration. */
async function modelOn(
  device: Device,
  { checkpoint, config }: SavedModel,
  preparation: SourcePreparation,
): Promise<Module> {
  if (config === undefined || describesModel(checkpoint)) {
    return (await loadModel(checkpoint, device)).model;
  }
  const { model } = settingsOf(config, ofFeatures(preparation));
  await restoreCheckpoint(checkpoint, { device, model }, { weightsOnly: true });
  return model;
}

/** What was done to the features of a run of a version whose checkpoints do not say it: its own data do. */
export async function preparationByData(
  { checkpoint: { path }, config }: SavedModel,
): Promise<SourcePreparation> {
  if (config === undefined) {
    throw new CheckpointError(
      path,
      "it does not say how examples are prepared; expected one of a Trainer that has trained",
    );
  }
  console.error(
    `"${path}" does not say how examples are prepared: it is of an older version. ` +
      `Reading the data set "${config.data.name}" of its run for that.`,
  );
  return preparationFor((await openOwnData(config)).train);
}

/**
 * The data set of a run.
 *
 * @throws {ValidationError} if it is not there.
 */
export async function openOwnData(
  { run: { seed }, data }: Config,
): Promise<OwnData> {
  const { name } = data;
  try {
    const own = await openData(name, data);
    return { ...tested(own, seed), aside: own.test === undefined };
  } catch (cause) {
    if (!(cause instanceof ValidationError)) throw cause;
    throw new ValidationError(
      `Cannot open the data set "${name}" of the run: ${cause.message} ` +
        "A relative path counts from the folder of this command; eval takes another data set with --data.",
      { cause },
    );
  }
}

/** Where a run's model is to be, unless a flag says otherwise. */
export function deviceOptions(config: Config | undefined, asked: unknown): DeviceOptions {
  const options = deviceOptionsOf(config ?? resolveConfig([]));
  const isNamed = asked === "webgpu" || asked === "wasm" || asked === "auto";
  return isNamed ? { ...options, prefer: asked } : options;
}
