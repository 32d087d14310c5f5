/**
 * What weights begin with.
 *
 * @module
 */
import assert from "node:assert/strict";
import { drawDistinct, Random } from "../src/device/random.ts";
import { convnet } from "../src/models/convnet.ts";
import { mlp } from "../src/models/mlp.ts";
import { linear, type Module } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { eachConnection } from "../src/sparse/convert.ts";
import { firstNormals, openDrawing } from "../src/sparse/drawing.ts";
import { he, heScales, type Init, truncatedNormal } from "../src/sparse/init.ts";
import { block, dense, fanIn, groupFanIn } from "../src/sparse/patterns/mod.ts";

/** First values of every weight, those of connections alone. */
async function begin(model: Module): Promise<number[][]> {
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 5 });
  await device.place(model.parameters);
  return await Promise.all(model.weights.map(async ({ sparse, values }) => {
    const all = await device.readFloats(values);
    if (sparse === undefined) return [...all];
    const found: number[] = [];
    eachConnection(sparse.pattern, (at) => found.push(all[at]));
    return found;
  }));
}

Deno.test("truncatedNormal() has its deviation whatever the pattern, and nothing beyond two", async () => {
  for (const storage of ["compressed", "master"] as const) {
    for (const pattern of [dense(), fanIn({ density: 0.1 }), block(4, { density: 0.3 })]) {
      const options = pattern.kind === "dense" ? {} : { storage };
      const init = truncatedNormal(0.1);
      const [values] = await begin(linear(120, 200, { pattern, init, ...options }));
      assert.ok(values.every((x) => Math.abs(x) <= Math.fround(0.2)));
      const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
      // Of a normal number cut off at two deviations: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)). Five deviations of the estimate.
      const far = Math.abs(deviation / 0.1 - 0.8796);
      assert.ok(far < 5 * 0.9 / Math.sqrt(2 * values.length), `${pattern.kind}: ${deviation}`);
      assert.ok(values.some((x) => Math.abs(x) > 0.17), "it reaches out to them");
    }
  }
});

Deno.test("he() is what weights begin with anyway, to the bit", async () => {
  for (const pattern of [dense(), fanIn(7)]) {
    const [usual, said] = [{}, { init: he() }].map((options) =>
      begin(linear(40, 20, { pattern, ...options }))
    );
    assert.deepEqual(await said, await usual);
  }
});

Deno.test("models hand what weights begin with to all of their layers", async () => {
  const weights: { init: Init } = { init: truncatedNormal(0) };
  const models = [
    mlp({ sizes: [12, 20, 3], sparsity: 0.5, weights }),
    mlp({ sizes: [12, 20, 3], weights }),
    convnet({
      ...{ image: { channels: 1, height: 8, width: 8 }, classes: 2, widths: [4, 8], weights },
    }),
  ];
  for (const model of models) {
    for (const values of await begin(model)) assert.ok(values.every((x) => x === 0));
  }
});

Deno.test("truncatedNormal() refuses what is no deviation", () => {
  for (const bad of [-1, NaN, Infinity]) assert.throws(() => truncatedNormal(bad), RangeError);
});

Deno.test("values and whole lists have the bits of Random, whatever the edges", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const seed = 2 ** 40 + 7;
  const patterns = [
    fanIn(7),
    groupFanIn(5, 4),
    block(4, { density: 0.3 }),
    block(1, { density: 0.2 }),
  ];
  for (const init of [he(), truncatedNormal(0.1)]) {
    for (const pattern of [dense(), ...patterns]) {
      const model = linear(41, 22, { pattern, init });
      await device.place(model.parameters, { seed });
      const [{ sparse, values }] = model.weights;
      const random = new Random({ seed, use: "values" });
      const next = (scale: number): number => {
        const x = random.normal();
        if (init.kind === "he") return Math.fround(scale * x);
        return Math.abs(x) <= 2 ? Math.fround(init.deviation * x) : next(scale);
      };
      const expected = new Float32Array(values.length);
      if (sparse === undefined) expected.forEach((_, at) => expected[at] = next(Math.sqrt(2 / 41)));
      else {
        const scales = heScales(sparse.pattern);
        eachConnection(sparse.pattern, (at, row) => expected[at] = next(scales[row]));
        const { spec, lists, entries, span, index } = sparse.pattern;
        for (let list = 0; spec.kind !== "block" && list < lists; list++) {
          const drawn = index.subarray(span[2 * list], span[2 * list + 1]);
          const own = new Random({ seed, use: "pattern", element: list });
          assert.deepEqual(drawn, drawDistinct(own, entries, drawn.length));
        }
      }
      assert.deepEqual(await device.readFloats(values), expected, `${pattern.kind} ${init.kind}`);
    }
  }
});

Deno.test("drawing in pieces is drawing at once", async () => {
  const drawing = await openDrawing();
  const origin = { seed: 3, stream: 2 };
  // Longer than what is in the memory of the module at once.
  const length = 2 ** 18 + 5;
  const random = new Random({ ...origin, use: "values" });
  const values = await firstNormals(origin, length, 0.5);
  assert.deepEqual(values, Float32Array.from({ length }, () => 0.5 * random.normal()));
  const [lists, stride] = [9, 2 ** 15];
  const index = new Uint32Array(lists * stride);
  drawing.lists(origin, { lists, entries: 70_000, count: 3, stride }, index);
  for (let list = 0; list < lists; list++) {
    const own = new Random({ ...origin, use: "pattern", element: list });
    const drawn = index.subarray(list * stride, list * stride + 3);
    assert.deepEqual(drawn, drawDistinct(own, 70_000, 3));
  }
});
