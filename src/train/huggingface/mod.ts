/**
 * Folders that the libraries of Hugging Face load.
 *
 * @module
 */
import { writeAtomically } from "../files.ts";
import { encodeOnnx } from "../onnx/model.ts";
import { denseOf } from "../rows.ts";
import { encodeSafetensors, type NamedTensor } from "../safetensors.ts";
import type { StoredBert } from "./bert.ts";
import { bertGraph } from "./bert_graph.ts";
import { configText } from "./config.ts";
import { bertNames } from "./names.ts";

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
      return [{ name, shape: [rows.begin.length - 1, rows.inputs], data: denseOf(rows) }];
    }
    const vector = vectors.get(here);
    if (vector === undefined) return [];
    return [{ name, shape: [vector.length], data: Float32Array.from(vector) }];
  });
}
