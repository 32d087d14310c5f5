/**
 * Models as ONNX, for the runtimes of that format.
 *
 * @module
 */
import { exportOfLayer } from "../../nn/definition.ts";
import { writeAtomically } from "../../runtime/atomic_files.ts";
import { type ExportModelOptions, inputsOf, namingFile, snapshotOfModel } from "../export.ts";
import { withoutDeadNeurons } from "../rows.ts";
import type { Snapshot } from "../snapshot.ts";
import { Graph } from "./graph.ts";
import { encodeOnnx, type OnnxModel, type OnnxPort } from "./model.ts";

export { encodeOnnx, type OnnxModel } from "./model.ts";

/** What {@linkcode exportOnnx} writes. */
export type ExportOnnxOptions = Omit<ExportModelOptions, "format">;

/** Where the metadata of a file of ONNX say how examples are prepared for the model. */
const PREPARATION = "filigree.preparation";

/**
 * Writes a model as ONNX (opset 17), with dense weights: onnxruntime and its kin run it. It takes `features`, f32
 * `[batch, features]`, or `tokens`, i64 `[batch, length]`, and gives `outputs`; see docs/export.md for how examples are
 * prepared for it.
 *
 * @param path Where to write.
 * @throws {TypeError} if a layer of the model does not say what it is in ONNX.
 * @throws {RangeError} if the file would be larger than one of ONNX may be: 2 GiB.
 * @throws {FileWriteError} if the file cannot be written; an earlier one of that name survives.
 * @example
 * ```ts
 * import { createDevice, mlp } from "@filigree/filigree";
 * import { exportOnnx } from "@filigree/filigree/runs";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
 * const path = await Deno.makeTempFile({ suffix: ".onnx" });
 * await exportOnnx(path, { device, model: mlp({ sizes: [8, 16, 2], sparsity: 0.5 }) });
 * console.assert((await Deno.stat(path)).size > 0);
 * await Deno.remove(path);
 * ```
 */
export async function exportOnnx(path: string, options: ExportOnnxOptions): Promise<void> {
  const bytes = encodeOnnx(onnxOf(await snapshotOfModel(options)));
  await writeAtomically(path, bytes, "model");
}

/**
 * The model of a checkpoint as ONNX.
 *
 * @throws {CheckpointError} if its operations do not fit each other, or a layer does not say what it is in ONNX.
 */
export function onnxOfFile(path: string, snapshot: Snapshot): OnnxModel {
  return namingFile(path, () => onnxOf(snapshot));
}

/** What the tensors are called that go into a graph and come out of it. */
export interface OnnxNames {
  /** `"tokens"` or `"features"` by default. */
  readonly input?: string;
  /** `"outputs"` by default. */
  readonly output?: string;
}

/**
 * A model as ONNX.
 *
 * @throws {TypeError} if a layer does not say what it is there, or the operations do not fit each other.
 */
export function onnxOf({ layers, preparation }: Snapshot, names: OnnxNames = {}): OnnxModel {
  const all = withoutDeadNeurons(layers);
  const inputs = preparation?.inputs ?? inputsOf(all);
  const [first] = all;
  const tokens = first !== undefined && exportOfLayer(first).tokens === true;
  const { input = tokens ? "tokens" : "features", output: wanted = "outputs" } = names;
  const graph = new Graph([input]);
  const { name, shape } = graph.layers(all, { name: input, shape: [inputs] });
  const length = tokens && !graph.isFixed ? "length" : inputs;
  const taken: OnnxPort = tokens
    ? { name: input, type: "i64", shape: ["batch", length] }
    : { name: input, type: "f32", shape: ["batch", inputs] };
  const output = graph.node("Identity", [name], {}, wanted);
  const [features, ...positions] = shape;
  const sizes = shape.length === 2 ? [...positions.map(() => length), features] : shape;
  return {
    inputs: [taken],
    outputs: [{ name: output, type: "f32", shape: ["batch", ...sizes] }],
    nodes: graph.nodes,
    arrays: graph.arrays,
    metadata: preparation === undefined ? {} : { [PREPARATION]: JSON.stringify(preparation) },
  };
}
