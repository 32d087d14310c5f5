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
import type { Device } from "../src/program/device.ts";
import type { MemorySource } from "../src/data/source.ts";
import {
  embedding,
  embeddingBag,
  flatten,
  linear,
  type Module,
  positions as learntPositions,
  sequential,
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

/** A bag of words; with `places` a model to which it matters where a word stands. */
export function textExample({ places = false } = {}): TextExample {
  const positions = 7;
  const preparation = textPreparationOf(TEXTS, { positions, least: 1 });
  const vocabulary = preparation.words.length + 2;
  const options = { padding: 0, deviation: 1 };
  const model = places
    ? sequential(
      embedding(vocabulary, 4, options),
      // One more than a text has.
      learntPositions(positions + 1, 4, { deviation: 1 }),
      flatten(),
      linear(4 * positions, 2),
    )
    : sequential(embeddingBag(vocabulary, 5, options), linear(5, 2));
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
