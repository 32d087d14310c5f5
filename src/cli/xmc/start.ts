/**
 * What the encoder of a model of very many labels begins with: one that was trained before.
 *
 * @module
 */
import type { OtherPreparation } from "../../data/preparation.ts";
import type { TrainedSizes } from "../../models/definition.ts";
import type { ExtremeClassifier } from "../../models/extreme_classifier.ts";
import { loadArrays } from "../../train/huggingface/load.ts";
import type { NamedTensor } from "../../train/safetensors.ts";
import type { Config } from "../config/schema.ts";
import type { Opened } from "../session.ts";
import { readEncoder, type TrainedEncoder } from "../start.ts";

/** What an encoder is called in its classifier. */
const PLACE = "bert.";

/** The tables of words and of stretches. */
const WORDS = "embeddings.words.weight", SEGMENTS = "embeddings.segments.weight";

/**
 * Reads what a configuration says that the encoder begins with, if anything.
 *
 * @throws {ValidationError} if there is nothing.
 * @throws {CheckpointError} if it is no encoder of text.
 */
export async function startOfEncoder(
  { model: { from } }: Pick<Config, "model">,
): Promise<TrainedEncoder | undefined> {
  return from === undefined ? undefined : await readEncoder(String(from));
}

/** The sizes in the preparation of a model whose encoder was trained before. */
export function trainedSizesIn({ trained }: OtherPreparation): TrainedSizes | undefined {
  return isSizes(trained) ? trained : undefined;
}

const SIZES = ["vocabulary", "positions", "epsilon", "layers", "features", "heads", "intermediate"];

function isSizes(value: unknown): value is TrainedSizes {
  if (typeof value !== "object" || value === null) return false;
  const found = new Map(Object.entries(value));
  return SIZES.every((name) => typeof found.get(name) === "number");
}

/**
 * How a training begins with an encoder that was trained before; the rest of its model begins as it is drawn. Matrices that are
 * sparse keep the largest of its units. A run that goes on takes all numbers from its checkpoint.
 */
export function beginningEncoder(
  { model: { from }, run: { seed } }: Config,
  model: ExtremeClassifier,
  { arrays }: TrainedEncoder,
): Pick<Opened, "begin"> {
  const except = Object.keys(model.children).map((name) => `${name}.`)
    .filter((place) => place !== PLACE);
  return {
    async begin(device) {
      await loadArrays({ device, model, arrays: inPlace(arrays), except, seed });
      return `the encoder begins as that of ${from}`;
    },
  };
}

/** The arrays by the ways to them in a classifier, which knows of one stretch alone: its row is a part of every word. */
function inPlace(arrays: TrainedEncoder["arrays"]): Map<string, NamedTensor> {
  const segment = arrays.get(SEGMENTS)?.data;
  return new Map([...arrays].map(([way, array]) => {
    const { shape: [, features], data } = array;
    const own = way !== WORDS || segment === undefined
      ? data
      : Float32Array.from(data, (value, i) => value + segment[i % features]);
    return [PLACE + way, { ...array, data: own }];
  }));
}
