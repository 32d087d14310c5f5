/**
 * Batch normalisation.
 *
 * @module
 */
import type { Parallel } from "../parallel/parallel.ts";
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { joinStatistics, joinSums } from "./batch_norm_ranks.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { batchNorm as batchNormKernel } from "./kernels/batch_norm.ts";
import { batchNormGradient } from "./kernels/batch_norm_gradient.ts";
import { batchNormStatistics } from "./kernels/batch_norm_statistics.ts";
import { batchNormSums } from "./kernels/batch_norm_sums.ts";
import { batchNormTrack } from "./kernels/batch_norm_track.ts";

/** Parameters and settings of {@linkcode batchNorm}. */
export interface BatchNorm {
  /** What every channel is multiplied by, `[channels]`. */
  readonly scale: Resource;
  /** What is then added, `[channels]`. */
  readonly shift: Resource;
  /** Means, then variances of the batches so far, `[2, channels]`; not trainable. */
  readonly running: Resource;
  /** Added to variances; above 0. */
  readonly epsilon: number;
  /** Share of a batch in the running statistics. */
  readonly momentum: number;
  /**
   * What is normalised by: the `running` statistics, those of the `batch`, or those of the batch, which the running ones then
   * follow (`tracked`); `"running"` by default.
   */
  readonly statistics?: "running" | "batch" | "tracked";
  /**
   * Processes of which each has some examples of the batch, whose statistics are then those of all of these, and whose losses
   * count by their examples; every one of them runs the program for every batch. One that has all of the batch by default.
   */
  readonly ranks?: Parallel;
}

/**
 * Normalises every channel over all pixels and examples, then scales and shifts it (Ioffe and Szegedy 2015, algorithm 1).
 *
 * @param x `[channels, examples]` or `[channels, height, width, examples]`.
 * @returns The same shape.
 * @throws {TypeError} if `x` has another number of channels; when the result is differentiated and the statistics are the
 * running ones.
 * @example
 * ```ts
 * import { batchNorm, createDevice, matrix, Resource } from "@filigree/filigree";
 *
 * const of = (label: string, ...numbers: number[]) => {
 *   const initial = () => Float32Array.from(numbers);
 *   return new Resource({ label, type: "f32", length: numbers.length, category: "parameters", initial });
 * };
 * const settings = { epsilon: 1e-5, momentum: 0.1 };
 * const norm = { scale: of("scale", 2), shift: of("shift", 1), running: of("running", 0, 1), ...settings };
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(1, 32)], (x) => batchNorm(x, norm));
 * program.run([new Float32Array(32).fill(1)], { step: 0, totalSteps: 0 });
 * console.assert(Math.abs((await program.floats(0))[0] - 3) < 1e-4);
 * ```
 */
export function batchNorm(x: Tensor, norm: BatchNorm): Tensor {
  const { trace } = x;
  const { length } = norm.scale;
  if (x.shape.length < 2 || x.rows !== length) {
    throw new TypeError(
      `Cannot normalise x [${x.shape}] over ${length} channels: expected x [${length}, ..., examples]`,
    );
  }
  const { epsilon } = norm;
  const sizes = { rows: x.rows, columns: x.columns };
  const scale = trace.resource(norm.scale);
  const shift = trace.resource(norm.shift);
  const byRunning = (norm.statistics ?? "running") === "running";
  const statistics = byRunning ? trace.resource(norm.running) : statisticsOf(x, norm);
  const y = trace.activation(x.shape);
  trace.emit(batchNormKernel, [x, statistics, scale, shift, y], {
    ...sizes,
    epsilon,
    epilogue: EPILOGUE.none,
  });
  trace.differentiable({
    inputs: [x, scale, shift],
    output: y,
    backward(dy) {
      if (byRunning) {
        throw new TypeError(
          "Cannot differentiate a batch normalisation by running statistics, which no gradient belongs to: " +
            'expected those of the batch, as of a model that is called with { mode: "train" }',
        );
      }
      const dscale = trace.transient([length], "gradients");
      const dshift = trace.transient([length], "gradients");
      trace.emit(batchNormSums, [dy, x, statistics, dscale, dshift], { ...sizes, epsilon });
      if (!trace.wantsGradient(x)) return [undefined, dscale, dshift];
      const own = { dscale, dshift };
      const all = norm.ranks === undefined ? own : joinSums(norm.ranks, own);
      const dx = trace.activation(x.shape);
      const read = [dy, x, statistics, scale, all.dscale, all.dshift, trace.step];
      const batch = x.paddedExamples;
      trace.emit(batchNormGradient, [...read, dx], { ...sizes, batch, epsilon });
      return [dx, dscale, dshift];
    },
  });
  return y;
}

/** Statistics of the batch, which the running ones follow where they are tracked. */
function statisticsOf(
  x: Tensor,
  { running, momentum, statistics: kind, ranks }: BatchNorm,
): Tensor {
  const { trace, rows, columns, paddedExamples: batch } = x;
  const statistics = trace.transient([2 * rows], "activations");
  trace.emit(batchNormStatistics, [x, trace.step, statistics], { rows, columns, batch });
  const counted = ranks === undefined ? trace.step : joinStatistics(ranks, statistics);
  if (kind === "tracked") {
    const runs = columns / batch;
    const tracked = [trace.resource(running), statistics, counted];
    trace.emit(batchNormTrack, tracked, { rows, runs, momentum });
  }
  return statistics;
}
