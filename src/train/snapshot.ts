/**
 * What a checkpoint says of a model, on the host and without a device: its layers in order, with their patterns. For those
 * who look at a model or take it elsewhere.
 *
 * @module
 */
import { areaOf, geometryOf } from "../sparse/geometry.ts";
import type { Pattern } from "../sparse/pattern.ts";
import { validatePattern } from "../sparse/validate.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CheckpointError, type NamedTensor } from "./safetensors.ts";

/** A linear layer or a convolution of a checkpoint. */
export interface SnapshotLayer {
  /** Its name, such as `layer0`. */
  readonly name: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Height and width of the windows of a convolution; the inputs are channels times these. */
  readonly kernel?: readonly [height: number, width: number];
  /** Its pattern; absent where every connection exists. */
  readonly pattern?: Pattern;
  /** Values: `[rows, inputs]`, or `[capacity, width, height]` where it has a pattern. */
  readonly values: Float32Array;
  /** `[rows]`; absent where it has none. */
  readonly bias?: Float32Array;
}

/** The arrays of a checkpoint that belong to no layer with weights, such as those of batch norms, by their labels. */
export function snapshotOthers({ tensors }: Checkpoint): NamedTensor[] {
  return [...tensors].flatMap(([full, { shape, data }]) => {
    const name = /^\d+\.(.+)$/.exec(full)?.[1] ?? full;
    const owned = /(^|\.)(weight|bias)(\.|$)|\.(moments\.\d+|explored)$/.test(name);
    return owned ? [] : [{ name, shape, data }];
  });
}

/**
 * The linear layers and convolutions of a checkpoint, from the input to the output.
 *
 * @throws {CheckpointError} if an array is missing or does not fit.
 */
export function snapshotLayers(checkpoint: Checkpoint): SnapshotLayer[] {
  const biases = new Map<string, Float32Array>();
  for (const [name, { data }] of checkpoint.tensors) {
    const owner = /^\d+\.(.+)\.bias$/.exec(name)?.[1];
    if (owner !== undefined && data instanceof Float32Array) biases.set(owner, data);
  }
  const layers: SnapshotLayer[] = [];
  for (const [full, { shape, data }] of checkpoint.tensors) {
    const match = /^(\d+\.(.+)\.weight)(\.values)?$/.exec(full);
    if (match === null || !(data instanceof Float32Array)) continue;
    const [, key, name] = match;
    const kernel: string | undefined = checkpoint.metadata[`${key}.kernel`];
    const bias = biases.get(name);
    const pattern = match[3] === undefined ? undefined : patternOf(checkpoint, key, data.length);
    const [rows, inputs] = pattern === undefined ? shape : [pattern.rows, pattern.inputs];
    layers.push({
      name,
      rows,
      inputs,
      values: data,
      ...(pattern === undefined ? {} : { pattern }),
      ...(bias === undefined ? {} : { bias }),
      ...(kernel === undefined ? {} : { kernel: JSON.parse(kernel) }),
    });
  }
  if (layers.length === 0) {
    throw new CheckpointError(checkpoint.path, "it holds no layer with weights");
  }
  return layers;
}

function patternOf(checkpoint: Checkpoint, key: string, length: number): Pattern {
  const { path, tensors, metadata } = checkpoint;
  const span = tensors.get(`${key}.span`)?.data, index = tensors.get(`${key}.index`)?.data;
  if (!(span instanceof Uint32Array && index instanceof Uint32Array) || !(key in metadata)) {
    throw new CheckpointError(path, `"${key}" lacks its lists or their specification`);
  }
  try {
    const { spec, rows, inputs, budget } = JSON.parse(metadata[key]);
    const pattern = { ...geometryOf(spec, rows, inputs, budget), span, index };
    validatePattern(pattern, key);
    const expected = pattern.capacity * areaOf(pattern.unit);
    if (length === expected) return pattern;
    throw new TypeError(`Cannot use ${key}: it has ${length} values; expected ${expected}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, why, { cause });
  }
}
