/**
 * What a checkpoint says of a model, on the host and without a device: its weights in order, with their patterns, and what is
 * done with them. For those who look at a model or take it elsewhere.
 *
 * @module
 */
import type { SourcePreparation } from "../data/preparation.ts";
import type { StoredLayer } from "../nn/definition.ts";
import { CHAIN_MODELS } from "../models/layers.ts";
import type { AnyModule } from "../nn/module.ts";
import { valuesOf } from "../nn/tree.ts";
import { Resource } from "../program/resource.ts";
import { geometryOf } from "../sparse/geometry.ts";
import type { Pattern } from "../sparse/pattern.ts";
import { chosenValues } from "../sparse/storage/subset.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import { validatePattern } from "../sparse/validate.ts";
import type { Checkpoint } from "./checkpoint.ts";
import {
  CHOSEN,
  modelIn,
  ownerOf,
  parametersIn,
  PART,
  patternIn,
  preparationIn,
  type StoredPattern,
} from "./description.ts";
import { modelOf } from "./model_of.ts";
import { layerOf } from "./names.ts";
import { rowsOf } from "./rows.ts";
import { CheckpointError } from "./errors.ts";

/** The weight of a linear layer or a convolution of a checkpoint. */
export interface SnapshotLayer {
  /** The way to the layer from the model, such as `layer0`. */
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
  /** In order, without sequences. */
  readonly layers: readonly StoredLayer[];
  /** How its examples are prepared, where that is known. */
  readonly preparation: SourcePreparation | undefined;
}

/**
 * What the model of a checkpoint does.
 *
 * @param fallback The model and its preparation where the checkpoint does not say them.
 * @throws {CheckpointError} if it does not say it and there is no fallback, or an array is missing or does not fit.
 */
export function snapshotOf(
  checkpoint: Checkpoint,
  fallback?: { readonly model: AnyModule; readonly preparation: SourcePreparation },
): Snapshot {
  const preparation = preparationIn(checkpoint) ?? fallback?.preparation;
  if (fallback === undefined) {
    const kind = modelIn(checkpoint)?.kind;
    const chain = CHAIN_MODELS.find((definition) => definition.kind === kind);
    const { model, paths } = chain === undefined ? modelOf(checkpoint) : modelOf(checkpoint, chain);
    return { layers: layersOf(model, checkpoint, paths), preparation };
  }
  const { places = [] } = checkpoint;
  const paths = new Map(fallback.model.parameters.map((parameter, i) => [parameter, places[i]]));
  return { layers: layersOf(fallback.model, checkpoint, paths), preparation };
}

/**
 * What a model does, with the content that a checkpoint has for it.
 *
 * @param paths The names in the checkpoint of the model's parameters.
 * @throws {TypeError} if a module of it does not say what it does.
 * @throws {CheckpointError} if an array is missing or does not fit.
 */
export function layersOf(
  model: AnyModule,
  checkpoint: Checkpoint,
  paths: ReadonlyMap<Resource, string>,
): StoredLayer[] {
  const weights = new Map(
    [...weightsIn(checkpoint)].map(([path, weight]) => [path, { weight, rows: rowsOf(weight) }]),
  );
  const vectors = new Map<string, Float64Array>();
  const fail = (why: string): never => {
    throw new CheckpointError(checkpoint.path, why);
  };
  const weightOf = (path: string, [rows, inputs]: readonly number[]) => {
    const found = weights.get(path) ?? fail(`its parameter "${path}" is no weight of a layer`);
    const { weight } = found;
    if (weight.rows === rows && weight.inputs === inputs) return found.rows;
    return fail(`"${path}" is [${weight.rows}, ${weight.inputs}]; expected [${rows}, ${inputs}]`);
  };
  const vectorOf = (path: string, length: number): Float64Array => {
    const data = checkpoint.tensors.get(path)?.data;
    if (data?.length !== length) return fail(`"${path}" does not have ${length} numbers`);
    const vector = vectors.get(path) ?? Float64Array.from(data);
    vectors.set(path, vector);
    return vector;
  };
  const storedOf = ({ kind, definition, settings = {}, own, children }: AnyModule): StoredLayer => {
    if (definition === undefined) {
      throw new TypeError(
        `Cannot export the model: its layer of the kind "${kind}" does not say what it does; ` +
          "expected layers of nn, or ones with a definition that says it",
      );
    }
    const parameters = Object.entries(own).map(([name, each]) =>
      [name, each, paths.get(valuesOf(each)) ?? fail(`it lacks a ${name} of a ${kind}`)] as const
    );
    return {
      ...{ definition, settings },
      name: ownerOf(Object.fromEntries(parameters.map(([name, , path]) => [name, path]))),
      weights: Object.fromEntries(
        parameters.flatMap(([name, each, path]) =>
          each instanceof Resource ? [] : [[name, weightOf(path, each.shape)]]
        ),
      ),
      vectors: Object.fromEntries(
        parameters.flatMap(([name, each, path]) =>
          each instanceof Resource ? [[name, vectorOf(path, each.length)]] : []
        ),
      ),
      branches: Object.values(children).map(stepsOf),
    };
  };
  const stepsOf = (module: AnyModule): StoredLayer[] => {
    const stored = storedOf(module);
    return stored.definition.exported === "sequence" ? stored.branches.flat() : [stored];
  };
  return stepsOf(model);
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

/** The weights by their names. A dense one alone of all arrays has two dimensions. */
function weightsIn(checkpoint: Checkpoint): Map<string, SnapshotLayer> {
  const found = new Map<string, SnapshotLayer>();
  for (const [path, { shape, data }] of parametersIn(checkpoint)) {
    const known = patternIn(checkpoint, path);
    if (known === undefined && shape.length !== 2) continue;
    if (!(data instanceof Float32Array)) {
      throw new CheckpointError(checkpoint.path, `"${path}" holds no f32`);
    }
    const [rows, inputs] = shape;
    const weight = known === undefined
      ? { rows, inputs, values: data }
      : sparseIn(checkpoint, path, known, data);
    found.set(path, { name: layerOf(path), ...weight });
  }
  return found;
}

/** A sparse weight; of one with a dense master what the forward reads of it. */
function sparseIn(
  checkpoint: Checkpoint,
  key: string,
  { text, storage = "compressed" }: StoredPattern,
  data: Float32Array,
): Omit<SnapshotLayer, "name"> {
  const { path, tensors } = checkpoint;
  const [span, index] = ["span", "index"].map((part) => tensors.get(`${key}${PART}${part}`)?.data);
  if (!(span instanceof Uint32Array && index instanceof Uint32Array)) {
    throw new CheckpointError(path, `"${key}" lacks its lists`);
  }
  try {
    const { spec, rows, inputs, budget } = JSON.parse(text);
    const pattern = { ...geometryOf(spec, rows, inputs, budget), span, index };
    const { shape, slots } = storageOf(storage);
    validatePattern(pattern, key);
    const expected = shape(pattern).reduce((product, size) => product * size, 1);
    if (data.length === expected) {
      const values = slots(pattern, data);
      const chosen = tensors.get(`${key}${PART}${CHOSEN}`)?.data;
      if (!(chosen instanceof Uint32Array)) return { rows, inputs, pattern, values };
      return { rows, inputs, pattern, values: chosenValues(pattern, values, chosen) };
    }
    throw new TypeError(`Cannot use ${key}: it has ${data.length} values; expected ${expected}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, why, { cause });
  }
}
