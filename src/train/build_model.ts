/**
 * Makes the model that a checkpoint describes of kinds that are given.
 *
 * @module
 */
import type { LayerDefinition, LayerParts } from "../nn/definition.ts";
import type { AnyModule, Module } from "../nn/module.ts";
import { valuesOf } from "../nn/tree.ts";
import type { Resource } from "../program/resource.ts";
import { dense } from "../sparse/patterns/mod.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { modelIn, ownerOf, parametersIn, patternIn, type StoredModule } from "./description.ts";
import { CheckpointError } from "./errors.ts";

/** A model that was made of what a checkpoint says. */
export interface BuiltModel<M extends AnyModule = Module> {
  /** It takes no memory yet. */
  readonly model: M;
  /** The names in the checkpoint of its parameters. */
  readonly paths: ReadonlyMap<Resource, string>;
}

/** Kinds of modules that are known. */
export interface Kinds {
  /** Definitions of layers of one tensor; the first of a kind counts. */
  readonly layers: readonly LayerDefinition[];
  /** Kinds of whole models that take or give records of tensors. */
  readonly records: readonly string[];
}

/**
 * The model of a checkpoint; takes no memory yet.
 *
 * @param as What the model has to be; a layer, or layers, of one tensor by default.
 * @throws {CheckpointError} if the checkpoint does not say what it does, or what cannot be.
 */
export function buildModel(checkpoint: Checkpoint, kinds: Kinds): BuiltModel;
/** The same of a model that has to be what a definition makes. */
export function buildModel<M extends AnyModule>(
  checkpoint: Checkpoint,
  kinds: Kinds,
  as: LayerDefinition<M>,
): BuiltModel<M>;
export function buildModel(
  checkpoint: Checkpoint,
  kinds: Kinds,
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
    return new Builder(checkpoint, kinds).model(stored, as);
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(checkpoint.path, `its model cannot be made (${why})`, { cause });
  }
}

/** Makes modules of what a checkpoint says; what has the same parameters is the same module. */
class Builder {
  readonly #checkpoint: Checkpoint;
  readonly #kinds: Kinds;
  readonly #parameters: ReadonlySet<string>;
  readonly #made = new Map<string, { readonly module: Module; readonly said: string }>();
  readonly #paths = new Map<Resource, string>();

  constructor(checkpoint: Checkpoint, kinds: Kinds) {
    this.#checkpoint = checkpoint;
    this.#kinds = kinds;
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
    const definition = this.#kinds.layers.find((each) => each.kind === kind);
    if (definition !== undefined) return definition;
    if (this.#kinds.records.includes(kind)) {
      this.#fail(
        `its model is of the kind "${kind}", which takes several tensors; expected one of a single tensor. loadModel takes it ` +
          "`as` what it is, and the format huggingface exports a bert",
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
