/**
 * What a checkpoint says of its model: the tree of its modules, each with its kind, its settings and the names of its parameters.
 * So weights, biases and norms belong together by the modules that they are of, whatever they are called.
 *
 * @module
 */
import type { Preparation, SourcePreparation } from "../data/preparation.ts";
import type { Values } from "../definitions/option.ts";
import type { StoredWeight } from "../nn/definition.ts";
import { type AnyModule, treeOfModel } from "../nn/module.ts";
import { valuesOf } from "../nn/tree.ts";
import { storageNamed } from "../sparse/storage/mod.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CheckpointError } from "./errors.ts";
import type { NamedTensor } from "./safetensors.ts";

/** A module as a checkpoint has it. */
export interface StoredModule {
  /** What it is. */
  readonly kind: string;
  /** What it was made with; absent where it does not say what it does. */
  readonly settings?: Values;
  /** The names in the checkpoint of its own parameters, by their names in it. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The modules that it is made of. */
  readonly children: Readonly<Record<string, StoredModule>>;
}

/** Where the metadata have the tree. */
export const MODEL = "model";

/** Where the metadata have the patterns of sparse weights, by the names of the weights. */
export const PATTERNS = "patterns";

/** What is behind the name of a parameter in that of an array which belongs to it. */
export const PART = ":";

/** The part of a sparse weight that says which slots the forward reads, where its storage chooses. */
export const CHOSEN = "chosen";

/** The part of a sparse weight that says what its mask is, where its storage masks. */
export const CONTROL = "control";

/** The tree of a model as a checkpoint has it: JSON. */
export function describeModel(model: AnyModule): string {
  const paths = treeOfModel(model).parameters;
  const describe = ({ kind, definition, settings, own, children }: AnyModule): unknown => {
    const parameters = Object.entries(own).map(([name, parameter]) =>
      [name, paths.get(valuesOf(parameter))] as const
    );
    const parts = Object.entries(children).map(([name, child]) => [name, describe(child)] as const);
    return {
      kind,
      ...(definition === undefined ? {} : { settings: settings ?? {} }),
      ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
      ...(parts.length === 0 ? {} : { children: Object.fromEntries(parts) }),
    };
  };
  return JSON.stringify(describe(model));
}

/** Whether a checkpoint says what its model does. */
export function describesModel({ metadata }: Checkpoint): boolean {
  return metadata[MODEL] !== undefined;
}

/**
 * The tree of a checkpoint's model; undefined in one of a version that did not write it.
 *
 * @throws {CheckpointError} if it is not what {@linkcode describeModel} makes.
 */
export function modelIn({ path, metadata }: Checkpoint): StoredModule | undefined {
  const text = metadata[MODEL];
  if (text === undefined) return undefined;
  try {
    return storedModule(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, `it does not say what its model does (${why})`, { cause });
  }
}

/** A module of what was read. */
export function storedModule(value: unknown): StoredModule {
  const { kind, settings, parameters, children } = recordOf(value);
  if (typeof kind !== "string") {
    throw new TypeError(`a module is ${JSON.stringify(value)}; expected a kind and what is of it`);
  }
  const names = Object.entries(recordOf(parameters)).map(([name, path]) => {
    if (typeof path === "string") return [name, path];
    throw new TypeError(`${name} of ${kind} is ${JSON.stringify(path)}; expected a name`);
  });
  const parts = Object.entries(recordOf(children)).map(([name, child]) =>
    [name, storedModule(child)] as const
  );
  return {
    kind,
    ...(settings === undefined ? {} : { settings: recordOf(settings) }),
    parameters: Object.fromEntries(names),
    children: Object.fromEntries(parts),
  };
}

/** The values of each parameter by its name, in the order of the model. */
export function parametersIn({ tensors }: Checkpoint): Map<string, NamedTensor> {
  const found = new Map<string, NamedTensor>();
  for (const tensor of tensors.values()) {
    const [path, part] = tensor.name.split(PART);
    if (part === undefined || part === "values") found.set(path, tensor);
  }
  return found;
}

/** What a checkpoint says of a sparse weight. */
export interface StoredPattern extends StoredWeight {
  /** Its text. */
  readonly text: string;
}

/**
 * What a checkpoint says of the pattern of a weight; undefined if it is dense.
 *
 * @throws {CheckpointError} if it is none.
 */
export function patternIn(
  { path, metadata }: Checkpoint,
  weight: string,
): StoredPattern | undefined {
  try {
    const patterns = recordOf(JSON.parse(metadata[PATTERNS] ?? "{}"));
    if (!Object.hasOwn(patterns, weight)) return undefined;
    const { spec, storage = "compressed" } = recordOf(patterns[weight]);
    const given = recordOf(spec);
    return {
      text: JSON.stringify(patterns[weight]),
      pattern: { ...given, kind: String(given.kind) },
      storage: storageNamed(storage),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, `it does not say its patterns (${why})`, { cause });
  }
}

/**
 * What was done to the examples that a checkpoint's model was trained with; undefined where it does not say.
 *
 * @throws {CheckpointError} if it says what cannot be.
 */
export function preparationIn(
  { path, metadata }: Checkpoint,
): SourcePreparation | undefined {
  try {
    const { preparation } = recordOf(JSON.parse(metadata.training ?? "{}"));
    if (preparation === undefined) return undefined;
    if (isPreparation(preparation)) return preparation;
    // That of a source without features: in words that only those read who make such sources.
    const { kind, ...words } = recordOf(preparation);
    if (typeof kind === "string") return { kind, ...words };
    throw new TypeError(`it has ${JSON.stringify(preparation)}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, `it does not say how examples are prepared (${why})`, {
      cause,
    });
  }
}

function isPreparation(value: unknown): value is Preparation {
  const { inputs, scale, normalization, image, target } = recordOf(value);
  if (!isCount(inputs) || !isPositive(scale) || !Array.isArray(normalization)) return false;
  const { channels = 1, height, width } = recordOf(image);
  const fits = image === undefined ||
    isCount(channels) && Number(channels) * Number(height) * Number(width) === inputs;
  const { kind, classes, outputs } = recordOf(target);
  return fits && [1, channels, inputs].includes(normalization.length) &&
    normalization.map(recordOf).every(({ mean, deviation }) =>
      Number.isFinite(mean) && isPositive(deviation)
    ) && typeof kind === "string" && isCount(kind === "class" ? classes : outputs);
}

/** A record of what was read; an empty one if it is none. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}

/** The way to the module that parameters are of: `layer0` of `layer0.weight`; empty if it has none. */
export function ownerOf(parameters: Readonly<Record<string, string>>): string {
  const [[name, path] = ["", ""]] = Object.entries(parameters);
  return path.endsWith(`.${name}`) ? path.slice(0, -1 - name.length) : "";
}
