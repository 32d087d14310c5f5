/**
 * Folders that the libraries of Hugging Face load.
 *
 * @module
 */
import type { SourcePreparation } from "../../data/preparation.ts";
import { decoderTokenizerFiles } from "../../data/tokens/decoder_tokenizer_files.ts";
import { isOfWindows } from "../../data/tokens/token_windows.ts";
import { Tokenizer } from "../../data/tokens/tokenizer.ts";
import { tokenizerFiles } from "../../data/tokens/tokenizer_files.ts";
import { SPECIAL_PIECES, Vocabulary } from "../../data/tokens/vocabulary.ts";
import { gptLayer } from "../../models/gpt.ts";
import type { AnyModule } from "../../nn/module.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { modelIn } from "../description.ts";
import { checkpointOfModel, type ExportModelOptions } from "../export.ts";
import { writeAtomically } from "../../runtime/atomic_files.ts";
import { onnxOf } from "../onnx/mod.ts";
import { encodeOnnx } from "../onnx/model.ts";
import { denseOf } from "../rows.ts";
import { encodeSafetensors, type NamedTensor } from "../safetensors.ts";
import { snapshotOf } from "../snapshot.ts";
import { bertIn, type StoredBert } from "./bert.ts";
import { bertGraph } from "./bert_graph.ts";
import { configText } from "./config.ts";
import { gptArrays, gptConfigText, gptIn } from "./gpt.ts";
import { bertNames, POSITIONS } from "./names.ts";

/** What {@linkcode exportHuggingFace} writes. */
export interface ExportHuggingFaceOptions extends Omit<ExportModelOptions, "format" | "model"> {
  /** A BERT, or a GPT in the form of GPT-2, whatever it takes and gives. */
  readonly model: AnyModule;
}

/**
 * Writes a BERT, or a GPT in the form of GPT-2, as a folder that transformers and its kin load: configuration, weights, tokenizer,
 * and the model as ONNX; see docs/export.md. Its parameters have the names of docs/adr/0021-onnx-and-hugging-face.md.
 *
 * @param folder It is made if need be; files of these names in it are replaced.
 * @throws {CheckpointError} if the model is neither, or a GPT of another form.
 * @throws {FileWriteError} if a file cannot be written.
 * @example
 * ```ts
 * import { bert, createDevice } from "@filigree/filigree";
 * import { exportHuggingFace, readBert } from "@filigree/filigree/runs";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const folder = await Deno.makeTempDir();
 * const size = { layers: 1, features: 16, heads: 2 };
 * await exportHuggingFace(folder, { device, model: bert({ size, vocabulary: 24 }) });
 * console.assert((await readBert(folder)).config?.heads === 2);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function exportHuggingFace(
  folder: string,
  options: ExportHuggingFaceOptions,
): Promise<void> {
  const checkpoint = await checkpointOfModel(options);
  await writeFolder(folder, folderFilesOf(checkpoint, options.preparation));
}

/**
 * The files of the model of a checkpoint, a BERT or a GPT in the form of GPT-2.
 *
 * @param preparation How its examples are prepared: it has the vocabulary, and the names of classes.
 * @throws {CheckpointError} if it is neither, or a GPT of another form.
 */
export function folderFilesOf(
  checkpoint: Checkpoint,
  preparation?: SourcePreparation,
): FolderFiles {
  return modelIn(checkpoint)?.kind === gptLayer.kind
    ? gptFilesOf(checkpoint, preparation)
    : bertFilesOf(checkpoint, preparation);
}

/**
 * The files of the GPT of a checkpoint.
 *
 * @param preparation How its text was read: it has the tokens.
 * @throws {CheckpointError} if it has not the form of GPT-2.
 */
export function gptFilesOf(checkpoint: Checkpoint, preparation?: SourcePreparation): FolderFiles {
  const gpt = gptIn(checkpoint);
  const isOf = preparation !== undefined && isOfWindows(preparation);
  const end = isOf ? preparation.pieces.indexOf(SPECIAL_PIECES.separator) : -1;
  const { layers } = snapshotOf(checkpoint);
  const names = { input: "input_ids", output: "logits" };
  return new Map<string, Uint8Array | string>([
    ["config.json", gptConfigText(gpt.config, end < 0 ? undefined : end)],
    ["model.safetensors", encodeSafetensors(gptArrays(gpt), { format: "pt" })],
    ...(isOf ? Object.entries(decoderTokenizerFiles(preparation)) : []),
    ["onnx/model.onnx", encodeOnnx(onnxOf({ layers, preparation: undefined }, names))],
  ]);
}

/**
 * The files of the BERT of a checkpoint.
 *
 * @param preparation How its examples are prepared: it has the vocabulary, and the names of classes.
 * @throws {CheckpointError} if the model is no BERT.
 */
export function bertFilesOf(checkpoint: Checkpoint, preparation?: SourcePreparation): FolderFiles {
  const bert = bertIn(checkpoint, preparation);
  return bertFiles(bert, tokenizerIn(preparation, bert.config.positions));
}

/** The files of the tokenizer that a preparation has; none of one without. */
function tokenizerIn(
  preparation: SourcePreparation | undefined,
  positions: number,
): Readonly<Record<string, string>> {
  if (preparation === undefined || !("pieces" in preparation)) return {};
  const { pieces, lowerCase, stripAccents } = preparation;
  if (!Array.isArray(pieces)) return {};
  const tokenizer = new Tokenizer(new Vocabulary(pieces.map(String)), {
    lowerCase: lowerCase === true,
    stripAccents: stripAccents === true,
  });
  return { ...tokenizerFiles(tokenizer, { positions }) };
}

/** Files by their names in the folder. */
export type FolderFiles = ReadonlyMap<string, Uint8Array | string>;

/**
 * The files of a BERT.
 *
 * @param tokenizer Those of its tokenizer, by name.
 */
export function bertFiles(
  bert: StoredBert,
  tokenizer: Readonly<Record<string, string>> = {},
): FolderFiles {
  const { config, parameters } = bert;
  return new Map<string, Uint8Array | string>([
    ["config.json", configText(config)],
    ["model.safetensors", encodeSafetensors(arraysOf(bert), { format: "pt" })],
    ...Object.entries(tokenizer),
    ["onnx/model.onnx", encodeOnnx(bertGraph(config, parameters))],
  ]);
}

/** Writes files to a folder, which is made if need be; an earlier file of a name is replaced. */
export async function writeFolder(folder: string, files: FolderFiles): Promise<void> {
  for (const [name, content] of files) {
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await writeAtomically(path, content, "model");
  }
}

/** Dense arrays under the names that they have there. The decoder is not among them: it is the table of the words. */
function arraysOf({ config: { layers }, parameters: { weights, vectors } }: StoredBert) {
  return bertNames(layers).flatMap(([here, name]): NamedTensor[] => {
    const rows = weights.get(here);
    if (rows !== undefined) {
      const turned = here === POSITIONS;
      const shape = [rows.begin.length - 1, rows.inputs];
      return [{ name, shape: turned ? shape.reverse() : shape, data: denseOf(rows, turned) }];
    }
    const vector = vectors.get(here);
    if (vector === undefined) return [];
    return [{ name, shape: [vector.length], data: Float32Array.from(vector) }];
  });
}
