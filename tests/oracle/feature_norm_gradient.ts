/**
 * `feature_norm_gradient` in float64: see `src/ops/kernels/feature_norm_gradient.ts`.
 *
 * @module
 */
import { CHAIN, MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** dx = d * (g - mean of g - h * mean of g h); dgain and dbias are sums over chunks of columns. */
export function featureNormGradient(
  { dy, x, statistics, gain }: Inputs,
  { rows, columns, chunk, centred }: Readonly<Record<string, number>>,
): Outputs {
  const chunks = Math.ceil(columns / chunk);
  const [dgain, dbias] = [expected(chunks * rows), expected(chunks * rows)];
  const dx = expected(rows * columns);
  const additions = (Math.min(rows, CHAIN) + 8) * ULP;
  for (let column = 0; column < columns; column++) {
    const [mean, inverse] = [statistics[column], statistics[columns + column]];
    const at = (row: number) => {
      const i = row * columns + column;
      return {
        h: (x[i] - mean) * inverse,
        g: gain[row] * dy[i],
        dy: dy[i],
        // What these lose where a device takes a subnormal factor, term or product for 0.
        lostH: MIN_NORMAL * (1 + 2 * inverse + Math.abs(x[i] - mean)),
        lostG: MIN_NORMAL * (1 + Math.abs(gain[row]) + Math.abs(dy[i])),
      };
    };
    const over = (f: (row: number) => number) =>
      Array.from({ length: rows }, (_, row) => f(row)).reduce((sum, v) => sum + v / rows, 0);
    const meanOf = (f: (row: number) => number, lost: (row: number) => number) => ({
      value: over(f),
      error: over((row) => additions * Math.abs(f(row)) + lost(row)),
    });
    const sum = centred === 0
      ? { value: 0, error: 0 }
      : meanOf((row) => at(row).g, (row) => at(row).lostG);
    const product = meanOf((row) => at(row).g * at(row).h, (row) => {
      const { g, h, lostG, lostH } = at(row);
      return Math.abs(g) * lostH + Math.abs(h) * lostG;
    });
    const most = over((row) => Math.abs(at(row).h) + Math.abs(gain[row]) + Math.abs(dy[row]));
    for (let row = 0; row < rows; row++) {
      const { h, g, dy: slope, lostH } = at(row);
      const i = row * columns + column;
      dx.value[i] = inverse * (g - sum.value - h * product.value);
      const terms = Math.abs(g) + Math.abs(sum.value) + Math.abs(h * product.value);
      const lost = MIN_NORMAL * (8 + Math.abs(gain[row]) + Math.abs(slope) + most) *
        (1 + inverse) ** 2 * (1 + Math.abs(h) + Math.abs(product.value)) * (1 + Math.abs(x[i]));
      dx.bound[i] = inverse * (8 * ULP * terms + sum.error + Math.abs(h) * product.error) + lost;
      const to = Math.floor(column / chunk) * rows + row;
      dgain.value[to] += slope * h;
      dbias.value[to] += slope;
      // A chunk has no more columns than these additions.
      const chain = (Math.min(chunk, columns) + 6) * ULP;
      dgain.bound[to] += chain * Math.abs(slope * h) + Math.abs(slope) * lostH +
        MIN_NORMAL * (2 + Math.abs(h));
      dbias.bound[to] += chain * Math.abs(slope) + MIN_NORMAL;
    }
  }
  return { dgain, dbias, dx };
}
