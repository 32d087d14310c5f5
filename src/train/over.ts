/**
 * A program over all examples of a source, in their order.
 *
 * @module
 */
import type { Source } from "../data/source.ts";
import type { Program } from "../program/program.ts";
import { Ahead } from "./ahead.ts";
import { arraysOf } from "./objective.ts";
import { Pace } from "./pace.ts";

/** Which examples a program runs over, and how many at a time. */
export interface Pass {
  /** What its inputs are. */
  readonly inputs: readonly string[];
  readonly source: Source;
  readonly batchSize: number;
}

/** Runs a program batch by batch, and tells after each how many examples it had. The batch behind it is made meanwhile. */
export async function* runOver(
  program: Program,
  { inputs, source, batchSize }: Pass,
): AsyncGenerator<number> {
  const pace = new Pace();
  const batches = new Ahead(source, 0, { batchSize, seed: 0, shuffle: false });
  try {
    while (true) {
      const next = batches.next();
      const batch = next instanceof Promise ? await next : next;
      if (batch === undefined) break;
      if (pace.due) await pace.turn();
      const running = program.run(
        arraysOf(inputs, batch),
        { step: 0, totalSteps: 0 },
        batch.examples,
      );
      if (running instanceof Promise) await running;
      batches.makeNext();
      yield batch.examples;
    }
  } finally {
    await batches.close();
  }
}

/** The error of an example for which a model gives numbers that are not finite. */
export function notFinite(attempt: string, example: number, numbers: string): RangeError {
  return new RangeError(
    `Cannot ${attempt}: example ${example} has ${numbers} that are not finite; ` +
      "expected finite ones (a feature may be too large, or a weight not finite)",
  );
}
