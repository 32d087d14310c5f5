/**
 * What ranks that share the examples of a batch tell each other where all of them are normalised together: the moments of each
 * channel on the way forward, the two sums of the gradient on the way back.
 *
 * @module
 */
import { STEP_BYTES, STEP_WORDS } from "../device/step_block.ts";
import type { Parallel } from "../parallel/parallel.ts";
import { floatsIn, hostChange, wordsIn } from "../program/host_calls.ts";
import type { Tensor } from "../program/trace.ts";

/**
 * Records that the statistics of the examples of all ranks take the place of those of this one's.
 *
 * @param statistics `[2, channels]`: means, then biased variances.
 * @returns A step block that says how many examples all ranks have, and nothing else.
 */
export function joinStatistics(parallel: Parallel, statistics: Tensor): Tensor {
  const { trace } = statistics;
  const all = trace.transient([STEP_BYTES / 4], "activations", "u32");
  hostChange(
    trace,
    "join_statistics",
    [{ tensor: statistics, access: "readwrite" }, { tensor: all, access: "write" }],
    ([own, step], examples) => {
      wordsIn(step)[STEP_WORDS.examples] = joinedStatistics(parallel, floatsIn(own), examples);
    },
  );
  return all;
}

/** Sums over the elements of each channel: `[channels]` each. */
interface Sums<A> {
  readonly dscale: A;
  readonly dshift: A;
}

/**
 * Records what the sums of the gradient are over all ranks. The loss of a rank is a mean over its examples, so it counts by them;
 * what comes of it is in the units of that mean, as the gradients of the rank are.
 */
export function joinSums(parallel: Parallel, own: Sums<Tensor>): Sums<Tensor> {
  const { trace, elements } = own.dscale;
  const all = {
    dscale: trace.transient([elements], "gradients"),
    dshift: trace.transient([elements], "gradients"),
  };
  hostChange(
    trace,
    "join_sums",
    [
      ...[own.dscale, own.dshift].map((tensor) => ({ tensor, access: "read" } as const)),
      ...[all.dscale, all.dshift].map((tensor) => ({ tensor, access: "write" } as const)),
    ],
    (contents, examples) => {
      const [dscale, dshift, allScale, allShift] = contents.map(floatsIn);
      joinedSums(parallel, { dscale, dshift }, examples, { dscale: allScale, dshift: allShift });
    },
  );
  return all;
}

/**
 * The moments of all ranks: first the means, then the squares of deviations from these, so that nothing is a difference of large
 * numbers.
 *
 * @returns Examples of all ranks.
 */
function joinedStatistics(parallel: Parallel, statistics: Float32Array, examples: number): number {
  const channels = statistics.length / 2;
  const first = new Float32Array(channels + 1);
  for (let c = 0; c < channels; c++) first[c] = examples * statistics[c];
  first[channels] = examples;
  parallel.allReduce(first);
  const all = first[channels];
  const squares = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const deviation = statistics[c] - first[c] / all;
    squares[c] = examples * (statistics[channels + c] + deviation * deviation);
  }
  parallel.allReduce(squares);
  for (let c = 0; c < channels; c++) {
    statistics[c] = first[c] / all;
    statistics[channels + c] = squares[c] / all;
  }
  return all;
}

/** The sums of all ranks, each by its examples. */
function joinedSums(
  parallel: Parallel,
  { dscale, dshift }: Sums<Float32Array>,
  examples: number,
  all: Sums<Float32Array>,
): void {
  const channels = dscale.length;
  const sums = new Float32Array(2 * channels + 1);
  for (let c = 0; c < channels; c++) {
    sums[c] = examples * dscale[c];
    sums[channels + c] = examples * dshift[c];
  }
  sums[2 * channels] = examples;
  parallel.allReduce(sums);
  const count = sums[2 * channels];
  for (let c = 0; c < channels; c++) {
    all.dscale[c] = sums[c] / count;
    all.dshift[c] = sums[channels + c] / count;
  }
}
