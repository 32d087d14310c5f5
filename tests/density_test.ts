import assert from "node:assert/strict";
import fc from "fast-check";
import { type DensityLayer, densityPattern, layerDensities } from "../src/sparse/density.ts";
import { floorShare } from "../src/sparse/geometry.ts";

const DISTRIBUTIONS = ["uniform", "er", "erk"] as const;

const anyLayers: fc.Arbitrary<DensityLayer[]> = fc.array(
  fc.record({
    name: fc.constantFrom("a", "b", "c"),
    shape: fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })),
      fc.tuple(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 64 }),
        fc.constant(3),
        fc.constant(3),
      ),
    ),
    dense: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
  }),
  { minLength: 1, maxLength: 6 },
);

const sparsities = fc.oneof(
  fc.constantFrom(0, 0.5, 0.9, 0.99),
  fc.double({ min: 0, max: 0.999, noNaN: true }),
);

function sizeOf({ shape }: DensityLayer): number {
  return shape.reduce((a, b) => a * b, 1);
}

Deno.test("layerDensities() meets the budget to within one per layer, or says what could be met", () => {
  fc.assert(
    fc.property(
      anyLayers,
      sparsities,
      fc.constantFrom(...DISTRIBUTIONS),
      (layers, sparsity, distribution) => {
        const sizes = layers.map(sizeOf);
        const target = sizes.reduce((sum, size) => sum + size - floorShare(size, sparsity), 0);
        const fixed = sizes.reduce((sum, size, i) => sum + (layers[i].dense ? size : 0), 0);
        const all = sizes.reduce((sum, size) => sum + size, 0);
        if (fixed === all ? target !== all : target <= fixed) {
          assert.throws(() => layerDensities(layers, { sparsity, distribution }), {
            name: "RangeError",
            message: fixed === all ? /sparsity of 0$/ : /sparsity below /,
          });
          return;
        }
        const densities = layerDensities(layers, { sparsity, distribution });
        let ones = 0;
        densities.forEach((density, i) => {
          assert.ok(density > 0 && density <= 1);
          if (layers[i].dense) assert.equal(density, 1);
          ones += floorShare(sizes[i], density);
        });
        assert.ok(ones <= target && target - ones <= layers.length, `${ones} of ${target}`);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("layerDensities() keeps the proportions of Erdos and Renyi among layers that are not full", () => {
  fc.assert(
    fc.property(
      anyLayers,
      sparsities,
      fc.constantFrom("er" as const, "erk" as const),
      (all, sparsity, distribution) => {
        const layers = all.map(({ name, shape }) => ({ name, shape }));
        const densities = layerDensities(layers, { sparsity, distribution });
        const scales = densities.flatMap((density, i) => {
          const shape = distribution === "er" ? layers[i].shape.slice(0, 2) : layers[i].shape;
          const share = shape.reduce((a, b) => a + b) / shape.reduce((a, b) => a * b);
          return density < 1 ? [density / share] : [];
        });
        for (const scale of scales) {
          assert.ok(Math.abs(scale / scales[0] - 1) < 1e-9);
        }
        // Where some layer is not full, none that is full would fit in its proportion.
        densities.forEach((density, i) => {
          if (density < 1 || scales.length === 0) return;
          const shape = distribution === "er" ? layers[i].shape.slice(0, 2) : layers[i].shape;
          const share = shape.reduce((a, b) => a + b) / shape.reduce((a, b) => a * b);
          assert.ok(share * scales[0] > 1 - 1e-9);
        });
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("layerDensities() of one layer is its density, whatever the distribution", () => {
  for (const distribution of DISTRIBUTIONS) {
    const options = { sparsity: 0.9, distribution };
    const [density] = layerDensities([{ name: "a", shape: [20, 30] }], options);
    assert.ok(Math.abs(density - 0.1) < 1e-15);
    assert.deepEqual(
      layerDensities([{ name: "a", shape: [20, 30] }], { ...options, sparsity: 0 }),
      [1],
    );
  }
});

Deno.test("layerDensities() makes sparse layers sparser for the dense ones", () => {
  const layers = [
    { name: "first", shape: [10, 10], dense: true },
    { name: "second", shape: [10, 30] },
    { name: "third", shape: [20, 30] },
  ];
  // 200 of 1000 connections: 100 in the first layer, 100 for the other 900.
  const densities = layerDensities(layers, { sparsity: 0.8 });
  assert.deepEqual(densities, [1, 1 / 9, 1 / 9]);
  assert.throws(
    () => layerDensities(layers, { sparsity: 0.95 }),
    /dense layers \(first\) hold 100 of 1000 connections; expected a sparsity below 0.9/,
  );
});

Deno.test("layerDensities() by erk fills small layers and shares the rest", () => {
  // Proportions 15/50 = 0.3 and 200/10000 = 0.02; budget 25 + 5000.
  const layers = [{ name: "small", shape: [5, 10] }, { name: "large", shape: [100, 100] }];
  const densities = layerDensities(layers, { sparsity: 0.5, distribution: "erk" });
  assert.deepEqual(densities, [1, (25 + 5000 - 50) / 10000]);
  const flat = layerDensities(layers, { sparsity: 0.5, distribution: "erk", power: 0 });
  assert.deepEqual(flat, [0.5, 0.5]);
});

Deno.test("layerDensities() refuses what is not a sparsity", () => {
  for (const sparsity of [-0.1, 1, NaN]) {
    assert.throws(() => layerDensities([{ name: "a", shape: [2, 2] }], { sparsity }), RangeError);
  }
});

Deno.test("densityPattern() is dense at 1 only", () => {
  assert.deepEqual(densityPattern(1), { kind: "dense" });
  assert.deepEqual(densityPattern(0.25), { kind: "fanIn", size: { density: 0.25 } });
});
