/**
 * Models out of checkpoints, without the program that made them.
 *
 * @module
 */
import type { SourcePreparation } from "../data/preparation.ts";
import type { LayerDefinition } from "../nn/definition.ts";
import { linearLayer } from "../nn/linear.ts";
import type { AnyModule, Module } from "../nn/module.ts";
import { reluLayer } from "../nn/relu.ts";
import { sequentialLayer } from "../nn/sequential.ts";
import { filesFor, isMissing } from "../runtime/files.ts";
import type { Device } from "../program/device.ts";
import { buildModel, type Kinds } from "./build_model.ts";
import { type Checkpoint, readCheckpoint, restoreCheckpoint } from "./checkpoint.ts";
import { modelIn, preparationIn, type StoredModule } from "./description.ts";

/**
 * A model that was read.
 *
 * @typeParam M What it is: a module of one tensor, unless another one was asked for.
 */
export interface LoadedModel<M extends AnyModule = Module> {
  /** With its parameters and patterns on the device. */
  readonly model: M;
  /** How examples are prepared for it: what `prepareLike` takes. Undefined where the checkpoint does not say. */
  readonly preparation: SourcePreparation | undefined;
  /** What it was read from. */
  readonly checkpoint: Checkpoint;
}

/** Options of {@linkcode loadModel}. */
export interface LoadOptions {
  /** Kinds of layers of the program's own; those of `nn` are known. */
  readonly layers?: readonly LayerDefinition[];
}

/** Options of {@linkcode loadModel} for a model that takes or gives a record of tensors. */
export interface LoadAsOptions<M extends AnyModule> extends LoadOptions {
  /** What the model has to be, such as `bertLayer`. */
  readonly as: LayerDefinition<M>;
}

/**
 * Reads a model that was trained: the layers, their parameters and patterns, and how examples are prepared for it. The
 * checkpoint alone is needed, not the program or the data that made it.
 *
 * @param source The folder of a run, whose newest checkpoint is meant, or a checkpoint: the file, its bytes, or one that was
 * read already.
 * @param device Where the model shall be.
 * @throws {CheckpointError} if the file is damaged, or does not say what its model does: because a module of its own has no
 * definition, or one that is not given. Such a model is made by the program that knows it, and takes its parameters by
 * `Trainer.load`.
 * @example
 * ```ts
 * import { adamw, createDevice, mlp, prepareLike, Trainer } from "@filigree/filigree";
 * import { loadModel } from "@filigree/filigree/runs";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * const optimizer = adamw({ learningRate: 1e-3 });
 * {
 *   const model = mlp({ sizes: [8, 16, 2], sparsity: 0.5 });
 *   using trainer = new Trainer({ device, model, optimizer });
 *   await trainer.save(path);
 * }
 * const { model } = await loadModel(path, device);
 * console.assert(model.weights.length === 2);
 * await Deno.remove(path);
 * ```
 */
export async function loadModel(
  source: string | Uint8Array | Checkpoint,
  device: Device,
  options?: LoadOptions,
): Promise<LoadedModel>;
/** The same for a model that takes or gives a record of tensors: it has to be what `as` makes. */
export async function loadModel<M extends AnyModule>(
  source: string | Uint8Array | Checkpoint,
  device: Device,
  options: LoadAsOptions<M>,
): Promise<LoadedModel<M>>;
export async function loadModel(
  source: string | Uint8Array | Checkpoint,
  device: Device,
  options: LoadOptions | LoadAsOptions<AnyModule> = {},
): Promise<LoadedModel<AnyModule>> {
  const checkpoint = await checkpointAt(source);
  const kinds = await kindsFor(checkpoint, options.layers ?? []);
  const { model, paths } = "as" in options
    ? buildModel(checkpoint, kinds, options.as)
    : buildModel(checkpoint, kinds);
  await restoreCheckpoint(checkpoint, { device, model, paths }, { weightsOnly: true });
  return { model, preparation: preparationIn(checkpoint), checkpoint };
}

/** What {@linkcode loadModel} is to read. */
async function checkpointAt(source: string | Uint8Array | Checkpoint): Promise<Checkpoint> {
  if (source instanceof Uint8Array) return await readCheckpoint(source);
  if (typeof source !== "string") return source;
  if (!(await isFolder(source))) return await readCheckpoint(source);
  // What knows the folders of runs is fetched where there is one.
  const { readNewest } = await import("./checkpoints.ts");
  return await readNewest(source);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await filesFor(`load a model of "${path}"`, "the bytes of a checkpoint").stat(path))
      .isDirectory();
  } catch (error) {
    // Whoever reads it says so.
    if (isMissing(error)) return false;
    throw error;
  }
}

/** The layers of a multi-layer perceptron. */
const USUAL: readonly LayerDefinition[] = [linearLayer, reluLayer, sequentialLayer];

/** The kinds that the model of a checkpoint needs, those of a program's own first; what no perceptron needs is fetched where one is asked for. */
async function kindsFor(checkpoint: Checkpoint, own: readonly LayerDefinition[]): Promise<Kinds> {
  const near = [...own, ...USUAL];
  const isNear = ({ kind, children }: StoredModule): boolean =>
    near.some((definition) => definition.kind === kind) && Object.values(children).every(isNear);
  const stored = modelIn(checkpoint);
  if (stored === undefined || isNear(stored)) return { layers: near, records: [] };
  const { KINDS } = await import("../models/kinds.ts");
  return { ...KINDS, layers: [...own, ...KINDS.layers] };
}
