import assert from "node:assert/strict";
import fc from "fast-check";
import type { Backend } from "../src/device/backend.ts";
import {
  averagePool,
  flatten,
  globalAveragePool,
  image,
  linear,
  maxPool,
  type Module,
  relu,
  sequential,
} from "../src/nn/mod.ts";
import {
  averagePool as averagePoolOperation,
  maxPool as maxPoolOperation,
} from "../src/ops/pool.ts";
import {
  averagePoolGradient,
  maxPool as maxPoolKernel,
  maxPoolGradient,
} from "../src/ops/kernels/mod.ts";
import { Trace } from "../src/program/trace.ts";
import { SEED, Source } from "./arbitraries.ts";
import { runKernel } from "./conformance/harness.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";

const SIZE = { channels: 2, height: 4, width: 3 };

/** A network around a layer of images. */
function around(layer: Module, features: number): Module {
  return sequential(
    linear(INPUTS, 24, { name: "first" }),
    relu(),
    image(SIZE),
    layer,
    flatten(),
    linear(features, CLASSES, { name: "last" }),
  );
}

const MODELS: Readonly<Record<string, () => Module>> = {
  "maxPool() of regions side by side": () => around(maxPool({ size: [2, 3] }), 4),
  "maxPool() of regions that overlap": () =>
    around(maxPool({ size: 3, stride: 1, padding: 1 }), 24),
  "maxPool() of regions with gaps": () => around(maxPool({ size: 1, stride: 2 }), 8),
  "maxPool() before a relu": () => around(sequential(maxPool({ size: 2, stride: 1 }), relu()), 12),
  "averagePool() with padding": () => around(averagePool({ size: 3, stride: 2, padding: 1 }), 8),
  "averagePool() of regions that overlap": () =>
    around(averagePool({ size: [3, 2], stride: 1 }), 8),
  "globalAveragePool()": () => around(globalAveragePool(), 2),
};

for (const [name, model] of Object.entries(MODELS)) {
  Deno.test(`${name} has the gradient of central differences`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), (seed) => checkGradients(model(), seed)),
      { numRuns: 4 },
    );
  });
}

/** Regions of 3 x 3 that overlap, of one channel of 3 x 4 pixels. */
const PARAMS = {
  ...{ channels: 1, height: 3, width: 4, regionHeight: 3, regionWidth: 3 },
  ...{ strideHeight: 1, strideWidth: 1, padding: 1, outHeight: 3, outWidth: 4, columns: 32 },
};

async function pooled(backend: Backend, x: Float32Array): Promise<Float32Array> {
  const lengths = { y: x.length };
  const given = { note: "maximum", params: PARAMS, inputs: { x }, lengths };
  const { y } = await runKernel(backend, maxPoolKernel, given);
  return Float32Array.from(y);
}

testOnDevices("maxPool() is NaN where a region has a NaN, and nowhere else", async (backend) => {
  const x = new Source(SEED).floats(12 * 32);
  x[0 * 32 + 7] = NaN; // The corner's neighbours.
  x[11 * 32 + 9] = NaN; // The other corner's.
  const y = await pooled(backend, x);
  const found = [...y.keys()].filter((i) => Number.isNaN(y[i]));
  const expected = [
    [0, 1, 4, 5].map((pixel) => 32 * pixel + 7),
    [6, 7, 10, 11].map((pixel) => 32 * pixel + 9),
  ].flat().sort((a, b) => a - b);
  assert.deepEqual(found, expected, `seed ${SEED}`);
});

testOnDevices("maxPool() gives the gradient of a tie to the first pixel", async (backend) => {
  const x = new Float32Array(12 * 32).fill(3);
  const dy = new Float32Array(12 * 32).fill(1);
  const y = await pooled(backend, x);
  const inputs = { x, y, dy };
  const given = { note: "ties", params: PARAMS, inputs, lengths: { dx: x.length } };
  const { dx } = await runKernel(backend, maxPoolGradient, given);
  // Regions begin at rows -1, 0, 1 and columns -1 to 2: their first pixels are rows 0, 0, 1 and columns 0, 0, 1, 2.
  const counts = [4, 2, 2, 0, 2, 1, 1, 0, 0, 0, 0, 0];
  assert.deepEqual([...dx], counts.flatMap((n) => new Array(32).fill(n)));
});

testOnDevices("gradients of pooling are 0 in columns without one", async (backend) => {
  const source = new Source(SEED);
  const examples = 5;
  const keep = (_: number, i: number): boolean => i % 32 < examples;
  const x = source.floats(12 * 32);
  const dy = source.floats(12 * 32).map((value, i) => keep(value, i) ? value : 0);
  const y = await pooled(backend, x);
  const lengths = { dx: x.length };
  const largest = { note: "maximum", params: PARAMS, inputs: { x, y, dy }, lengths };
  const mean = { note: "mean", params: PARAMS, inputs: { dy }, lengths };
  for (
    const { dx } of [
      await runKernel(backend, maxPoolGradient, largest),
      await runKernel(backend, averagePoolGradient, mean),
    ]
  ) {
    assert(dx.some((value) => value !== 0));
    assert(dx.every((value, i) => keep(value, i) || value === 0), `seed ${SEED}`);
  }
});

Deno.test("pooling gives the shapes that the formula says", () => {
  const x = new Trace().input([3, 7, 8, 5], "f32");
  assert.deepEqual(maxPool({ size: 2 })(x).shape, [3, 3, 4, 5]);
  assert.deepEqual(maxPool({ size: 3, stride: 2, padding: 1 })(x).shape, [3, 4, 4, 5]);
  assert.deepEqual(averagePool({ size: [7, 2], stride: [1, 3] })(x).shape, [3, 1, 3, 5]);
  assert.deepEqual(globalAveragePool()(x).shape, [3, 5]);
});

Deno.test("image() and flatten() cost no kernel and keep the memory", () => {
  const trace = new Trace();
  const x = trace.input([24, 5], "f32");
  const images = image(SIZE)(x);
  const flat = flatten()(images);
  assert.deepEqual(images.shape, [2, 4, 3, 5]);
  assert.deepEqual(flat.shape, [24, 5]);
  assert.equal(flat.root, x);
  assert.equal(trace.calls.length, 0);
});

Deno.test("image() refuses features of another size and names both", () => {
  const x = new Trace().input([25, 5], "f32");
  assert.throws(() => image(SIZE)(x), { name: "TypeError", message: /25 features.*they have 24/ });
  assert.throws(() => image({ ...SIZE, width: 0 }), { name: "RangeError", message: /width is 0/ });
});

Deno.test("pooling refuses what is no images, and regions that no image has", () => {
  const trace = new Trace();
  const flat = trace.input([24, 5], "f32");
  const x = trace.input([2, 4, 3, 5], "f32");
  for (const layer of [maxPool({ size: 2 }), averagePool({ size: 2 }), globalAveragePool()]) {
    assert.throws(() => layer(flat), { name: "TypeError", message: /x \[24,5\]: expected images/ });
  }
  for (const make of [maxPool, averagePool]) {
    assert.throws(() => make({ size: 0 }), { name: "RangeError", message: /size is 0/ });
    assert.throws(() => make({ size: 2, stride: [1, 0.5] }), { message: /stride is 1,0.5/ });
    assert.throws(() => make({ size: [3, 2], padding: 2 }), { message: /padding is 2/ });
    assert.throws(() => make({ size: 2, padding: -1 }), { message: /padding is -1/ });
    assert.throws(() => make({ size: 5 })(x), { name: "RangeError", message: /5 x 5 is larger/ });
  }
});

Deno.test("pooling refuses regions of more pixels than a loop may have", () => {
  const x = new Trace().input([1, 300, 300, 1], "f32");
  const message = /expected at most 60000/;
  assert.throws(() => averagePoolOperation(x, { size: 300 }), { name: "RangeError", message });
  assert.throws(() => globalAveragePool()(x), { name: "RangeError", message });
  assert.throws(() => maxPoolOperation(x, { size: 20, stride: 1 }), {
    name: "RangeError",
    message,
  });
  assert.deepEqual(maxPoolOperation(x, { size: 20 }).shape, [1, 15, 15, 1]);
});
