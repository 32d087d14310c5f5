/**
 * `batch_norm_track` in float64: see `src/ops/kernels/batch_norm_track.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** running += momentum * (statistics - running), the variances of the batch times n / (n - 1). */
export function batchNormTrack(
  { running, statistics, step }: Inputs,
  { rows, runs, momentum }: Readonly<Record<string, number>>,
): Outputs {
  const count = Math.max(runs * step[STEP_WORDS.examples], 2);
  const next = expected(2 * rows);
  for (let i = 0; i < 2 * rows; i++) {
    const now = statistics[i] * (i < rows ? 1 : count / (count - 1));
    next.value[i] = running[i] + momentum * (now - running[i]);
    next.bound[i] = (6 * ULP + DIVISION) * (Math.abs(running[i]) + Math.abs(now)) + 4 * MIN_NORMAL;
  }
  return { running: next };
}
