/**
 * `batch_norm_gradient` in float64: see `src/ops/kernels/batch_norm_gradient.ts`.
 *
 * @module
 */
import { STEP_WORDS } from "../../src/device/step_block.ts";
import { FACTOR, inverseDeviation, isReal } from "./batch_norm_rows.ts";
import { DIVISION, MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx = scale * inverse * (dy - dshift / n - (x - mean) * inverse * dscale / n); exactly 0 in the padding. */
export function batchNormGradient(
  { dy, x, statistics, scale, dscale, dshift, step }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, columns, batch } = params;
  const examples = Math.min(step[STEP_WORDS.examples], batch);
  const count = columns / batch * examples;
  const dx = expected(rows * columns);
  for (let i = 0; i < dx.value.length; i++) {
    if (!isReal(i % columns, batch, examples)) continue;
    const row = Math.floor(i / columns);
    const inverse = inverseDeviation(statistics, params, row);
    const deviation = x[i] - statistics[row];
    const offset = dshift[row] / count;
    const slope = inverse * dscale[row] / count;
    const factor = scale[row] * inverse;
    dx.value[i] = factor * (dy[i] - offset - deviation * slope);
    // Each term errs by its own operations, then by two subtractions and the factor.
    const terms = Math.abs(dy[i]) + Math.abs(offset) + Math.abs(deviation * slope);
    const relative = 2 * FACTOR + DIVISION + 8 * ULP;
    const lost = (1 + inverse) * (1 + terms) +
      (1 + Math.abs(factor)) * (4 + Math.abs(slope) + Math.abs(deviation) * (1 + inverse));
    dx.bound[i] = relative * Math.abs(factor) * terms + MIN_NORMAL * lost;
  }
  return { dx };
}
