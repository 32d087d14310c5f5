/**
 * Clusters of labels that are like each other.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { labelCentroids } from "../src/data/labels/centroids.ts";
import { clusterLabels, clusterRows, groupLabels } from "../src/data/labels/clusters.ts";
import type { FeatureRows } from "../src/data/labels/rows.ts";
import { syntheticRows } from "../src/data/labels/synthetic.ts";
import { Random } from "../src/device/random.ts";

/** Labels of planted groups: label l has three features of group `l % groups`, and one of noise. */
function planted(labels: number, groups: number, seed: number): FeatureRows {
  const random = new Random({ seed, use: "noise" });
  const lists = Array.from({ length: labels }, (_, label) => {
    const first = 3 * (label % groups);
    return [first, first + 1, first + 2, 3 * groups + random.below(50)];
  });
  return {
    ...{ rows: labels, columns: 3 * groups + 50 },
    offsets: Uint32Array.from({ length: labels + 1 }, (_, label) => 4 * label),
    indices: Uint32Array.from(lists.flat()),
    values: new Float32Array(4 * labels).fill(0.5),
  };
}

Deno.test("labelCentroids() gives means in length 1, the largest features first, and none to a label without examples", () => {
  const features = {
    ...{ rows: 3, columns: 4, offsets: Uint32Array.of(0, 2, 4, 5) },
    indices: Uint32Array.of(0, 1, 1, 3, 2),
    values: Float32Array.of(1, 2, 2, -3, 7),
  };
  const labels = {
    rows: 3,
    columns: 3,
    offsets: Uint32Array.of(0, 1, 2, 3),
    labels: Uint32Array.of(0, 0, 2),
  };
  const { offsets, indices, values } = labelCentroids({ features, labels });
  assert.deepEqual([[...offsets], [...indices]], [[0, 3, 3, 4], [0, 1, 3, 2]]);
  // An f32 has 24 bits.
  [1, 4, -3].forEach((value, i) => assert(Math.abs(values[i] - value / Math.sqrt(26)) < 1e-7));
  assert.deepEqual([...labelCentroids({ features, labels }, { most: 2 }).indices], [1, 3, 2]);
  assert.throws(
    () => labelCentroids({ features, labels }, { most: 0 }),
    /most is 0; expected a whole/,
  );
  assert.throws(
    () => labelCentroids({ features, labels: { ...labels, rows: 2 } }),
    /features of 3 examples and labels of 2/,
  );
});

Deno.test("clusterLabels() and groupLabels() find groups that are there", () => {
  for (const seed of [0, 1, 2]) {
    const centroids = planted(800, 8, seed);
    const clusters = clusterLabels(centroids, { clusters: 8, seed });
    // Most labels of a group are in one cluster: two random centres may halve groups.
    const shares = Array.from({ length: 8 }, (_, group) => {
      const counts = new Uint32Array(8);
      for (let label = group; label < 800; label += 8) counts[clusters[label]]++;
      return Math.max(...counts) / 100;
    });
    const mean = shares.reduce((sum, share) => sum + share) / 8;
    assert(mean > 0.7, `seed ${seed}: ${shares}`);
    const order = groupLabels(centroids, { size: 10, seed });
    let same = 0;
    for (let i = 0; i < 800; i++) if (order[i] % 8 === order[i - i % 10] % 8) same++;
    assert(same > 0.7 * 800, `seed ${seed}: ${same}`);
  }
});

Deno.test("clusterLabels() makes clusters of one size within one, of any number of labels, the same each time", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 90 }).chain((labels) =>
      fc.tuple(
        fc.constant(labels),
        fc.integer({ min: 1, max: labels }),
        fc.integer({ min: 0, max: 9 }),
      )
    ),
    ([labels, clusters, seed]) => {
      const { features } = syntheticRows({ rows: labels, labels: 20, features: 30, seed });
      const found = clusterLabels(features, { clusters, seed });
      assert.deepEqual(clusterLabels(features, { clusters, seed }), found);
      const sizes = new Uint32Array(clusters);
      for (const cluster of found) sizes[cluster]++;
      assert(Math.max(...sizes) - Math.min(...sizes) <= 1 && Math.min(...sizes) > 0);
      const order = groupLabels(features, { size: clusters, seed });
      assert.deepEqual([...order].sort((a, b) => a - b), [...found.keys()]);
    },
  ));
  const nothing = { rows: 5, columns: 2, offsets: new Uint32Array(6), indices: new Uint32Array(0) };
  const alike = clusterLabels({ ...nothing, values: new Float32Array(0) }, { clusters: 2 });
  assert.deepEqual([...alike], [0, 0, 0, 1, 1]);
  assert.throws(() => clusterLabels(planted(4, 2, 0), { clusters: 5 }), /4 labels into 5 clusters/);
  assert.throws(() => groupLabels(planted(4, 2, 0), { size: 0 }), /groups of 0/);
});

Deno.test("clusterRows() says which clusters the labels of each example are in, each once", () => {
  const labels = {
    rows: 3,
    columns: 4,
    offsets: Uint32Array.of(0, 3, 3, 4),
    labels: Uint32Array.of(0, 1, 3, 2),
  };
  const rows = clusterRows(labels, Uint32Array.of(2, 0, 1, 2), 3);
  assert.deepEqual([rows.columns, [...rows.offsets], [...rows.labels]], [3, [0, 2, 2, 3], [
    0,
    2,
    1,
  ]]);
  assert.throws(() => clusterRows(labels, Uint32Array.of(2, 0, 1, 2), 2), /each to be below 2/);
});
