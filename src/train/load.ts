/**
 * Models out of checkpoints, without the program that made them.
 *
 * @module
 */
import type { SourcePreparation } from "../data/preparation.ts";
import type { LayerDefinition, LayerParts } from "../nn/definition.ts";
import type { AnyModule, Module } from "../nn/module.ts";
import { MODEL_LAYERS, RECORD_MODELS } from "../models/layers.ts";
import { definitionOf } from "../nn/registry.ts";
import { valuesOf } from "../nn/tree.ts";
import { filesFor, isMissing } from "../runtime/files.ts";
import type { Device } from "../program/device.ts";
import type { Resource } from "../program/resource.ts";
import { dense } from "../sparse/patterns/mod.ts";
import { type Checkpoint, readCheckpoint, restoreCheckpoint } from "./checkpoint.ts";
import {
  modelIn,
  ownerOf,
  parametersIn,
  patternIn,
  preparationIn,
  type StoredModule,
} from "./description.ts";
import { CheckpointError } from "./errors.ts";

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
  const { layers } = options;
  const { model, paths } = "as" in options
    ? modelOf(checkpoint, layers, options.as)
    : modelOf(checkpoint, layers);
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

/** A model that was made of what a checkpoint says. */
export interface BuiltModel<M extends AnyModule = Module> {
  /** It takes no memory yet. */
  readonly model: M;
  /** The names in the checkpoint of its parameters. */
  readonly paths: ReadonlyMap<Resource, string>;
}

/**
 * The model of a checkpoint; takes no memory yet.
 *
 * @param layers Kinds of layers beside those of `nn` and of models.
 * @param as What the model has to be; a layer, or layers, of one tensor by default.
 * @throws {CheckpointError} if the checkpoint does not say what it does, or what cannot be.
 */
export function modelOf(
  checkpoint: Checkpoint,
  layers?: readonly LayerDefinition[],
): BuiltModel;
/** The same of a model that has to be what a definition makes. */
export function modelOf<M extends AnyModule>(
  checkpoint: Checkpoint,
  layers: readonly LayerDefinition[] | undefined,
  as: LayerDefinition<M>,
): BuiltModel<M>;
export function modelOf(
  checkpoint: Checkpoint,
  layers: readonly LayerDefinition[] = [],
  as?: LayerDefinition<AnyModule>,
): BuiltModel<AnyModule> {
  const stored = modelIn(checkpoint);
  if (stored === undefined) {
    throw new CheckpointError(
      checkpoint.path,
      "it does not say what its model does; expected one of this version, or a model of the program's own and Trainer.load",
    );
  }
  try {
    return new Builder(checkpoint, [...layers, ...MODEL_LAYERS]).model(stored, as);
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(checkpoint.path, `its model cannot be made (${why})`, { cause });
  }
}

/** Makes modules of what a checkpoint says; what has the same parameters is the same module. */
class Builder {
  readonly #checkpoint: Checkpoint;
  readonly #layers: readonly LayerDefinition[];
  readonly #parameters: ReadonlySet<string>;
  readonly #made = new Map<string, { readonly module: Module; readonly said: string }>();
  readonly #paths = new Map<Resource, string>();

  constructor(checkpoint: Checkpoint, layers: readonly LayerDefinition[]) {
    this.#checkpoint = checkpoint;
    this.#layers = layers;
    this.#parameters = new Set(parametersIn(checkpoint).keys());
  }

  model(stored: StoredModule, as?: LayerDefinition<AnyModule>): BuiltModel<AnyModule> {
    const model = as === undefined ? this.#module(stored) : this.#root(stored, as);
    const used = new Set(this.#paths.values());
    const missing = [...this.#parameters].find((path) => !used.has(path));
    if (missing !== undefined) this.#fail(`no module uses its parameter "${missing}"`);
    return { model, paths: this.#paths };
  }

  /** The whole model, which may take and give records; what it is made of are layers. */
  #root(stored: StoredModule, as: LayerDefinition<AnyModule>): AnyModule {
    if (stored.kind !== as.kind) this.#fail(`its model is a ${stored.kind}; expected a ${as.kind}`);
    return this.#part(stored, as);
  }

  #module(stored: StoredModule): Module {
    const { kind, settings, parameters } = stored;
    this.#requireParameters(stored);
    const named = Object.values(parameters);
    const key = JSON.stringify(named);
    const said = JSON.stringify([kind, settings]);
    const known = named.length === 0 ? undefined : this.#made.get(key);
    if (known !== undefined && known.said === said) return known.module;
    const module = this.#make(stored, this.#definitionOf(stored));
    if (named.length > 0) this.#made.set(key, { module, said });
    return module;
  }

  #requireParameters({ kind, parameters }: StoredModule): void {
    const absent = Object.values(parameters).find((path) => !this.#parameters.has(path));
    if (absent !== undefined) this.#fail(`it lacks the parameter "${absent}" of a ${kind}`);
  }

  #definitionOf({ kind, settings }: StoredModule): LayerDefinition {
    if (settings === undefined) this.#failUnsaid(kind);
    const definition = definitionOf(kind, this.#layers);
    if (definition !== undefined) return definition;
    if (RECORD_MODELS.includes(kind)) {
      this.#fail(
        `its model is a ${kind}, which takes several tensors; expected one of a single tensor. loadModel takes it \`as\` what ` +
          "it is, and the format huggingface exports it",
      );
    }
    this.#fail(
      `there is no layer of the kind "${kind}"; expected one of nn, or its definition among the layers that are given`,
    );
  }

  #make<M extends AnyModule>(
    { kind, settings, parameters, children }: StoredModule,
    definition: LayerDefinition<M>,
  ): M {
    if (settings === undefined) this.#failUnsaid(kind);
    const module = definition.make({
      settings,
      name: ownerOf(parameters),
      ...this.#partsOf(children, definition),
      weight: (weight) => patternIn(this.#checkpoint, parameters[weight]) ?? { pattern: dense() },
    });
    const [needs, has] = [module.own, parameters].map((each) =>
      Object.keys(each).sort().join(", ")
    );
    if (needs !== has) {
      this.#fail(`its ${kind} has the parameters ${has || "none"}; expected ${needs || "none"}`);
    }
    for (const [name, own] of Object.entries(module.own)) this.#note(own, parameters[name]);
    return module;
  }

  /** What a module is made of: layers of one tensor, and those of the kinds that its definition names. */
  #partsOf(
    stored: StoredModule["children"],
    { parts: kinds = [] }: LayerDefinition<AnyModule>,
  ): Pick<LayerParts, "children" | "parts"> {
    const children: [name: string, child: Module][] = [];
    const parts: [name: string, part: AnyModule][] = [];
    for (const [name, child] of Object.entries(stored)) {
      const definition = kinds.find(({ kind }) => kind === child.kind);
      if (definition === undefined) children.push([name, this.#module(child)]);
      else parts.push([name, this.#part(child, definition)]);
    }
    return { children: Object.fromEntries(children), parts: Object.fromEntries(parts) };
  }

  #part(stored: StoredModule, definition: LayerDefinition<AnyModule>): AnyModule {
    this.#requireParameters(stored);
    return this.#make(stored, definition);
  }

  #note(own: Parameters<typeof valuesOf>[0], path: string): void {
    if ([...this.#paths.values()].includes(path)) {
      this.#fail(`two layers share the parameter "${path}" and not all of them`);
    }
    this.#paths.set(valuesOf(own), path);
  }

  #failUnsaid(kind: string): never {
    this.#fail(
      `its layer of the kind "${kind}" does not say what it does; ` +
        "expected layers of nn or ones with a definition, or a model of the program's own and Trainer.load",
    );
  }

  #fail(why: string): never {
    throw new CheckpointError(this.#checkpoint.path, why);
  }
}
