/**
 * Mean loss and accuracy of a model on a data set.
 *
 * @module
 */
import { Batcher } from "../data/batcher.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Program, RING_SIZE } from "../program/program.ts";

/** Result of {@linkcode Trainer.evaluate}. */
export interface Evaluation {
  /** Mean loss. */
  readonly loss: number;
  /** Share of right answers, in [0, 1]. */
  readonly accuracy: number;
}

/** Runs a program that returns the mean loss and the accuracy of a batch over all examples, in their order. */
export async function evaluateWith(
  program: Program,
  data: Dataset,
  batchSize: number,
): Promise<Evaluation> {
  const batcher = new Batcher(data, { batchSize, seed: 0, shuffle: false });
  let loss = 0;
  let right = 0;
  let sizes: number[] = [];
  const collect = async (): Promise<void> => {
    const [losses, accuracies] = await program.scalars();
    sizes.forEach((size, i) => {
      loss += losses[i] * size;
      right += accuracies[i] * size;
    });
    sizes = [];
  };
  for (const batch of batcher.epoch(0)) {
    program.run([batch.features, batch.labels], { step: 0, totalSteps: 0 }, batch.examples);
    sizes.push(batch.examples);
    if (sizes.length === RING_SIZE) await collect();
  }
  await collect();
  return { loss: loss / data.examples, accuracy: right / data.examples };
}
