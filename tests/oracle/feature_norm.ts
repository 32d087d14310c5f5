/**
 * `feature_norm` in float64: see `src/ops/kernels/feature_norm.ts`.
 *
 * @module
 */
import { CHAIN, MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** y = (x - m) * d * gain + bias; statistics are m, d of every column. */
export function featureNorm(
  { x, gain, bias }: Inputs,
  { rows, columns, epsilon, centred, shifted }: Readonly<Record<string, number>>,
): Outputs {
  const y = expected(rows * columns);
  const statistics = expected(2 * columns);
  // Every term of a sum goes through so many additions, and some operations more.
  const additions = (Math.min(rows, CHAIN) + 8) * ULP;
  for (let column = 0; column < columns; column++) {
    const numbers = Array.from({ length: rows }, (_, row) => x[row * columns + column]);
    const over = (f: (value: number) => number) =>
      numbers.reduce((sum, value) => sum + f(value) / rows, 0);
    const mean = centred === 0 ? 0 : over((value) => value);
    const meanError = centred === 0 ? 0 : additions * over(Math.abs) + MIN_NORMAL;
    const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const apart = meanError + ULP * largest + MIN_NORMAL;
    const variance = over((value) => (value - mean) ** 2);
    // Deviations err by `apart`, their squares and the sum besides.
    const varianceError = additions * variance + 2 * Math.sqrt(variance) * apart + apart ** 2 +
      MIN_NORMAL;
    const inverseAt = (at: number) => 1 / Math.sqrt(Math.max(at, 0) + epsilon);
    const inverse = inverseAt(variance);
    // A quotient, a sum and the root of its inverse.
    const inverseError = 8 * ULP * inverse + inverseAt(variance - varianceError) -
      inverseAt(variance + varianceError);
    statistics.value[column] = mean;
    statistics.bound[column] = meanError;
    statistics.value[columns + column] = inverse;
    statistics.bound[columns + column] = inverseError;
    for (let row = 0; row < rows; row++) {
      const i = row * columns + column;
      const deviation = Math.abs(x[i] - mean);
      const product = deviation * inverse;
      const error = (deviation + apart) * (inverse + inverseError) - product;
      const added = shifted === 0 ? 0 : bias[row];
      y.value[i] = (x[i] - mean) * inverse * gain[row] + added;
      y.bound[i] = Math.abs(gain[row]) * (error + 3 * ULP * product) + ULP * Math.abs(y.value[i]) +
        ULP * Math.abs(added) + MIN_NORMAL * (3 + product + Math.abs(gain[row]));
    }
  }
  return { statistics, y };
}
