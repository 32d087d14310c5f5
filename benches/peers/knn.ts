/**
 * Nearest rows: what data with very many labels give without any learning, which whoever learns has to beat.
 *
 * @module
 */
import { type LabelledRows, NO_LABEL } from "../../files.ts";

/** Nearest rows whose labels are counted. */
const NEAREST = 20;

/**
 * The first labels of some rows: the squared cosine of each of the nearest rows to train with, summed by label. Rows of features have
 * length 1; ties go to the lower row and the lower label.
 *
 * @returns `[rows, k]`; `NO_LABEL` where there is none.
 */
export function nearestLabels(
  train: LabelledRows,
  asked: LabelledRows["features"],
  k: number,
): Uint32Array<ArrayBuffer> {
  const { begins, rows, values } = byFeature(train.features);
  const result = new Uint32Array(asked.rows * k).fill(NO_LABEL);
  const similar = new Float64Array(train.features.rows);
  for (let row = 0; row < asked.rows; row++) {
    similar.fill(0);
    for (let i = asked.offsets[row]; i < asked.offsets[row + 1]; i++) {
      const feature = asked.indices[i];
      for (let j = begins[feature]; j < begins[feature + 1]; j++) {
        similar[rows[j]] += asked.values[i] * values[j];
      }
    }
    const scores = new Map<number, number>();
    for (const near of nearest(similar)) {
      for (let i = train.labels.offsets[near]; i < train.labels.offsets[near + 1]; i++) {
        const label = train.labels.labels[i];
        scores.set(label, (scores.get(label) ?? 0) + similar[near] ** 2);
      }
    }
    const first = [...scores].sort(([a, x], [b, y]) => y - x || a - b).slice(0, k);
    first.forEach(([label], place) => result[row * k + place] = label);
  }
  return result;
}

/** The rows that have each feature, and with what value. */
function byFeature({ rows, columns, offsets, indices, values }: LabelledRows["features"]) {
  const begins = new Uint32Array(columns + 1);
  for (const index of indices) begins[index + 1]++;
  for (let i = 0; i < columns; i++) begins[i + 1] += begins[i];
  const next = begins.slice();
  const having = {
    begins,
    rows: new Uint32Array(indices.length),
    values: new Float32Array(indices.length),
  };
  for (let row = 0; row < rows; row++) {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      const place = next[indices[i]]++;
      having.rows[place] = row;
      having.values[place] = values[i];
    }
  }
  return having;
}

/** The rows of the largest similarities above 0. */
function nearest(similar: Float64Array): number[] {
  const best: number[] = [];
  for (let row = 0; row < similar.length; row++) {
    const value = similar[row];
    if (value === 0 || (best.length === NEAREST && value <= similar[best[NEAREST - 1]])) continue;
    let place = best.length;
    while (place > 0 && similar[best[place - 1]] < value) place--;
    best.splice(place, 0, row);
    if (best.length > NEAREST) best.pop();
  }
  return best;
}
