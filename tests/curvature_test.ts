/**
 * The largest curvature of the loss of a label, against matrices that are written out.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { largestCurvature } from "../src/data/labels/curvature.ts";
import type { FeatureRows, LabelRows } from "../src/data/labels/rows.ts";
import { Random } from "../src/device/random.ts";
import { seeds } from "./arbitraries.ts";
import { rowsOf } from "./label_lists.ts";

/** Rows of a few features, as lists and as a matrix. */
function featuresOf(matrix: readonly (readonly number[])[], columns: number): FeatureRows {
  const kept = matrix.map((row) =>
    [...row.keys()].filter((i) => row[i] !== 0).map((i) => [i, row[i]])
  );
  const { offsets } = rowsOf(kept.map((row) => row.map(() => 0)), 1);
  const entries = kept.flat();
  return {
    ...{ rows: matrix.length, columns, offsets },
    indices: Uint32Array.from(entries, ([index]) => index),
    values: Float32Array.from(entries, ([, value]) => value),
  };
}

/** The largest eigenvalue of the sum of weighted `x x'`: the matrix to the power 2^12, scaled each time. */
function eigenvalueOf(matrix: readonly (readonly number[])[], weights: readonly number[]): number {
  const n = matrix[0].length;
  const at = (i: number, j: number): number =>
    matrix.reduce((sum, row, r) => sum + weights[r] * row[i] * row[j], 0);
  const square = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => at(i, j)));
  let power = square;
  for (let round = 0; round < 12; round++) {
    const next = power.map((row) =>
      power[0].map((_, j) => row.reduce((sum, value, k) => sum + value * power[k][j], 0))
    );
    const most = Math.max(...next.flat().map(Math.abs)) || 1;
    power = next.map((row) => row.map((value) => value / most));
  }
  // Any of its columns is the eigenvector then; the longest one is far from nothing.
  const columns = power.map((_, j) => power.map((row) => row[j]));
  const [vector] = columns.sort((a, b) => Math.hypot(...b) - Math.hypot(...a));
  const image = square.map((row) => row.reduce((sum, value, k) => sum + value * vector[k], 0));
  return Math.hypot(...image) / (Math.hypot(...vector) || 1);
}

/** Rows, labels and what they are in full. */
function exampleOf(seed: number, rows: number) {
  const random = new Random({ seed, use: "noise", stream: 0 });
  const [columns, labels] = [1 + random.below(6), 1 + random.below(5)];
  const matrix = Array.from(
    { length: rows },
    () =>
      Array.from(
        { length: columns },
        () => random.below(3) === 0 ? 0 : Math.fround(random.normals(1, 1)[0]),
      ),
  );
  const lists = matrix.map(() =>
    Array.from({ length: labels }, (_, label) => label).filter(() => random.below(3) === 0)
  );
  return { matrix, features: featuresOf(matrix, columns), lists, labels: rowsOf(lists, labels) };
}

/** The same as the obvious sum. */
function expectedOf({ matrix, lists, labels }: ReturnType<typeof exampleOf>, weight: number) {
  const [rows, ones] = [matrix.length, matrix.map(() => 1)];
  const all = eigenvalueOf(matrix, ones);
  const of = Array.from({ length: labels.columns }, (_, label) => {
    const applies = lists.map((list) => Number(list.includes(label)));
    const exact = eigenvalueOf(matrix, applies.map((one) => 1 + weight * one));
    return { bound: all + weight * eigenvalueOf(matrix, applies), exact };
  });
  return {
    bound: Math.max(all, ...of.map(({ bound }) => bound)) / rows,
    exact: Math.max(all, ...of.map(({ exact }) => exact)) / rows,
  };
}

Deno.test("largestCurvature() is that of the steepest label, and no less than its Hessian says", () => {
  fc.assert(fc.property(
    fc.record({
      seed: seeds(),
      rows: fc.integer({ min: 1, max: 20 }),
      weight: fc.constantFrom(1, 10),
    }),
    ({ seed, rows, weight }) => {
      const example = exampleOf(seed, rows);
      const found = largestCurvature(example.features, example.labels, { weightOf: () => weight });
      const { bound, exact } = expectedOf(example, weight);
      // The power method is always below, by little; two eigenvalues that are nearly the same are as good as one.
      assert.ok(found <= bound * (1 + 1e-6), `${found}, at most ${bound}`);
      assert.ok(found >= 0.8 * bound, `${found}, at least 0.8 of ${bound}`);
      assert.ok(found >= 0.8 * exact, `${found}, at least 0.8 of ${exact}`);
    },
  ));
});

/** The weight of all labels. */
const weightOf = () => 10;

Deno.test("largestCurvature() leaves out what is not above what is asked for, and nothing else", () => {
  fc.assert(fc.property(seeds(), fc.double({ min: 0.1, max: 3, noNaN: true }), (seed, share) => {
    const { features, labels } = exampleOf(seed, 12);
    const whole = largestCurvature(features, labels, { weightOf });
    const found = largestCurvature(features, labels, { weightOf, least: share * whole });
    assert.ok(found <= whole);
    if (share < 1) assert.equal(found, whole);
  }));
});

Deno.test("largestCurvature() of opposite rows, of rows without features and of labels without rows", () => {
  const opposite = featuresOf([[1, 2], [-1, -2]], 2);
  const none: LabelRows = rowsOf([[], []], 3);
  assert.ok(Math.abs(largestCurvature(opposite, none, { weightOf }) - 5) < 1e-9);
  const both = largestCurvature(opposite, rowsOf([[1], [1]], 3), { weightOf });
  assert.ok(Math.abs(both - 55) < 1e-6, `${both}`);
  assert.equal(largestCurvature(featuresOf([[0], [0]], 1), none, { weightOf }), 0);
});

Deno.test("largestCurvature() weighs each label by its own weight", () => {
  const features = featuresOf([[1, 0], [1, 0], [0, 1]], 2);
  const labels = rowsOf([[0], [0], [1]], 2);
  const of = (...weights: number[]) =>
    largestCurvature(features, labels, { weightOf: (label) => weights[label] });
  // Two rows are alike: 2 of all, 2 of the first label, 1 of the second.
  assert.ok(Math.abs(of(1, 1) - 4 / 3) < 1e-9);
  assert.ok(Math.abs(of(1, 5) - 7 / 3) < 1e-9);
  assert.ok(Math.abs(of(3, 5) - 8 / 3) < 1e-9);
});
