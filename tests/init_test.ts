/**
 * What weights begin with.
 *
 * @module
 */
import assert from "node:assert/strict";
import { convnet } from "../src/models/convnet.ts";
import { mlp } from "../src/models/mlp.ts";
import { linear, type Module } from "../src/nn/mod.ts";
import { createDevice } from "../src/ops/device.ts";
import { eachConnection } from "../src/sparse/convert.ts";
import { he, type Init, truncatedNormal } from "../src/sparse/init.ts";
import { block, dense, fanIn } from "../src/sparse/patterns/mod.ts";

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
