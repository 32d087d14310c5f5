/**
 * Models for other programs: the arrays of their layers, without what training alone needs, and what to do with them. The
 * format is that of docs/export.md.
 *
 * @module
 */
import type { Preparation } from "../data/preparation.ts";
import type { Module } from "../nn/module.ts";
import { mapOperations } from "../nn/operation.ts";
import type { Device } from "../program/device.ts";
import type { ResourceData } from "../program/resource.ts";
import { checkpointOf } from "./checkpoint.ts";
import { writeAtomically } from "./files.ts";
import { uniqueNames } from "./names.ts";
import { type Rows, rowsOf, type RowsOperation, withoutDeadNeurons } from "./rows.ts";
import { CheckpointError, EXPORT_KEY, type NamedTensor, sealSafetensors } from "./safetensors.ts";
import { type ExampleShape, inputsOf, shapeAfter } from "./shapes.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";

/** How the weights of an export are stored. */
export type ExportFormat =
  /** As lists: the values, the input of each, and begin and end of each row. */
  | "condensed"
  /** As matrices `[outputs, inputs]` and `[filters, channels, height, width]`. */
  | "dense";

/** The version of the format that is written. */
export const EXPORT_VERSION = 2;

/** An operation as an export describes it. */
export type ExportedOperation = Readonly<Record<string, unknown>>;

/** What an export says of itself. */
export interface ExportDescription {
  /** Version of the format. */
  readonly version: number;
  /** How weights are stored. */
  readonly format: ExportFormat;
  /** Shape of what the first operation takes, without examples. */
  readonly input: ExampleShape;
  /** What is done to the features first; nothing where absent. */
  readonly preparation?: Preparation;
  /** What is done then, in order. */
  readonly operations: readonly ExportedOperation[];
}

/** Arrays and what to do with them. */
export interface Exported {
  /** In the order of their use. */
  readonly tensors: readonly NamedTensor[];
  /** What to do with them. */
  readonly description: ExportDescription;
}

/** What {@linkcode exportModel} writes. */
export interface ExportModelOptions {
  /** Where the model is. */
  readonly device: Device;
  /** The model. */
  readonly model: Module;
  /** How examples are prepared for it: `preparation` of its trainer, or of {@linkcode loadModel}. */
  readonly preparation?: Preparation | undefined;
  /** How weights are stored; `"condensed"` by default. */
  readonly format?: ExportFormat;
}

/**
 * Writes a model for other programs, as a safetensors file that says what to do with its arrays; see docs/export.md.
 *
 * Outputs are those of the model to rounding. Neurons that read nothing are left out: they are constants, which are added to
 * the biases of the layer above in float64 and rounded once.
 *
 * @param path Where to write.
 * @throws {TypeError} if a layer of the model does not say what it does.
 * @throws {FileWriteError} if the file cannot be written; an earlier one of that name survives.
 * @example
 * ```ts
 * import { createDevice, exportModel, mlp } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await exportModel(path, { device, model: mlp({ sizes: [8, 16, 2], sparsity: 0.5 }) });
 * console.assert((await Deno.stat(path)).size > 0);
 * await Deno.remove(path);
 * ```
 */
export async function exportModel(path: string, options: ExportModelOptions): Promise<void> {
  const { device, model, preparation, format = "condensed" } = options;
  const { tensors, metadata } = await checkpointOf({ device, model });
  const named = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const { operations } = snapshotOf({ path: "the model", tensors: named, metadata });
  const bytes = await encodeExport(exportOf({ operations, preparation }, format));
  await writeAtomically(path, bytes, "model");
}

/** The bytes of an export: the same for the same model. */
export async function encodeExport({ tensors, description }: Exported) {
  // Readers of before transformers 4.47.1 take no file without this format.
  const metadata = { format: "pt", [EXPORT_KEY]: JSON.stringify(description) };
  return await sealSafetensors(tensors, metadata);
}

/**
 * The arrays of a model and what to do with them.
 *
 * @throws {TypeError} if a layer does not say what it does, or the operations do not fit each other.
 */
export function exportOf({ operations, preparation }: Snapshot, format: ExportFormat): Exported {
  const all = withoutDeadNeurons(
    mapOperations(operations, once(rowsOf), once((vector) => Float64Array.from(vector))),
  );
  const input = [preparation?.inputs ?? inputsOf(all)];
  const arrays = new Arrays(format);
  const described = describe(all, input, arrays);
  return {
    tensors: arrays.tensors,
    description: {
      version: EXPORT_VERSION,
      format,
      input,
      ...(preparation === undefined ? {} : { preparation }),
      operations: described,
    },
  };
}

/**
 * The same of a checkpoint, whose operations somebody else may have written.
 *
 * @param path The checkpoint.
 * @throws {CheckpointError} if its operations do not fit each other.
 */
export function exportOfFile(path: string, snapshot: Snapshot, format: ExportFormat): Exported {
  try {
    return exportOf(snapshot, format);
  } catch (cause) {
    if (!(cause instanceof TypeError && cause.message.startsWith("Cannot export"))) throw cause;
    throw new CheckpointError(path, `its operations do not fit: ${cause.message}`, { cause });
  }
}

/** A function that is called once for each object. */
function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

function describe(
  operations: readonly RowsOperation[],
  input: ExampleShape,
  arrays: Arrays,
): ExportedOperation[] {
  let shape = input;
  return operations.map((record): ExportedOperation => {
    const before = shape;
    shape = shapeAfter(record, before);
    switch (record.operation) {
      case "linear": {
        const { operation, weight } = record;
        const [inputs, outputs] = [weight.inputs, weight.begin.length - 1];
        return { operation, inputs, outputs, ...arrays.affine(record), shape };
      }
      case "conv2d": {
        const { operation, weight, kernel, stride, padding } = record;
        const [channels, filters] = [before[0], weight.begin.length - 1];
        const windows = { kernel, stride, padding };
        return { operation, channels, filters, ...windows, ...arrays.affine(record), shape };
      }
      case "batchNorm": {
        const { operation, name, scale, shift, running, epsilon } = record;
        const owner = arrays.owners.of(scale, name);
        const [channels] = before;
        const vectors = {
          scale: arrays.vector(scale, `${owner}.scale`),
          shift: arrays.vector(shift, `${owner}.shift`),
          running: arrays.vector(running, `${owner}.running`, [2, channels]),
        };
        return { operation, name: owner, channels, epsilon, ...vectors, shape };
      }
      case "residual": {
        const { operation } = record;
        const body = describe(record.body, before, arrays);
        return { operation, body, shortcut: describe(record.shortcut, before, arrays), shape };
      }
      default:
        return { ...record, shape };
    }
  });
}

/** Names of objects, of which no two have the same. */
class Names {
  readonly #names = new Map<object, string>();

  /** Whether an object has a name. */
  has(object: object): boolean {
    return this.#names.has(object);
  }

  /** The name of an object: the one that is wanted, with a number where another object has it. */
  of(object: object, wanted: string): string {
    const known = this.#names.get(object);
    if (known !== undefined) return known;
    const name = uniqueNames([...this.#names.values(), wanted])[this.#names.size];
    this.#names.set(object, name);
    return name;
  }
}

/** The arrays of an export; each is there once. */
class Arrays {
  readonly tensors: NamedTensor[] = [];
  /** Names of layers that have no weight. */
  readonly owners = new Names();
  readonly #format: ExportFormat;
  readonly #names = new Names();

  constructor(format: ExportFormat) {
    this.#format = format;
  }

  /** Adds a vector and returns its name. */
  vector(vector: Float64Array, wanted: string, shape: ExampleShape = [vector.length]): string {
    return this.#add(vector, wanted, shape, Float32Array.from(vector));
  }

  /** Adds the arrays of a linear layer or a convolution and returns their names. */
  affine(
    record: RowsOperation & { readonly operation: "linear" | "conv2d" },
  ): ExportedOperation {
    const { weight, bias } = record;
    const { name } = weight;
    const kernel = record.operation === "linear" ? undefined : record.kernel;
    const stored = this.#format === "dense" ? this.#matrix(weight, kernel) : this.#lists(weight);
    const biased = bias === undefined ? {} : { bias: this.vector(bias, `${name}.bias`) };
    return { name, weight: stored, ...biased };
  }

  #matrix(rows: Rows, kernel: readonly [number, number] | undefined): string {
    const { name, inputs, begin, index, values } = rows;
    const outputs = begin.length - 1;
    const data = new Float32Array(outputs * inputs);
    for (let row = 0; row < outputs; row++) {
      for (let i = begin[row]; i < begin[row + 1]; i++) data[row * inputs + index[i]] = values[i];
    }
    const windows = kernel === undefined
      ? [inputs]
      : [inputs / (kernel[0] * kernel[1]), kernel[0], kernel[1]];
    return this.#add(rows, `${name}.weight`, [outputs, ...windows], data);
  }

  #lists({ name, begin, index, values }: Rows): Record<string, string> {
    const outputs = begin.length - 1;
    const span = Uint32Array.from({ length: 2 * outputs }, (_, i) => begin[(i + 1) >> 1]);
    return {
      values: this.#add(values, `${name}.values`, [values.length], values),
      index: this.#add(index, `${name}.index`, [index.length], index),
      span: this.#add(begin, `${name}.span`, [outputs, 2], span),
    };
  }

  #add(object: object, wanted: string, shape: ExampleShape, data: ResourceData): string {
    const isNew = !this.#names.has(object);
    const name = this.#names.of(object, wanted);
    if (isNew) this.tensors.push({ name, shape, data });
    return name;
  }
}
