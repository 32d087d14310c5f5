/**
 * The order of an epoch over examples of which only a window is in memory: runs of neighbours come in a random order, a window
 * takes so many of them, and the examples of a window are mixed. Where all of them fit into one window that is any order.
 *
 * @module
 */
import { permutation, Random } from "../device/random.ts";
import type { EpochOptions } from "./source.ts";

/** Streams of random numbers of orders; those of data in memory have 0, splits 1. */
const RUN_STREAM = 2, WINDOW_STREAM = 3;

/** How an epoch is cut. */
export interface WindowSizes {
  /** Most examples of a window; where a batch is larger, that many. */
  readonly window: number;
  /** Examples of a run: what is read at once. */
  readonly run: number;
}

/** What is in memory at a time: a whole number of batches, but for the last one of an epoch. */
export interface Window {
  /** Runs of neighbours, by the number of the first. */
  readonly runs: readonly { readonly first: number; readonly count: number }[];
  /** Examples in them. */
  readonly count: number;
  /** Places in the window in the order in which batches take them. */
  readonly order: Uint32Array;
  /** Batches that are over. */
  readonly skip: number;
}

/** Examples of a window that is full. */
export function windowExamples({ window }: WindowSizes, batchSize: number): number {
  return Math.max(1, Math.floor(window / batchSize)) * batchSize;
}

/** The windows of an epoch, without those that are over. The order depends on seed, epoch, sizes and batch size alone. */
export function* windowsIn(
  examples: number,
  epoch: number,
  sizes: WindowSizes,
  { batchSize, seed, shuffle, skip = 0 }: EpochOptions,
): Generator<Window, void, undefined> {
  const full = windowExamples(sizes, batchSize);
  const key = { seed, use: "order", step: epoch } as const;
  const runs = runsIn(
    examples,
    sizes.run,
    shuffle ? new Random({ ...key, stream: RUN_STREAM }) : undefined,
  );
  let over = skip;
  for (let number = 0; number * full < examples; number++) {
    const count = Math.min(full, examples - number * full);
    const taken = runs.take(count);
    const batches = Math.ceil(count / batchSize);
    if (over >= batches) {
      over -= batches;
      continue;
    }
    const order = shuffle
      ? permutation(new Random({ ...key, stream: WINDOW_STREAM, element: number }), count)
      : Uint32Array.from({ length: count }, (_, i) => i);
    yield { runs: taken, count, order, skip: over };
    over = 0;
  }
}

/** The runs of all examples, in a random order if there is one; each is taken whole or in parts. */
function runsIn(examples: number, run: number, random: Random | undefined) {
  const all = Math.ceil(examples / run);
  const order = random === undefined ? undefined : permutation(random, all);
  let at = 0, used = 0;
  return {
    take(count: number): { first: number; count: number }[] {
      const taken: { first: number; count: number }[] = [];
      for (let left = count; left > 0;) {
        const begin = (order?.[at] ?? at) * run;
        const some = Math.min(left, Math.min(run, examples - begin) - used);
        taken.push({ first: begin + used, count: some });
        left -= some;
        used += some;
        if (begin + used < Math.min(begin + run, examples)) continue;
        used = 0;
        at++;
      }
      return taken;
    },
  };
}
