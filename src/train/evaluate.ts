/**
 * Mean loss and metrics of a model on a data set.
 *
 * @module
 */
import type { Source } from "../data/source.ts";
import { type Program, RING_SIZE } from "../program/program.ts";
import { runOver } from "./over.ts";

/** Result of {@linkcode Trainer.evaluate}. */
export interface Evaluation {
  /** Mean loss. */
  readonly loss: number;
  /** Means of the metrics, such as `accuracy`: the share of right answers, in [0, 1]. */
  readonly [metric: string]: number;
}

/** A program that returns means of a batch. */
export interface Measuring {
  /** The program. */
  readonly program: Program;
  /** What its inputs are. */
  readonly inputs: readonly string[];
  /** What its scalars are; the first one is `loss`. */
  readonly names: readonly string[];
}

/** Runs a program that returns means of a batch over all examples, in their order. */
export async function evaluateWith(
  { program, inputs, names }: Measuring,
  source: Source,
  batchSize: number,
): Promise<Evaluation> {
  const sums = new Float64Array(names.length);
  let sizes: number[] = [];
  // Those of an evaluation that has failed.
  program.forget();
  const collect = async (): Promise<void> => {
    const scalars = await program.scalars();
    scalars.forEach((means, j) => sizes.forEach((size, i) => sums[j] += means[i] * size));
    sizes = [];
  };
  for await (const examples of runOver(program, { inputs, source, batchSize })) {
    sizes.push(examples);
    if (sizes.length === RING_SIZE) await collect();
  }
  await collect();
  const [loss, ...metrics] = sums.map((sum) => sum / source.examples);
  return {
    ...Object.fromEntries(metrics.map((mean, i) => [names[i + 1], mean])),
    loss,
  };
}
