/**
 * Tasks of features as tasks of sentences: the model reads pieces, stretches and a mask in the place of features.
 *
 * @module
 */
import type { SentenceInput } from "./pretraining.ts";
import type { Forward, Task, TensorBatch } from "./task.ts";

/** Names of the arrays that a model of sentences reads. */
export type SentenceInputName = "tokens" | "segments" | "mask";

/**
 * A task of `features` and a `target`, such as classification, for a model of sentences and data with `tokens`, `segments` and
 * `mask` in the place of the features. Loss, metrics and answers are the same.
 *
 * @example
 * ```ts
 * import { bertClassifier, ofSentences, taskNamed } from "@filigree/filigree";
 *
 * const task = ofSentences(taskNamed("class"));
 * const model = bertClassifier({ size: "tiny", vocabulary: 8192, classes: 2 });
 * console.assert(task.inputs.length === 3 && model.weights.length > 12);
 * ```
 */
export function ofSentences(
  { name, answer, ...task }: Task,
): Task<SentenceInputName, "target", SentenceInput> {
  const reading = (
    model: Forward<SentenceInput>,
    { tokens, segments, mask }: TensorBatch<SentenceInputName>,
  ): Forward => {
    return () => model({ tokens, segments, mask });
  };
  // The model is not called with what stands for features here.
  const known = <Batch extends TensorBatch<SentenceInputName>>(batch: Batch) => ({
    ...batch,
    features: batch.tokens,
  });
  return {
    ...{ name, inputs: ["tokens", "segments", "mask"], targets: ["target"] },
    output: (model, batch) => task.output(reading(model, batch), known(batch)),
    loss: (model, batch) => task.loss(reading(model, batch), known(batch)),
    metrics: Object.fromEntries(
      Object.entries(task.metrics).map(([metric, of]) => [
        metric,
        (output, batch, model) => of(output, known(batch), reading(model, batch)),
      ]),
    ),
    answer,
  };
}
