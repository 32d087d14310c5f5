/**
 * Mean loss and metrics of a model on a data set.
 *
 * @module
 */
import { Batcher } from "../data/batcher.ts";
import type { Dataset } from "../data/dataset.ts";
import { type Program, RING_SIZE } from "../program/program.ts";
import { Pace } from "./pace.ts";

/** Result of {@linkcode Trainer.evaluate}. */
export interface Evaluation {
  /** Mean loss. */
  readonly loss: number;
  /** Means of the metrics, such as `accuracy`: the share of right answers, in [0, 1]. */
  readonly [metric: string]: number;
}

/**
 * Runs a program that returns means of a batch over all examples, in their order.
 *
 * @param names What the scalars of the program are; the first one is `loss`.
 */
export async function evaluateWith(
  program: Program,
  names: readonly string[],
  data: Dataset,
  batchSize: number,
): Promise<Evaluation> {
  const batcher = new Batcher(data, { batchSize, seed: 0, shuffle: false });
  const sums = new Float64Array(names.length);
  let sizes: number[] = [];
  // Those of an evaluation that has failed.
  program.forget();
  const collect = async (): Promise<void> => {
    const scalars = await program.scalars();
    scalars.forEach((means, j) => sizes.forEach((size, i) => sums[j] += means[i] * size));
    sizes = [];
  };
  const pace = new Pace();
  for (const batch of batcher.epoch(0)) {
    if (pace.due) await pace.turn();
    program.run([batch.features, batch.targets], { step: 0, totalSteps: 0 }, batch.examples);
    sizes.push(batch.examples);
    if (sizes.length === RING_SIZE) await collect();
  }
  await collect();
  const [loss, ...metrics] = sums.map((sum) => sum / data.examples);
  return {
    ...Object.fromEntries(metrics.map((mean, i) => [names[i + 1], mean])),
    loss,
  };
}
