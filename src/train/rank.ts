/**
 * Which labels a model of very many labels puts first for examples, a chunk of labels and some examples at a time.
 *
 * @module
 */
import { NO_LABEL, orderIn } from "../data/labels/places.ts";
import { columnsOf, type Source } from "../data/source.ts";
import type { Module } from "../nn/module.ts";
import type { LabelFeatures, LabelHead } from "../ops/label_head.ts";
import { labelTop } from "../ops/label_top.ts";
import type { WeightedTokens } from "../ops/embedding.ts";
import type { Device } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import { Resource } from "../program/resource.ts";
import { specsOf } from "./objective.ts";
import { notFinite, runOver } from "./over.ts";

/** A model of sparse features, or of tokens, whose labels can be ranked: `extremeClassifier`. */
export type Ranker = Module<
  WeightedTokens,
  { readonly features: LabelFeatures; readonly head: LabelHead }
>;

/** How labels are ranked. */
export interface RankOptions {
  /** Labels of each example; 5 by default. */
  readonly top?: number;
  /** Examples at a time; as many as the source says by default, or 256. */
  readonly batchSize?: number;
}

/** The first labels of some examples. */
export interface Ranked {
  /**
   * `[examples, top]`: their numbers in the data, whatever order the head has them in, the first one first; of equal scores the lower
   * number is first.
   */
  readonly labels: Uint32Array;
  /** `[examples, top]`: their logits. */
  readonly scores: Float32Array;
  /** How many examples there are. */
  readonly examples: number;
}

/** Arrays that are read of a batch. */
const INPUTS = ["tokens", "weights"];

/**
 * The labels that come first for the examples of a source, in their order.
 *
 * @param source Gives `tokens` and `weights`, as `rankingSource` does; labels are not looked at. Its preparation says the order
 * that the head has its labels in, if that is another one than theirs.
 * @throws {RangeError} if there are fewer labels than are asked for, or one of them has no finite logit.
 * @example
 * ```ts
 * import { createDevice, extremeClassifier, rankLabels } from "@filigree/filigree";
 * import { rankingSource } from "@filigree/filigree/files";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
 * const model = extremeClassifier({ features: 9, labels: 100, width: 64 });
 * const features = {
 *   ...{ rows: 1, columns: 9, offsets: Uint32Array.of(0, 1) },
 *   ...{ indices: Uint32Array.of(4), values: Float32Array.of(1) },
 * };
 * for await (const { labels, scores } of rankLabels(device, model, rankingSource({ features }))) {
 *   console.assert(labels.length === 5 && scores[0] >= scores[1]);
 * }
 * ```
 */
export async function* rankLabels(
  device: Device,
  model: Ranker,
  source: Source,
  { top = 5, batchSize = source.together ?? 256 }: RankOptions = {},
): AsyncGenerator<Ranked> {
  using program = await rankingProgram(device, model, source, { top, batchSize });
  const columns = columnsOf(batchSize);
  let first = 0;
  for await (const examples of runOver(program, { inputs: INPUTS, source, batchSize })) {
    yield await rankedBy(program, { examples, top, columns, first });
    first += examples;
  }
}

/**
 * Compiles what ranks labels: a program of `tokens` and `weights`, whose outputs {@linkcode rankedBy} reads.
 *
 * @throws {RangeError} if there are fewer labels than are asked for, or their order does not have each of them once.
 */
export async function rankingProgram(
  device: Device,
  model: Ranker,
  { inputs, finite, preparation }: Pick<Source, "inputs" | "finite" | "preparation">,
  { top, batchSize }: Required<RankOptions>,
): Promise<Program> {
  const order = orderIn(preparation);
  const numbers = order === undefined ? {} : { numbers: numbersOf(order) };
  const specs = specsOf("rank labels", INPUTS, inputs, batchSize);
  return await device.compile(specs, (tokens, weights) => {
    const { features, head } = model({ tokens, weights });
    const { labels, scores } = labelTop(features, head, top, numbers);
    return [labels, scores];
  }, { trustInputs: finite === true });
}

/** The label that each row of a head stands for, on the device. */
function numbersOf(order: Uint32Array<ArrayBuffer>): Resource {
  return new Resource({
    ...{ label: "labelNumbers", type: "u32", length: order.length, category: "inputs" },
    initial: () => order,
  });
}

/**
 * What a program of {@linkcode rankingProgram} has found for the examples of its last run.
 *
 * @param examples.first The number of the first of them, which an error names.
 * @throws {RangeError} if a first label of an example has no finite logit.
 */
export async function rankedBy(
  program: Program,
  { examples, top, columns, first }: {
    readonly examples: number;
    readonly top: number;
    readonly columns: number;
    readonly first: number;
  },
): Promise<Ranked> {
  const [words, floats] = [await program.words(0), await program.floats(1)];
  const [labels, scores] = [new Uint32Array(examples * top), new Float32Array(examples * top)];
  for (let place = 0; place < top; place++) {
    for (let example = 0; example < examples; example++) {
      labels[example * top + place] = words[place * columns + example];
      scores[example * top + place] = floats[place * columns + example];
    }
  }
  const wrong = labels.findIndex((label, i) => label === NO_LABEL || !Number.isFinite(scores[i]));
  if (wrong >= 0) throw notFinite("rank labels", first + Math.floor(wrong / top), "logits");
  return { labels, scores, examples };
}
