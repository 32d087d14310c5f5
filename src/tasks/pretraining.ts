/**
 * What BERT is pre-trained for (Devlin et al. 2019, section 3.1): the words that were masked, and whether one stretch of text
 * follows another.
 *
 * @module
 */
import { add } from "../ops/add.ts";
import { accuracy, crossEntropy } from "../ops/cross_entropy.ts";
import {
  vocabularyAccuracy,
  vocabularyCrossEntropy,
  type VocabularyHead,
} from "../ops/vocabulary.ts";
import type { Tensor } from "../program/trace.ts";
import { classOf } from "./classification.ts";
import type { Forward, Measured, Task, TensorBatch } from "./task.ts";

/** What a model of two stretches of text takes. */
export interface SentenceInput {
  /** `[positions, examples]`, u32: numbers of pieces. */
  readonly tokens: Tensor;
  /** `[positions, examples]`, u32: the stretch that each is of. */
  readonly segments: Tensor;
  /** `[positions, examples]`, f32: 1 where a piece is, 0 behind the last. */
  readonly mask: Tensor;
}

/** What a model takes that is pre-trained. */
export interface PretrainingInput extends SentenceInput {
  /** `[places, examples]`, u32: the positions whose words are to be told; all of them where it is absent. */
  readonly places?: Tensor;
}

/** What a model gives that is pre-trained. */
export interface PretrainingOutput {
  /** `[features, places, examples]`: what is known of the words there. */
  readonly hidden: Tensor;
  /** What makes logits of the words of these. */
  readonly head: VocabularyHead;
  /** `[2, examples]`: logits of that the second stretch follows the first, and of that it does not. */
  readonly next: Tensor;
}

/** Names of the arrays that a model reads to pre-train. */
export type PretrainingInputName = "tokens" | "segments" | "mask" | "places";

/** Names of the arrays that say what is true. */
export type PretrainingTargetName = "words" | "weights" | "next";

/** What the metrics of {@linkcode pretraining} are called for people. */
export const PRETRAINING_MEASURES: readonly Measured[] = [
  { name: "maskedLoss", title: "masked loss" },
  { name: "maskedAccuracy", title: "masked accuracy", share: true },
  { name: "nextAccuracy", title: "next-sentence accuracy", share: true },
];

/**
 * The task of sources such as `openPretrainingCorpus` makes: the cross-entropy of the masked words, each place by its weight,
 * plus that of the next sentence. It measures the first alone (`maskedLoss`), the share of masked words that are told
 * (`maskedAccuracy`), and the share of pairs (`nextAccuracy`).
 *
 * @example
 * ```ts
 * import { bert, pretraining } from "@filigree/filigree";
 *
 * const model = bert({ size: "tiny", vocabulary: 8192, sparsity: 0.9 });
 * const task = pretraining(); // new Trainer({ device, model, task, optimizer })
 * console.assert(task.inputs.includes("places") && model.weights.length > 12);
 * ```
 */
export function pretraining(): Task<
  PretrainingInputName,
  PretrainingTargetName,
  PretrainingInput,
  PretrainingOutput
> {
  return {
    name: "pretraining",
    inputs: ["tokens", "segments", "mask", "places"],
    targets: ["words", "weights", "next"],
    output: (model, batch) => outputOf(model, batch).next,
    loss(model, batch) {
      const output = outputOf(model, batch);
      return add(maskedLoss(output, batch), crossEntropy(output.next, batch.next));
    },
    metrics: {
      maskedLoss: (_, batch, model) => maskedLoss(outputOf(model, batch), batch),
      maskedAccuracy(_, batch, model) {
        const { hidden, head } = outputOf(model, batch);
        return vocabularyAccuracy(hidden, head, batch.words, { weights: batch.weights });
      },
      nextAccuracy: (next, batch) => accuracy(next, batch.next),
    },
    answer: classOf,
  };
}

function maskedLoss(
  { hidden, head }: PretrainingOutput,
  { words, weights }: TensorBatch<PretrainingTargetName>,
): Tensor {
  return vocabularyCrossEntropy(hidden, head, words, { weights });
}

function outputOf(
  model: Forward<PretrainingInput, PretrainingOutput>,
  { tokens, segments, mask, places }: TensorBatch<PretrainingInputName>,
): PretrainingOutput {
  return model({ tokens, segments, mask, places });
}
