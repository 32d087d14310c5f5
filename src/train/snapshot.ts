/**
 * What a checkpoint says of a model, on the host and without a device: its weights in order, with their patterns, and what is
 * done with them. For those who look at a model or take it elsewhere.
 *
 * @module
 */
import type { Preparation } from "../data/preparation.ts";
import { mapOperations, type Operation } from "../nn/operation.ts";
import { geometryOf } from "../sparse/geometry.ts";
import type { Pattern } from "../sparse/pattern.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import { validatePattern } from "../sparse/validate.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { OPERATIONS, operationsIn, preparationIn } from "./description.ts";
import { layerOf, uniqueNames } from "./names.ts";
import { CheckpointError, type NamedTensor } from "./safetensors.ts";

/** The weight of a linear layer or a convolution of a checkpoint. */
export interface SnapshotLayer {
  /** Its name, such as `layer0`; no other weight of the model has it. */
  readonly name: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Its pattern; absent where every connection exists. */
  readonly pattern?: Pattern;
  /** Values: `[rows, inputs]`, or `[capacity, width, height]` where it has a pattern. */
  readonly values: Float32Array;
}

/** What a model does, with the content of its parameters. */
export interface Snapshot {
  /** In order. */
  readonly operations: readonly Operation<SnapshotLayer, Float32Array>[];
  /** How its examples are prepared, where that is known. */
  readonly preparation: Preparation | undefined;
}

/**
 * What the model of a checkpoint does.
 *
 * @param fallback Description and preparation where the checkpoint has none.
 * @throws {CheckpointError} if it does not say it and there is no fallback, or an array is missing or does not fit.
 */
export function snapshotOf(
  checkpoint: Checkpoint,
  fallback?: { readonly description: string; readonly preparation: Preparation },
): Snapshot {
  const fail = (why: string): never => {
    throw new CheckpointError(checkpoint.path, why);
  };
  const described = fallback === undefined
    ? checkpoint
    : { ...checkpoint, metadata: { [OPERATIONS]: fallback.description, ...checkpoint.metadata } };
  const stored = operationsIn(described);
  if (stored === undefined) {
    return fail("it does not say what its model does; expected one of this version");
  }
  const weights = weightsIn(checkpoint), vectors = parametersIn(checkpoint);
  const operations = mapOperations(
    stored,
    (i) => weights.get(i) ?? fail(`its parameter ${i} is no weight of a layer`),
    (i) => {
      const data = vectors.get(i)?.data;
      return data instanceof Float32Array ? data : fail(`it lacks the parameter ${i}`);
    },
  );
  return { operations, preparation: preparationIn(checkpoint) ?? fallback?.preparation };
}

/**
 * The weights of linear layers and convolutions of a checkpoint, in the order of the model's parameters.
 *
 * @throws {CheckpointError} if there is none, or an array is missing or does not fit.
 */
export function snapshotLayers(checkpoint: Checkpoint): SnapshotLayer[] {
  const layers = [...weightsIn(checkpoint).values()];
  if (layers.length > 0) return layers;
  throw new CheckpointError(checkpoint.path, "it holds no layer with weights");
}

/** The values of each parameter by its number: its first array. */
export function parametersIn({ tensors }: Checkpoint): Map<number, NamedTensor> {
  const found = new Map<number, NamedTensor>();
  for (const tensor of tensors.values()) {
    const number = Number(/^\d+(?=\.)/.exec(tensor.name)?.[0] ?? NaN);
    if (!Number.isNaN(number) && !found.has(number)) found.set(number, tensor);
  }
  return found;
}

/** The label of a sparse weight by the name of its values, where they are of one. */
export function sparseKey(
  { metadata }: Checkpoint,
  { name }: NamedTensor,
): string | undefined {
  const key = name.replace(/\.values$/, "");
  return key !== name && Object.hasOwn(metadata, key) ? key : undefined;
}

/** The weights by the number of their parameter. A dense one alone of all arrays has two dimensions. */
function weightsIn(checkpoint: Checkpoint): Map<number, SnapshotLayer> {
  const weights = [...parametersIn(checkpoint)].filter(([, tensor]) =>
    sparseKey(checkpoint, tensor) !== undefined || tensor.shape.length === 2
  );
  const names = uniqueNames(weights.map(([, { name }]) => layerOf(labelOf(name))));
  return new Map(weights.map(([i, tensor], at) => {
    const { name, shape, data } = tensor;
    if (!(data instanceof Float32Array)) {
      throw new CheckpointError(checkpoint.path, `"${name}" holds no f32`);
    }
    const key = sparseKey(checkpoint, tensor);
    if (key !== undefined) return [i, { name: names[at], ...sparseIn(checkpoint, key, data) }];
    const [rows, inputs] = shape;
    return [i, { name: names[at], rows, inputs, values: data }];
  }));
}

/** `layer0.weight` of `0.layer0.weight.values`. */
function labelOf(full: string): string {
  return full.replace(/^\d+\./, "").replace(/\.values$/, "");
}

/** A sparse weight; of one with a dense master what the forward reads of it. */
function sparseIn(
  checkpoint: Checkpoint,
  key: string,
  data: Float32Array,
): Omit<SnapshotLayer, "name"> {
  const { path, tensors, metadata } = checkpoint;
  const span = tensors.get(`${key}.span`)?.data, index = tensors.get(`${key}.index`)?.data;
  if (!(span instanceof Uint32Array && index instanceof Uint32Array)) {
    throw new CheckpointError(path, `"${key}" lacks its lists`);
  }
  try {
    const { spec, rows, inputs, budget, storage = "compressed" } = JSON.parse(metadata[key]);
    const pattern = { ...geometryOf(spec, rows, inputs, budget), span, index };
    const { shape, slots } = storageOf(storage);
    validatePattern(pattern, key);
    const expected = shape(pattern).reduce((product, size) => product * size, 1);
    if (data.length === expected) {
      return { rows, inputs, pattern, values: slots(pattern, data) };
    }
    throw new TypeError(`Cannot use ${key}: it has ${data.length} values; expected ${expected}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, why, { cause });
  }
}
