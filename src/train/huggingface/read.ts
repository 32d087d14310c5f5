/**
 * Reads a BERT out of a folder of Hugging Face, or of a file of safetensors alone.
 *
 * @module
 */
import { CheckpointError } from "../errors.ts";
import { decodeSafetensors, type NamedTensor } from "../safetensors.ts";
import { type BertConfig, configFrom } from "./config.ts";
import { layersIn, POSITIONS, waysHere } from "./names.ts";

/** A BERT that somebody else trained, dense. */
export interface PretrainedBert {
  /** What its `config.json` says; absent of a file alone. */
  readonly config?: BertConfig;
  /** Its parameters in f32, by the ways to them. */
  readonly arrays: ReadonlyMap<string, NamedTensor>;
  /** Names in the file that stand for no parameter of BERT, such as those of another head. */
  readonly unknown: readonly string[];
}

/**
 * Reads a dense BERT: names with or without `bert.` in front, `gamma` and `beta` for the norms too, f32, f16 or bf16.
 *
 * @param path A folder with `config.json` and `model.safetensors`, or a file of safetensors.
 * @throws {CheckpointError} if a file is missing or damaged, or holds no BERT.
 * @throws {SyntaxError} if the configuration is of another kind.
 * @example
 * ```ts
 * import { CheckpointError } from "@filigree/filigree";
 * import { readBert } from "@filigree/filigree/runs";
 *
 * try {
 *   const { arrays } = await readBert("bert-base-uncased");
 *   console.log(arrays.get("embeddings.words.weight")?.shape);
 * } catch (error) {
 *   console.assert(error instanceof CheckpointError);
 * }
 * ```
 */
export async function readBert(path: string): Promise<PretrainedBert> {
  const isFolder = !path.endsWith(".safetensors");
  const file = isFolder ? `${path}/model.safetensors` : path;
  const bytes = await contentOf(file, (name) => Deno.readFile(name));
  const { tensors } = await decodeSafetensors(bytes, file, { foreign: true });
  // Every layer has an array, whatever number a damaged name has.
  const wayOf = waysHere(Math.min(layersIn(tensors.keys()), tensors.size));
  const arrays = new Map<string, NamedTensor>();
  const unknown: string[] = [];
  for (const [name, tensor] of tensors) {
    const way = wayOf(name);
    if (way === undefined) unknown.push(name);
    else if (way === POSITIONS && tensor.shape.length !== 2) {
      throw new CheckpointError(file, `"${name}" is [${tensor.shape}]; expected a matrix`);
    } else if (arrays.has(way)) {
      throw new CheckpointError(file, `it has two arrays for "${way}", the second is "${name}"`);
    } else arrays.set(way, { ...way === POSITIONS ? transposed(tensor) : tensor, name: way });
  }
  if (!arrays.has("embeddings.words.weight")) {
    throw new CheckpointError(
      file,
      `it holds no BERT: ${tensors.size} arrays, such as "${tensors.keys().next().value}"; ` +
        'expected "bert.embeddings.word_embeddings.weight" among them',
    );
  }
  requireTied(file, tensors, arrays);
  if (!isFolder) return { arrays, unknown };
  const about = `${path}/config.json`;
  const config = configFrom(await contentOf(about, (name) => Deno.readTextFile(name)), about);
  return { config, arrays, unknown };
}

/** A matrix with its rows as columns. */
function transposed({ name, shape: [rows, columns], data }: NamedTensor): NamedTensor {
  const turned = Float32Array.from(
    data,
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)],
  );
  return { name, shape: [columns, rows], data: turned };
}

async function contentOf<T>(file: string, read: (name: string) => Promise<T>): Promise<T> {
  try {
    return await read(file);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new CheckpointError(
      file,
      "there is no such file; expected a folder with config.json and model.safetensors, or a file of safetensors",
      { cause },
    );
  }
}

/** Refuses a decoder that is not the table of the words: here it always is. */
function requireTied(
  file: string,
  tensors: ReadonlyMap<string, NamedTensor>,
  arrays: ReadonlyMap<string, NamedTensor>,
): void {
  for (
    const [name, way] of [
      ["cls.predictions.decoder.weight", "embeddings.words.weight"],
      ["cls.predictions.decoder.bias", "masked.bias"],
    ]
  ) {
    const [decoder, own] = [tensors.get(name)?.data, arrays.get(way)?.data];
    if (decoder === undefined || own === undefined) continue;
    if (decoder.length === own.length && decoder.every((x, i) => x === own[i])) continue;
    throw new CheckpointError(
      file,
      `its "${name}" differs from the parameter that it is tied to; expected a decoder that is the table of the words`,
    );
  }
}
