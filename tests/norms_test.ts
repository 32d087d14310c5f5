/**
 * Norms of features: layer norm, RMS norm and their layers, on every device; their gradients, padding, checkpoints.
 *
 * @module
 */
import assert from "node:assert/strict";
import { dropout, layerNorm, linear, type Module, rmsNorm, sequential } from "../src/nn/mod.ts";
import { mse } from "../src/ops/target_losses.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { layerNorm as layerNormOperation, rmsNorm as rmsNormOperation } from "../src/ops/norms.ts";
import { Device, matrix } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { Resource } from "../src/program/resource.ts";
import { Trace } from "../src/program/trace.ts";
import { saveCheckpoint } from "../src/train/checkpoint.ts";
import { exportModel } from "../src/train/export.ts";
import { loadModel } from "../src/train/load.ts";
import { SEED, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";
import { checkOperation } from "./operation_gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

const FEATURES = 9;
const POSITIONS = 10;
const EXAMPLES = 45;
const PADDED = 64;

/** The features of one column, normalised in float64. */
function expectedOf(column: readonly number[], centred: boolean, epsilon: number): number[] {
  const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
  const middle = centred ? mean(column) : 0;
  const variance = mean(column.map((x) => (x - middle) ** 2));
  return column.map((x) => (x - middle) / Math.sqrt(variance + epsilon));
}

testOnDevices(
  "layerNorm() and rmsNorm() normalise the features of every position of every example",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const source = new Source(SEED);
    const x = source.floats(FEATURES * POSITIONS * PADDED).map((v) => 2 * v + 5);
    const gains = source.floats(FEATURES), biases = source.floats(FEATURES);
    for (const centred of [true, false]) {
      const layer = centred ? layerNorm(FEATURES) : rmsNorm(FEATURES);
      const [gain, bias] = layer.parameters;
      await device.place(layer.parameters);
      device.write(gain, gains);
      if (bias !== undefined) device.write(bias, biases);
      const spec = { shape: [FEATURES, POSITIONS, EXAMPLES], type: "f32" as const };
      using program = await device.compile([spec], (x) => layer(x));
      program.run([x], { step: 0, totalSteps: 1 }, EXAMPLES);
      const y = await program.floats(0);
      for (let c = 0; c < POSITIONS * PADDED; c++) {
        const at = Array.from({ length: FEATURES }, (_, r) => r * POSITIONS * PADDED + c);
        const expected = expectedOf(at.map((i) => x[i]), centred, centred ? 1e-5 : 1e-6);
        at.forEach((i, r) => {
          const wanted = expected[r] * gains[r] + (bias === undefined ? 0 : biases[r]);
          // Numbers of size 10 whose deviations are of size 1, in float32.
          assert.ok(Math.abs(y[i] - wanted) < 1e-5, `[${i}] ${y[i]}, not ${wanted} (seed ${SEED})`);
        });
      }
    }
  },
);

for (const [name, layer] of Object.entries({ layerNorm, rmsNorm })) {
  Deno.test(`${name}() has the gradients of central differences, with a gain and whatever the axes`, async () => {
    const model = sequential(
      linear(INPUTS, 7, { name: "first" }),
      layer(7),
      linear(7, CLASSES, { name: "last" }),
    );
    for (const seed of [1, 2]) await checkGradients(model, seed);
    for (const shape of [[1], [5], [4, 3], [6, 1, 2]]) {
      const of = layer(shape[0], { epsilon: 0.1 });
      await checkOperation((x) => of(x), [shape], 3);
    }
  });
}

Deno.test("layerNorm() without a bias has no gradient of one", async () => {
  const norm = layerNorm(7, { bias: false });
  assert.equal(norm.parameters.length, 1);
  await checkGradients(
    sequential(linear(INPUTS, 7, { name: "first" }), norm, linear(7, CLASSES, { name: "last" })),
    1,
  );
});

testOnDevices(
  "layerNorm() adds gradients up over all columns, and leaves padding at 0",
  async (backend) => {
    const source = new Source(SEED);
    const device = new Device(backend, "test", 1, record);
    const first = linear(4, FEATURES), norm = layerNorm(FEATURES);
    const model = sequential(first, norm);
    const specs = [4, FEATURES].map((rows) => (
      { shape: [rows, POSITIONS, EXAMPLES], type: "f32" as const }
    ));
    await device.place(model.parameters);
    const gains = source.floats(FEATURES);
    device.write(norm.parameters[0], gains);
    using program = await device.compile(specs, (x, target) => {
      const between = first(x), y = norm(between);
      const gradients = differentiate(mse(y, target), add);
      const wanted = [between, ...norm.parameters.map((each) => x.trace.resource(each))];
      return [between, ...wanted.map((tensor) => gradients.get(tensor) ?? x)];
    });
    const columns = POSITIONS * PADDED;
    const isReal = (i: number) => i % PADDED < EXAMPLES;
    const x = source.floats(4 * columns).map((v, i) => isReal(i) ? v : 0);
    const target = source.floats(FEATURES * columns);
    program.run([x, target], { step: 0, totalSteps: 1 }, EXAMPLES);
    const [between, dbetween, dgain, dbias] = await Promise.all(
      [0, 1, 2, 3].map((i) => program.floats(i)),
    );
    assert.ok(dbetween.every((slope, i) => isReal(i) || slope === 0));
    assert.ok(dbetween.some((slope) => slope !== 0));
    const [gain, bias] = [new Float64Array(FEATURES), new Float64Array(FEATURES)];
    for (let c = 0; c < columns; c++) {
      if (!isReal(c)) continue;
      const at = Array.from({ length: FEATURES }, (_, r) => r * columns + c);
      const normalised = expectedOf(at.map((i) => between[i]), true, 1e-5);
      at.forEach((i, r) => {
        const slope = 2 * (normalised[r] * gains[r] - target[i]) /
          (FEATURES * POSITIONS * EXAMPLES);
        gain[r] += slope * normalised[r];
        bias[r] += slope;
      });
    }
    for (let r = 0; r < FEATURES; r++) {
      // Sums of 450 terms below 1e-2 in float32.
      assert.ok(Math.abs(dgain[r] - gain[r]) < 1e-5, `${dgain[r]}, not ${gain[r]} (seed ${SEED})`);
      assert.ok(Math.abs(dbias[r] - bias[r]) < 1e-5, `${dbias[r]}, not ${bias[r]} (seed ${SEED})`);
    }
  },
);

Deno.test("layerNorm(), rmsNorm() and dropout() are saved, loaded and exported like any layer", async () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const norms = [layerNorm(6), dropout(0.5), rmsNorm(6), layerNorm(6, { bias: false })];
  const model = sequential(linear(4, 6), ...norms);
  await device.place(model.parameters);
  const source = new Source(1);
  for (const each of model.parameters) device.write(each, source.floats(each.length));
  const x = source.floats(4 * 32);
  const answer = async (of: Module) => {
    using program = await device.compile([matrix(4, 32)], (x) => of(x));
    program.run([x]);
    return await program.floats(0);
  };
  const folder = await Deno.makeTempDir();
  try {
    await saveCheckpoint(`${folder}/model.safetensors`, { device, model });
    const { model: loaded } = await loadModel(`${folder}/model.safetensors`, device);
    assert.deepEqual(await answer(loaded), await answer(model));
    await exportModel(`${folder}/export.safetensors`, { device, model });
    const text = new TextDecoder().decode(await Deno.readFile(`${folder}/export.safetensors`));
    assert.match(text, /layerNorm.*dropout.*rmsNorm.*layerNorm/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("layerNorm() and rmsNorm() refuse what they cannot normalise", () => {
  const x = new Trace().input([4, 9], "f32");
  assert.throws(
    () => layerNorm(5)(x),
    /\[4,9\] with 5 gains and 5 biases: expected x \[5, \.\.\., examples\]/,
  );
  const [gain, bias] = [4, 5].map((length) => {
    return new Resource({ label: "numbers", type: "f32", length, category: "parameters" });
  });
  assert.throws(
    () => layerNormOperation(x, { gain, bias, epsilon: 1 }),
    /with 4 gains and 5 biases/,
  );
  for (const epsilon of [0, NaN, Infinity]) {
    assert.throws(
      () => rmsNormOperation(x, { gain, epsilon }),
      /epsilon is .*; expected a number above 0/,
    );
    assert.throws(() => layerNorm(4, { epsilon }), /epsilon is .*; expected a number above 0/);
  }
  assert.throws(() => rmsNorm(0), /features is 0; expected a whole number above 0/);
});
