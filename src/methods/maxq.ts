/**
 * A growing share of the segments under N:M, as in MaxQ (Xiang, Li, Liu and Yao, "MaxQ: multi-axis query for N:M sparsity network",
 * CVPR 2024): segments with the smallest sum of magnitudes come under the mask first, until all are; then it stays all of them.
 * The gradient goes to all weights as it is.
 *
 * The share grows from 0 at `begin` to 1 at `until` by `1 - (1 - x)^3`, as in gradual pruning, at updates `every` so many steps;
 * between two of them a segment may pass the bound that was drawn. Of the paper's masks only this share is here, not the
 * importance that scales the weights inside of them.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import type { MaskState } from "../sparse/mask.ts";
import type { MethodDefinition } from "./definition.ts";
import { masking, PHASE_OPTIONS, requireShare, stepAt } from "./masking.ts";
import type { Masking, Method } from "./method.ts";
import { requireOption, SCHEDULE_OPTIONS } from "./schedule.ts";

/** Options of {@linkcode maxq}. */
export interface MaxqOptions {
  /** Share of the training that is dense. Default 0. */
  readonly begin?: number;
  /** Share of the training after which all segments are under the mask. Default 0.75. */
  readonly until?: number;
  /** Steps between updates of the share. Default 100. */
  readonly every?: number;
}

/**
 * Put more and more segments under N:M. Its weights have the storage `"masked"`.
 *
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { maxq, nm, nn } from "@filigree/filigree";
 *
 * const layer = nn.linear(64, 64, { pattern: nm(1, 16), storage: "masked" });
 * const method = maxq({ until: 0.5 }); // for a Trainer
 * console.assert(method.storage === layer.weights[0].sparse?.storage);
 * ```
 */
export function maxq({ begin = 0, until = 0.75, every = 100 }: MaxqOptions = {}): Method {
  requireShare("begin", begin);
  requireShare("until", until);
  requireOption("until", until, until >= begin, "at least begin");
  requireOption("every", every, Number.isInteger(every) && every >= 1, "an integer of at least 1");
  /** The share of the segments under the mask that the last update before a step has set. */
  const shareAt = (step: number, first: number, last: number): number => {
    const updated = step - (step - first) % every;
    return 1 - (1 - (updated - first) / (last - first)) ** 3;
  };
  return masking({
    name: "maxq",
    settings: { begin, until, maskEvery: every },
    readShare({ ratio: { n, m }, step, totalSteps }) {
      const [first, last] = [begin, until].map((share) => stepAt(share, totalSteps));
      if (step >= last) return n / m;
      return step < first ? 1 : 1 - shareAt(step, first, last) * (1 - n / m);
    },
    mask(given): MaskState | Promise<MaskState> {
      const { ratio, step, totalSteps, before } = given;
      const [first, last] = [begin, until].map((share) => stepAt(share, totalSteps));
      if (step >= last) return ratio;
      if (step < first) return { n: ratio.m, m: ratio.m };
      if ((step - first) % every !== 0) return { ...before, ...ratio };
      return limited(given, shareAt(step, first, last));
    },
  });
}

/** The mask of a share of the segments, those with the smallest sums. */
async function limited(
  { ratio, values, shape, outputs }: Masking,
  share: number,
): Promise<MaskState> {
  const sums = segmentSums(await values(), shape, ratio.m, outputs).sort();
  const count = Math.floor(share * sums.length);
  return { ...ratio, limit: count === 0 ? 0 : sums[count - 1] };
}

/**
 * The sums of the magnitudes of the segments of every row, or of every column, rounded as on the device.
 *
 * @param outputs Whether segments lie along the outputs.
 */
export function segmentSums(
  values: Float32Array,
  [rows, inputs]: readonly [number, number],
  m: number,
  outputs = false,
): Float32Array {
  const perRow = outputs ? inputs : Math.ceil(inputs / m);
  const [high, wide] = outputs ? [m, 1] : [1, m];
  const sums = new Float32Array(Math.ceil(rows / high) * perRow);
  for (let row = 0; row < rows; row++) {
    for (let input = 0; input < inputs; input++) {
      const at = Math.floor(row / high) * perRow + Math.floor(input / wide);
      sums[at] += Math.abs(values[row * inputs + input]);
    }
  }
  return sums;
}

/** MaxQ by name. */
export const definition: MethodDefinition = define({
  name: "maxq",
  description: "Put more and more segments under the n largest of every m",
  rank: 5,
  options: {
    begin: PHASE_OPTIONS.begin,
    until: SCHEDULE_OPTIONS.until,
    every: SCHEDULE_OPTIONS.every,
  },
  make: maxq,
});
