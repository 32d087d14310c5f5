/**
 * The vision transformer, stochastic depth, and the layers between pictures and sequences.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Random } from "../src/device/random.ts";
import { patchesOf, vit, VIT_SIZES } from "../src/models/vit.ts";
import {
  classToken,
  dropPath,
  firstPosition,
  meanPosition,
  type Module,
  pixelsAsPositions,
  treeOfModel,
} from "../src/nn/mod.ts";
import { classToken as classTokenOperation } from "../src/ops/class_token.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { dropPath as dropPathOperation } from "../src/ops/drop_path.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import { Trace } from "../src/program/trace.ts";
import { he } from "../src/sparse/init.ts";
import { isDense } from "../src/sparse/lookup.ts";
import { block, nm } from "../src/sparse/patterns/mod.ts";
import { SEED, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES } from "./gradients.ts";
import { checkOperation } from "./operation_gradients.ts";

const IMAGE = { channels: 1, height: 8, width: 12 };

testOnDevices(
  "dropPath() drops the examples that the generator of the host says, at every position",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const key = { seed: 2 ** 40 + 5, stream: 9 };
    const [features, positions, columns] = [3, 5, 64];
    const x = new Source(SEED).floats(features * positions * columns).map((value) => value || 1);
    const shape = [features, positions, columns];
    using program = await device.compile(
      [{ shape, type: "f32" }],
      (x) => dropPathOperation(x, 0.25, key),
    );
    for (const before of [0, 64]) {
      program.run([x], { step: 3, totalSteps: 10, part: { before, total: before + 64 } });
      const y = await program.floats(0);
      const random = new Random({ ...key, use: "path", step: 3, element: before });
      const kept = [0, 1].flatMap(() => {
        // Sixteen words of four blocks: two draws in each.
        const words = Uint32Array.from({ length: 16 }, () => random.next());
        return Array.from({ length: 32 }, (_, i) => {
          const word = words[4 * (i % 4) + Math.floor(i / 8)];
          return (i % 8 < 4 ? word & 0xffff : word >>> 16) >= 0.25 * 2 ** 16;
        });
      });
      assert.ok(kept.includes(false) && kept.includes(true));
      for (const [at, value] of y.entries()) {
        // The factor 4 / 3 and the product are rounded.
        const near = Math.abs(value - x[at] / 0.75) <= 3e-7 * Math.abs(x[at]);
        assert.ok(kept[at % columns] ? near : value === 0, `element ${at}, ${before} before`);
      }
    }
  },
);

Deno.test("dropPath() has the gradient of central differences", () => {
  return checkOperation((x) => dropPathOperation(x, 0.3, { seed: 2, stream: 3 }), [[5, 3]], 1);
});

Deno.test("dropPath() does nothing where a model is asked, and refuses what is no rate", () => {
  const x = new Trace().input([4, 9], "f32");
  assert.equal(dropPath(0.5)(x), x);
  assert.equal(dropPath(0)(x, { mode: "train" }), x);
  assert.notEqual(dropPath(0.5)(x, { mode: "train" }), x);
  assert.throws(() => dropPath(1), { name: "RangeError", message: /the rate is 1; expected/ });
});

testOnDevices("classToken() puts the token in front of all positions", async (backend) => {
  const [features, positions, columns] = [3, 2, 32];
  const token = new Resource({
    ...{ label: "token", type: "f32", length: features, category: "parameters" },
    initial: () => Float32Array.of(7, 8, 9),
  });
  const device = new Device(backend, "test", 1, record);
  using program = await device.compile(
    [{ shape: [features, positions, columns], type: "f32" }],
    (x) => classTokenOperation(x, token),
  );
  const x = new Source(SEED).floats(features * positions * columns);
  program.run([x], { step: 0, totalSteps: 0 });
  const y = await program.floats(0);
  const wide = (positions + 1) * columns;
  y.forEach((value, at) => {
    const [feature, place] = [Math.floor(at / wide), at % wide];
    const expected = place < columns
      ? 7 + feature
      : x[feature * (wide - columns) + place - columns];
    assert.equal(value, expected, `element ${at}, seed ${SEED}`);
  });
});

Deno.test("vit() gives gradients that agree with central differences, with what is random", async () => {
  const model = vit({
    ...{ image: { channels: 1, height: 1, width: 2 }, classes: CLASSES, patch: 1, sparsity: 0.5 },
    ...{ size: { layers: 2, features: 4, heads: 2, intermediate: 2 }, dropPath: 0.4 },
    weights: { init: he() },
  });
  await checkGradients(model, 5, { inputs: 2 });
});

Deno.test("meanPosition() and firstPosition() have the gradients of central differences", async () => {
  await checkOperation((x) => meanPosition()(x), [[4, 3]], 1);
  await checkOperation((x) => firstPosition()(x), [[4, 3]], 1);
});

Deno.test("layers of sequences refuse other shapes", () => {
  const pictures = new Trace().input([4, 3, 2, 9], "f32");
  const features = new Trace().input([4, 9], "f32");
  assert.throws(() => pixelsAsPositions()(features), /expected images \[channels, height, width,/);
  assert.throws(() => meanPosition()(features), /expected \[features, positions, examples\]/);
  assert.throws(() => classToken(4)(pictures), /expected f32 \[4, positions, examples\]/);
  assert.throws(() => classToken(4, { deviation: -1 }), /the deviation is -1; expected a number/);
});

Deno.test("vit() makes the matrices of its layers sparse, and nothing else", () => {
  for (const pattern of [() => nm(2, 4), () => block(4, { density: 0.5 })]) {
    const size = { layers: 2, features: 16, heads: 2 };
    const model = vit({ image: IMAGE, classes: 3, size, sparsity: 0.5, pattern });
    const sparse = model.weights.filter(({ sparse }) => sparse !== undefined);
    const names = [
      ...["query", "key", "value", "output"].map((name) => `attention.${name}`),
      ...["ff.intermediate", "ff.output"],
    ];
    assert.deepEqual(
      sparse.map(({ label }) => label),
      [0, 1].flatMap((layer) => names.map((name) => `layers.layer${layer}.${name}.weight`)),
    );
    assert.ok(sparse.every(({ sparse }) => sparse !== undefined && !isDense(sparse.spec)));
    assert.deepEqual(
      model.weights.filter(({ sparse }) => sparse === undefined).map(({ label }) => label),
      ["patches.weight", "positions.weight", "head.weight"],
    );
    // What errors and plans call a parameter is its path.
    const paths = [...treeOfModel(model).parameters.values()];
    assert.deepEqual(model.parameters.map(({ label }) => label), paths);
  }
});

Deno.test("vit() spreads a sparsity over the matrices of its layers", () => {
  const size = { layers: 2, features: 32, heads: 2 };
  const budgetOf = (model: Module): number =>
    model.weights.reduce((sum, { sparse }) => sum + (sparse?.budget ?? 0), 0);
  const all = 2 * (4 * 32 * 32 + 2 * 32 * 128);
  for (const distribution of ["uniform", "erk"] as const) {
    const model = vit({ image: IMAGE, classes: 3, size, sparsity: 0.75, distribution });
    // Every list has a whole number of connections.
    const rounding = model.weights.reduce((sum, { shape: [outputs] }) => sum + outputs, 0);
    assert.ok(Math.abs(budgetOf(model) - all / 4) < rounding, distribution);
  }
});

Deno.test("vit() drops the more of its branches the deeper they are", () => {
  const size = { layers: 3, features: 8, heads: 2 };
  const model = vit({ image: IMAGE, classes: 3, size, dropPath: 0.2 });
  const rates = [...treeOfModel(model).modules].flatMap(([module, path]) =>
    "settings" in module && path.endsWith("path") ? [[path, module.settings]] : []
  );
  assert.deepEqual(rates, [
    ["layers.layer1.attention.path", { rate: 0.1 }],
    ["layers.layer1.ff.path", { rate: 0.1 }],
    ["layers.layer2.attention.path", { rate: 0.2 }],
    ["layers.layer2.ff.path", { rate: 0.2 }],
  ]);
});

Deno.test("vit() has the parameters of its sizes by name", () => {
  // DeiT-Ti and DeiT-S (Touvron et al. 2021, table 1) and ViT-B: 5.7, 22.1 and 86.6 million.
  const image = { channels: 3, height: 224, width: 224 };
  for (const [size, expected] of [["tiny", 5_717_416], ["small", 22_050_664]] as const) {
    const { parameters } = vit({ image, classes: 1000, size });
    assert.equal(parameters.reduce((sum, { length }) => sum + length, 0), expected, size);
  }
  assert.deepEqual(VIT_SIZES.base, { layers: 12, features: 768, heads: 12 });
});

Deno.test("vit() refuses what cannot be", () => {
  const given = { image: IMAGE, classes: 3 };
  const message = /of 8 x 12 pixels into patches of 5 x 5: expected a side that divides both/;
  assert.throws(() => vit({ ...given, patch: 5 }), { name: "RangeError", message });
  assert.throws(
    () => vit({ ...given, size: { layers: 0, features: 8, heads: 2 } }),
    /a ViT of 0 layers: expected a whole number above 0/,
  );
  assert.throws(() => vit({ ...given, dropPath: 1 }), /the rate is 1; expected/);
  assert.throws(() => vit({ ...given, sparsity: 1 }), { name: "RangeError" });
  assert.deepEqual(patchesOf({ image: IMAGE }), { patch: 4, count: 6 });
  const large = { channels: 3, height: 224, width: 224 };
  assert.deepEqual(patchesOf({ image: large }), { patch: 16, count: 196 });
});

/** Losses of a few steps of a small model with everything that is random, on some threads. */
async function lossesOn(threads: number): Promise<Float32Array> {
  using device = await createDevice({ prefer: "wasm", threads, seed: 1 });
  const size = { layers: 2, features: 16, heads: 2, intermediate: 24 };
  const model = vit({ image: IMAGE, classes: 3, size, dropPath: 0.3, dropout: 0.1, sparsity: 0.5 });
  const optimizer = adamw({ learningRate: 3e-3 });
  using step = await device.compile(
    [matrix(96, 48), labels(48)],
    (x, y) => optimizer.update(crossEntropy(model(x, { mode: "train", seed: 1 }), y)),
  );
  const y = Uint32Array.from({ length: 64 }, (_, i) => i < 48 ? i % 3 : 0);
  // Bright in another place for each class.
  const x = new Source(2).floats(96 * 64).map((value, i) =>
    0.3 * value + Number(Math.floor(i / 64 / 32) === y[i % 64])
  );
  for (let i = 0; i < 40; i++) step.run([x, y], { step: i, totalSteps: 40 });
  const [losses] = await step.scalars();
  return losses;
}

Deno.test("vit() learns, with the same bits every time", async () => {
  const losses = await lossesOn(1);
  assert.deepEqual(await lossesOn(1), losses);
  assert.ok(losses[0] > 0.9 && losses[39] < 0.5 * losses[0], `${losses[0]} to ${losses[39]}`);
});
