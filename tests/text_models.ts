/**
 * A few texts of two kinds, and models of them: what tests of texts share.
 *
 * @module
 */
import {
  type LabelledTexts,
  type TextPreparation,
  textPreparationOf,
  textSource,
} from "../src/data/text.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import type { Device } from "../src/program/device.ts";
import type { MemorySource } from "../src/data/source.ts";
import {
  attention,
  batchNorm,
  embedding,
  embeddingBag,
  flatten,
  gelu,
  layerNorm,
  linear,
  type Module,
  positions as learntPositions,
  residual,
  rmsNorm,
  sequential,
  transformerEncoder,
} from "../src/nn/mod.ts";

/** Texts of which the words say the class. */
export const TEXTS: LabelledTexts = {
  texts: [
    "The cat sleeps, the dog runs.",
    "A dog and a cat!",
    "cats? no: one cat, one DOG",
    "Rain falls on the old house",
    "the house stands in the rain",
    "old house; old rain",
  ],
  labels: [0, 0, 0, 1, 1, 1],
  classNames: ["animals", "places"],
};

/** What a model of texts takes. */
export interface TextExample {
  /** Words that are read. */
  readonly positions: number;
  /** The texts. */
  readonly source: MemorySource<"features" | "target">;
  /** How they are read. */
  readonly preparation: TextPreparation;
  /** A model of them. */
  readonly model: Module;
}

/** Models of texts. */
export const TEXT_MODELS = {
  /** A bag of words. */
  bag: (vocabulary: number): Module =>
    sequential(embeddingBag(vocabulary, 5, PADDED), linear(5, 2)),
  /** One to which it matters where a word stands. */
  places: (vocabulary: number, positions: number): Module =>
    sequential(embedding(vocabulary, 4, PADDED), flatten(), linear(4 * positions, 2)),
  /** One that says something of every word: what runs along features, at every position. */
  sequence: (vocabulary: number, positions: number): Module =>
    sequential(
      embedding(vocabulary, 8, { deviation: 1 }),
      learntPositions(positions + 2, 8, { deviation: 1 }),
      residual(attention({ features: 8, heads: 2, pattern: fanIn(3) })),
      layerNorm(8),
      attention({ features: 8, heads: 1, causal: true, bias: false }),
      residual(sequential(linear(8, 12, { pattern: fanIn(3) }), gelu(), linear(12, 8))),
      batchNorm(8),
      transformerEncoder({ layers: 1, features: 8, heads: 4, pattern: fanIn(3), dropout: 0.1 }),
      rmsNorm(8),
      linear(8, 3),
    ),
} as const;

/** Padding gives zeros; rows are of a size that matters. */
const PADDED = { padding: 0, deviation: 1 };

/** A model of the texts, by its name among {@linkcode TEXT_MODELS}. */
export function textExample(name: keyof typeof TEXT_MODELS = "bag"): TextExample {
  const positions = 7;
  const preparation = textPreparationOf(TEXTS, { positions, least: 1 });
  const model = TEXT_MODELS[name](preparation.words.length + 2, positions);
  return { positions, source: textSource(TEXTS, preparation), preparation, model };
}

/** What the model of an example makes of its texts, with the tokens of each: `[examples][positions]`, `[examples][outputs]`. */
export async function outputsOfTexts(
  device: Device,
  { positions, source, model }: TextExample,
): Promise<{ tokens: number[]; outputs: number[][] }> {
  const { examples } = source;
  await device.place(model.parameters);
  const specs = [{ shape: [positions, examples], type: "u32" as const }];
  using program = await device.compile(specs, (x) => model(x));
  const order = { batchSize: examples, seed: 0, shuffle: false };
  const [{ arrays: { features } }] = source.epoch(0, order);
  program.run([features], { step: 0, totalSteps: 0 });
  const outputs = await program.floats(0);
  const columns = features.length / positions;
  const tokens = Array.from(
    { length: examples * positions },
    (_, i) => features[(i % positions) * columns + Math.floor(i / positions)],
  );
  const rows = outputs.length / columns;
  return {
    tokens,
    outputs: Array.from(
      { length: examples },
      (_, example) => Array.from({ length: rows }, (_, row) => outputs[row * columns + example]),
    ),
  };
}
