/**
 * Two that do the same work, and how they are compared: each times itself, in rounds that alternate between them.
 *
 * @module
 */
import { compareSpent, type SharedComparison, type Spent } from "../measure.ts";
import type { RunResponse } from "./protocol.ts";

/** One that carries out a task: Filigree in this process, or a peer in its own. */
export interface Contender {
  /** Versions of the libraries at work. */
  readonly versions: Readonly<Record<string, string>>;
  /** What it runs on. */
  readonly device: string;
  /** Carries the task out a number of times. */
  run(times: number): Promise<RunResponse>;
  /** The result of the last run; not of tasks `step` and `bert`, whose results are their losses. */
  result(): Promise<Float32Array>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Milliseconds of a round, each. */
const ROUND_MILLISECONDS = 120;

/** Their time of one run over ours. */
export async function compare(
  theirs: Contender,
  ours: Contender,
  rounds: number,
): Promise<SharedComparison> {
  const runs = [await runsOf(theirs), await runsOf(ours)];
  const spent: [Spent[], Spent[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    // The order changes, so that neither always runs in the other's wake.
    for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const { milliseconds, cpuMilliseconds } = await (which === 0 ? theirs : ours).run(
        runs[which],
      );
      spent[which].push({
        milliseconds: milliseconds / runs[which],
        cpuMilliseconds: cpuMilliseconds / runs[which],
      });
    }
  }
  return compareSpent(...spent);
}

/** How many runs fill a round. The first ones warm up. */
async function runsOf(contender: Contender): Promise<number> {
  await contender.run(1);
  for (let times = 1;; times *= 2) {
    const { milliseconds } = await contender.run(times);
    if (milliseconds >= ROUND_MILLISECONDS / 2) {
      return Math.max(1, Math.round(times * ROUND_MILLISECONDS / milliseconds));
    }
  }
}
