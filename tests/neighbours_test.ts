/**
 * Nearest rows: their votes against obvious loops, and what they add to the labels of a head.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addVotes, NearestRows } from "../src/data/labels/neighbours.ts";
import { NO_LABEL } from "../src/data/labels/ranking.ts";
import type { FeatureRows, LabelRows } from "../src/data/labels/rows.ts";
import { seeds, Source } from "./arbitraries.ts";
import { rowsOf } from "./label_lists.ts";

/** Lists of different numbers below `columns`, ascending; every fourth list is empty. */
function drawLists(source: Source, rows: number, columns: number, most: number): number[][] {
  return Array.from({ length: rows }, (_, row) => {
    const length = row % 4 === 3 ? 0 : source.below(Math.min(columns, most) + 1);
    const all = Array.from({ length: columns }, (_, i) => i);
    return Array.from({ length }, () => all.splice(source.below(all.length), 1)[0])
      .sort((a, b) => a - b);
  });
}

function drawFeatures(source: Source, rows: number, columns: number): FeatureRows {
  const { offsets, labels: indices } = rowsOf(drawLists(source, rows, columns, 6), columns);
  // Whole numbers, so that rows are equally near, and so that no rounding tells them apart.
  const values = Float32Array.from(indices, () => 1 + source.below(3));
  return { rows, columns, offsets, indices, values };
}

function drawLabels(source: Source, rows: number, columns: number): LabelRows {
  return rowsOf(drawLists(source, rows, columns, 3), columns);
}

/** A row of features in full. */
function rowOf({ columns, offsets, indices, values }: FeatureRows, row: number): number[] {
  const full = new Array<number>(columns).fill(0);
  for (let i = offsets[row]; i < offsets[row + 1]; i++) full[indices[i]] = values[i];
  return full;
}

/** The cosines of the rows with one of those asked. */
function cosinesWith(features: FeatureRows, asked: readonly number[]): number[] {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  return Array.from({ length: features.rows }, (_, row) => {
    const own = rowOf(features, row);
    const lengths = Math.sqrt(dot(own, own) * dot(asked, asked));
    return lengths === 0 ? 0 : dot(own, asked) / lengths;
  });
}

Deno.test("NearestRows.votes() sums the squared cosines of the nearest rows by label", () => {
  fc.assert(fc.property(seeds(), (seed) => {
    const source = new Source(seed);
    const [rows, columns, nearest] = [1 + source.below(30), 1 + source.below(12), 4];
    const features = drawFeatures(source, rows, columns);
    const labels = drawLabels(source, rows, 9);
    // Features that the rows do not know, too.
    const asked = drawFeatures(source, 6, columns + source.below(3));
    const found = new NearestRows({ features, labels }).votes(asked, { nearest });
    for (let example = 0; example < asked.rows; example++) {
      const cosines = cosinesWith(features, rowOf(asked, example));
      const ranked = cosines.filter((cosine) => cosine > 0).sort((a, b) => b - a);
      const last = ranked[Math.min(nearest, ranked.length) - 1] ?? 0;
      // Where rounding says which of the rows are taken, either is right; with these numbers they are equal or apart.
      const surely = cosines.map((cosine) => cosine > last + 1e-5);
      let left = Math.min(nearest, ranked.length) - surely.filter(Boolean).length;
      const tied = cosines.filter((cosine) => Math.abs(cosine - last) <= 1e-5).length;
      if (tied > left && !allTheSame(features, cosines, last)) continue;
      const expected = new Map<number, number>();
      for (let row = 0; row < rows; row++) {
        const ties = cosines[row] > 0 && Math.abs(cosines[row] - last) <= 1e-5;
        if (!surely[row] && !(ties && left-- > 0)) continue;
        for (const label of labels.labels.subarray(labels.offsets[row], labels.offsets[row + 1])) {
          expected.set(label, (expected.get(label) ?? 0) + cosines[row] ** 2);
        }
      }
      const own = [found.offsets[example], found.offsets[example + 1]] as const;
      const said = [...found.labels.subarray(...own)];
      assert.deepEqual(said, [...expected.keys()].sort((a, b) => a - b), `seed ${seed}`);
      for (const [i, label] of said.entries()) {
        // Values and cosines are f32 products of at most six features, squared and summed.
        const error = Math.abs(found.votes[own[0] + i] - (expected.get(label) ?? 0));
        assert.ok(error < 1e-5, `label ${label} of example ${example}: seed ${seed}`);
      }
    }
  }));
});

/** Whether rows of one cosine are the same row, so that their computed cosines are equal to the bit. */
function allTheSame(features: FeatureRows, cosines: readonly number[], cosine: number): boolean {
  const rows = cosines.flatMap((own, row) => Math.abs(own - cosine) <= 1e-5 ? [row] : []);
  const texts = rows.map((row) => rowOf(features, row).join());
  return texts.every((text) => text === texts[0]);
}

Deno.test("NearestRows.votes() takes the lower of equally near rows, and none that share nothing", () => {
  const features = {
    ...{ rows: 4, columns: 3, offsets: Uint32Array.of(0, 1, 2, 3, 3) },
    ...{ indices: Uint32Array.of(1, 0, 1), values: Float32Array.of(2, 1, 5) },
  };
  const labels = {
    ...{ rows: 4, columns: 8, offsets: Uint32Array.of(0, 2, 3, 4, 5) },
    labels: Uint32Array.of(2, 6, 1, 7, 0),
  };
  const asked = {
    ...{ rows: 3, columns: 5, offsets: Uint32Array.of(0, 1, 2, 2) },
    ...{ indices: Uint32Array.of(1, 4), values: Float32Array.of(9, 1) },
  };
  const rows = new NearestRows({ features, labels });
  const one = rows.votes(asked, { nearest: 1 });
  assert.deepEqual([...one.labels, ...one.votes], [2, 6, 1, 1]);
  assert.deepEqual([...one.offsets], [0, 2, 2, 2]);
  assert.deepEqual([...rows.votes(asked, { nearest: 9 }).labels], [2, 6, 7]);
  assert.throws(() => rows.votes(asked, { nearest: 0 }), /0 are asked for; expected a whole/);
  assert.throws(
    () => new NearestRows({ features, labels: { ...labels, rows: 3 } }),
    /4 rows of features and 3 of labels; expected as many/,
  );
});

Deno.test("addVotes() adds to the score of the head, or to the lowest that it gave", () => {
  const ranked = {
    labels: Uint32Array.of(5, 3, 8, 1),
    scores: Float32Array.of(0.5, -0.25, 2, 1),
    examples: 2,
  };
  const votes = {
    offsets: Uint32Array.of(0, 1, 3, 4),
    labels: Uint32Array.of(0, 3, 7, 1),
    votes: Float64Array.of(9, 0.5, 0.25, 0.5),
  };
  const both = addVotes(ranked, votes, { first: 1, weight: 2, top: 3 });
  // 3: -0.25 + 2 x 0.5; 5: 0.5; 7: the lowest, -0.25, + 2 x 0.25. Then 1: 1 + 2 x 0.5 = 2, as 8 has.
  assert.deepEqual([...both.labels], [3, 5, 7, 1, 8, NO_LABEL]);
  assert.deepEqual([...both.scores], [0.75, 0.5, 0.25, 2, 2, -Infinity]);
  assert.deepEqual([...addVotes(ranked, votes, { top: 1 }).labels], [0, 8]);
  // Places without a label have no score that another label could take over.
  const short = {
    ...both,
    labels: both.labels.subarray(3),
    scores: both.scores.subarray(3),
    examples: 1,
  };
  const again = addVotes(short, votes, { top: 4 });
  assert.deepEqual([...again.labels], [0, 1, 8, NO_LABEL]);
  assert.deepEqual([...again.scores], [11, 2, 2, -Infinity]);
  assert.throws(
    () => addVotes(ranked, votes, { first: 2 }),
    /those of 3 examples, and examples 2 to 3 are asked for/,
  );
});
