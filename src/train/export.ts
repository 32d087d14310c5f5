/**
 * Models for other programs: the arrays of their layers, without what training alone needs, and what to do with them. The
 * format is that of docs/export.md.
 *
 * @module
 */
import type { SourcePreparation } from "../data/preparation.ts";
import {
  type ExampleShape,
  exportOfLayer,
  type ExportWriter,
  type Rows,
  sizeOf,
  type StoredLayer,
} from "../nn/definition.ts";
import type { Gpt } from "../models/gpt.ts";
import { CHAIN_MODELS, RECORD_MODELS } from "../models/layers.ts";
import { type AnyModule, type Module, requireModule, treeOfModel } from "../nn/module.ts";
import { numbered } from "../nn/tree.ts";
import type { Device } from "../program/device.ts";
import type { ResourceData } from "../program/resource.ts";
import { type Checkpoint, checkpointOf } from "./checkpoint.ts";
import { writeAtomically } from "../runtime/atomic_files.ts";
import { denseOf, withoutDeadNeurons } from "./rows.ts";
import { CheckpointError } from "./errors.ts";
import { EXPORT_KEY, type NamedTensor, sealSafetensors } from "./safetensors.ts";
import { layersOf, type Snapshot } from "./snapshot.ts";

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
  readonly preparation?: SourcePreparation;
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
  /** The model: of one tensor, or a GPT. */
  readonly model: Module | Gpt;
  /** How examples are prepared for it: `preparation` of its trainer, or of {@linkcode loadModel}. */
  readonly preparation?: SourcePreparation | undefined;
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
 * import { createDevice, mlp } from "@filigree/filigree";
 * import { exportModel } from "@filigree/filigree/runs";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await exportModel(path, { device, model: mlp({ sizes: [8, 16, 2], sparsity: 0.5 }) });
 * console.assert((await Deno.stat(path)).size > 0);
 * await Deno.remove(path);
 * ```
 */
export async function exportModel(path: string, options: ExportModelOptions): Promise<void> {
  const { format = "condensed" } = options;
  const bytes = await encodeExport(exportOf(await snapshotOfModel(options), format));
  await writeAtomically(path, bytes, "model");
}

/**
 * What a model does, with the content that its parameters have on a device.
 *
 * @throws {TypeError} if a layer of the model does not say what it does, or it takes several tensors.
 */
export async function snapshotOfModel(
  options: Omit<ExportModelOptions, "format">,
): Promise<Snapshot> {
  const { model, preparation } = options;
  const checkpoint = await checkpointOfModel(options);
  const isChain = CHAIN_MODELS.some(({ kind }) => kind === model.kind);
  if (RECORD_MODELS.includes(model.kind) && !isChain) {
    throw new TypeError(
      `Cannot export the model: it is of the kind "${model.kind}", which takes several tensors; expected one of a single tensor. ` +
        "exportHuggingFace writes a bert, as ONNX too",
    );
  }
  const layers = layersOf(model, checkpoint, treeOfModel(model).parameters);
  return { layers, preparation };
}

/** What a checkpoint of a model would hold. */
export async function checkpointOfModel(
  { device, model }: Pick<ExportModelOptions, "device"> & { readonly model: AnyModule },
): Promise<Checkpoint> {
  requireModule(model, "export", "the model");
  const { tensors, metadata } = await checkpointOf({ device, model });
  const named = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return { path: "the model", tensors: named, metadata };
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
export function exportOf({ layers, preparation }: Snapshot, format: ExportFormat): Exported {
  const all = withoutDeadNeurons(layers);
  const input = [preparation?.inputs ?? inputsOf(all)];
  const arrays = new Arrays(format);
  const operations = arrays.describe(all, input);
  return {
    tensors: arrays.tensors,
    description: {
      version: EXPORT_VERSION,
      format,
      input,
      ...(preparation === undefined ? {} : { preparation }),
      operations,
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
  return namingFile(path, () => exportOf(snapshot, format));
}

/** What is made of the operations of a checkpoint; that they do not fit each other is a fault of that file. */
export function namingFile<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof TypeError && cause.message.startsWith("Cannot export"))) throw cause;
    throw new CheckpointError(path, `its operations do not fit: ${cause.message}`, { cause });
  }
}

/**
 * Numbers of an example that layers take, where the first of them tells.
 *
 * @throws {TypeError} if it does not.
 */
export function inputsOf([first]: readonly StoredLayer[]): number {
  const inputs = first === undefined ? undefined : exportOfLayer(first).inputs?.(first);
  if (inputs !== undefined) return inputs;
  throw new TypeError(
    `Cannot export the model: its first operation is ${
      first?.definition.kind ?? "absent"
    }, which takes any number of features; ` +
      "expected a preparation that says how many there are",
  );
}

/** The arrays of an export; each is there once. */
class Arrays implements ExportWriter {
  readonly tensors: NamedTensor[] = [];
  readonly #format: ExportFormat;
  readonly #names = new Map<object, string>();

  constructor(format: ExportFormat) {
    this.#format = format;
  }

  describe(layers: readonly StoredLayer[], input: ExampleShape): ExportedOperation[] {
    let shape = input;
    return layers.map((layer): ExportedOperation => {
      const rules = exportOfLayer(layer);
      const before = shape;
      shape = rules.shape(layer, before);
      const said = rules.describe?.(layer, this, before) ?? layer.settings;
      return { operation: layer.definition.kind, ...said, shape };
    });
  }

  vector(vector: Float64Array, name: string, shape: ExampleShape = [vector.length]): string {
    return this.#add(vector, name, shape, Float32Array.from(vector));
  }

  weight(rows: Rows, name: string, kernel?: readonly [height: number, width: number]): unknown {
    return this.#format === "dense" ? this.#matrix(rows, name, kernel) : this.#lists(rows, name);
  }

  #matrix(rows: Rows, name: string, kernel: readonly [number, number] | undefined): string {
    const { inputs, begin: { length } } = rows;
    const windows = kernel === undefined ? [inputs] : [inputs / sizeOf(kernel), ...kernel];
    return this.#add(rows, `${name}.weight`, [length - 1, ...windows], denseOf(rows));
  }

  #lists({ begin, index, values }: Rows, name: string): Record<string, string> {
    const outputs = begin.length - 1;
    const span = Uint32Array.from({ length: 2 * outputs }, (_, i) => begin[(i + 1) >> 1]);
    return {
      values: this.#add(values, `${name}.values`, [values.length], values),
      index: this.#add(index, `${name}.index`, [index.length], index),
      span: this.#add(begin, `${name}.span`, [outputs, 2], span),
    };
  }

  #add(object: object, wanted: string, shape: ExampleShape, data: ResourceData): string {
    const known = this.#names.get(object);
    if (known !== undefined) return known;
    const name = numbered(wanted, new Set(this.#names.values()));
    this.#names.set(object, name);
    this.tensors.push({ name, shape, data });
    return name;
  }
}
