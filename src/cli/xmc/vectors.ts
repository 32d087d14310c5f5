/**
 * Vectors of words that were learnt elsewhere, which the words of a model of very many labels begin with.
 *
 * @module
 */
import type { RankingPreparation } from "../../data/labels/source.ts";
import { dimensionsOf, readWordVectors } from "../../data/word_vectors.ts";
import type { ExtremeClassifier } from "../../models/extreme_classifier.ts";
import { treeOfModel } from "../../nn/module.ts";
import type { Device } from "../../program/device.ts";
import { refuse } from "../applicable.ts";
import { type Layer, resolveLayers, type Usual } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { requirePath } from "../data_sets/definition.ts";
import { ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";
import type { Opened } from "../session.ts";
import { wordsIn } from "./words.ts";

/** The way to the table of words, whose first row is padding. */
const TABLE = "words.weight";

/** The folder that a configuration names, if any. */
function vectorsIn({ model: { vectors } }: Pick<Config, "model">): string | undefined {
  return typeof vectors === "string" ? vectors : undefined;
}

/**
 * What a training has by default where its words begin with vectors: their numbers are its width.
 *
 * @param usualFor What it has by what is said of it and the numbers that words become.
 *
 * @throws {ValidationError} if there are no such vectors, or another width is asked for.
 * @throws {DataFormatError} if they are damaged.
 */
export async function withVectors(
  layers: readonly Layer[],
  usualFor: (layers: readonly Layer[], width?: number) => Usual,
): Promise<Usual> {
  const usual = usualFor(layers);
  const { config, origins } = resolveLayers(layers, usual);
  const folder = vectorsIn(config);
  const { encoder } = config.model;
  // What has no words of its own refuses vectors of them.
  if (folder === undefined || encoder === "none" || encoder === "bert") return usual;
  await requirePath(folder, missing(folder));
  const dimensions = await orMissing(folder, () => dimensionsOf(folder));
  const { width = dimensions } = config.model;
  if (width !== dimensions) {
    const why = `is ${width}, but vectors of "${folder}" have ${dimensions} numbers; ` +
      `expected ${dimensions}, as without the option`;
    refuse("model.width", why, origins.get("model.width"));
  }
  const { values = [], ...others } = usualFor(layers, dimensions);
  return { ...others, values: new Map([...values, ["model.width", dimensions]]) };
}

/**
 * How a training begins with the vectors of its configuration. One that goes on, and whoever tests or asks a model, needs no
 * file: the table is in the checkpoint.
 *
 * @throws {ValidationError} if the features of the examples are no words.
 */
export function beginningVectors(
  config: Config,
  model: ExtremeClassifier,
  preparation: RankingPreparation,
): Pick<Opened, "begin"> {
  const folder = vectorsIn(config);
  if (folder === undefined) return {};
  const words = wordsIn(preparation)?.words;
  if (words === undefined) {
    throw new ValidationError(
      `Option "--vectors" (model.vectors) is "${folder}", but "${config.data.name}" has features that have no words; expected ` +
        "data with texts, or features.txt beside the features.",
    );
  }
  const { run: { seed } } = config;
  return { begin: (device) => begin({ device, model, folder, words, seed }) };
}

/** What begins with what. */
interface Beginning {
  readonly device: Device;
  readonly model: ExtremeClassifier;
  readonly folder: string;
  /** By the numbers of their features. */
  readonly words: readonly string[];
  readonly seed: number;
}

/**
 * Puts vectors into the table of words, and zeros for words that have none.
 *
 * @returns What was found, in a line.
 */
async function begin({ device, model, folder, words, seed }: Beginning): Promise<string> {
  const { dimensions, values, known } = await orMissing(
    folder,
    () => readWordVectors(folder, words),
  );
  const found = known.reduce((sum, each) => sum + each, 0);
  const problem = (is: string, expected: string) =>
    new ValidationError(
      `Cannot begin with the vectors of "${folder}": ${is}; expected ${expected}.`,
    );
  if (found === 0) {
    throw problem(
      `it has none of the ${grouped(words.length)} words of the texts, such as "${words[0]}"`,
      "words in lower case, of the same language",
    );
  }
  const { parameters, weights } = treeOfModel(model);
  const table = weights.find(({ values }) => parameters.get(values) === TABLE);
  if (table === undefined) throw new Error(`Cannot begin with vectors: no "${TABLE}" in the model`);
  const { shape: [rows, width] } = table;
  if (width !== dimensions) {
    throw problem(`they have ${dimensions} numbers`, `${width}, the width of the model`);
  }
  const numbers = new Float32Array(rows * width);
  numbers.set(values, width);
  await device.place(model.parameters, { seed });
  device.write(table.values, numbers);
  return `${grouped(found)} of ${grouped(words.length)} words begin with vectors of ${folder}`;
}

/** Reads vectors; that a file of them is not there is wrong use. */
async function orMissing<Result>(folder: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new ValidationError(missing(folder), { cause });
  }
}

function missing(folder: string): string {
  return `Option "--vectors" (model.vectors) is "${folder}", and there are no vectors; expected a folder with words.txt and ` +
    "vectors.npy, such as `filigree data prepare vectors` writes.";
}
