/**
 * GELU: how near it comes, what it is merged into, and that it is saved like any layer.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { gelu, linear, type Module, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { valueAt } from "../src/ops/expression.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { GELU, gelu as geluOperation, type GeluForm } from "../src/ops/pointwise/gelu.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { traceProgram } from "../src/program/program.ts";
import { exportModel } from "../src/train/export.ts";
import { loadModel } from "../src/train/load.ts";
import { saveCheckpoint } from "../src/train/checkpoint.ts";
import { testOnDevices } from "./devices.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";
import { evaluate } from "./oracle/expression.ts";

const FORMS: readonly GeluForm[] = ["erf", "tanh"];

/** From -12 to 12, where nothing but the line is left. */
const POINTS = Array.from({ length: 2401 }, (_, i) => (i - 1200) / 100);

Deno.test("GELU is the normal distribution times x, within 2.5e-7 by erf, and its tanh form to the last bits", () => {
  for (const x of POINTS) {
    assert.ok(Math.abs(valueAt(GELU.erf, x) - x * normal(x)) < 2.5e-7, `erf at ${x}`);
    assert.ok(Math.abs(valueAt(GELU.tanh, x) - byTanh(x)) < 1e-14, `tanh at ${x}`);
  }
});

for (const form of FORMS) {
  testOnDevices(`gelu() of the form ${form} is within 1e-6 of the formula`, async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const length = Math.ceil(POINTS.length / 32) * 32;
    using program = await device.compile([matrix(1, length)], (x) => geluOperation(x, form));
    const x = Float32Array.from({ length }, (_, i) => POINTS[i] ?? 0);
    program.run([x]);
    const y = await program.floats(0);
    POINTS.forEach((_, i) => {
      const expected = form === "erf" ? x[i] * normal(x[i]) : byTanh(x[i]);
      // Beyond 8 a unit in the last place of x is more than the error of the function.
      const bound = 1e-6 + 2 ** -23 * Math.abs(x[i]);
      assert.ok(Math.abs(y[i] - expected) < bound, `${form} of ${x[i]}: ${y[i]}, not ${expected}`);
    });
  });

  Deno.test(`gelu() of the form ${form} has the gradient of central differences`, async () => {
    const model = () => sequential(hidden(), gelu({ form }), linear(7, CLASSES, { name: "last" }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), (seed) => checkGradients(model(), seed)),
      { numRuns: 4 },
    );
    // The slope is that of the exact function: the series of erf is nowhere steeper by more.
    for (const x of POINTS) {
      const at = (value: number) => ({ value, bound: 0 });
      const slope = evaluate(GELU[form].gradient, { x: at(x), dy: at(1) }).value;
      const [below, above] = [-1e-4, 1e-4].map((step) => valueAt(GELU[form], x + step));
      assert.ok(Math.abs(slope - (above - below) / 2e-4) < 2e-6, `${form} at ${x}`);
    }
  });

  Deno.test(`gelu() of the form ${form} is merged into a product in evaluation`, () => {
    const model = sequential(hidden(), gelu({ form }), linear(7, CLASSES));
    const { order } = traceProgram([matrix(INPUTS, 32)], (x) => model(x), record);
    assert.deepEqual(order.map(({ kernel }) => kernel.name), ["gemm", "gemm"]);
  });

  Deno.test(`gelu() of the form ${form} keeps its slope for the way back, which a product takes in`, () => {
    const model = sequential(hidden(), gelu({ form }), linear(7, CLASSES));
    const kernels = trainingKernels(model);
    assert.equal(kernels.filter((name) => name === "pointwise_slope").length, 1);
    assert.equal(kernels.filter((name) => name === "pointwise").length, 0);
    assert.equal(kernels.filter((name) => name === "pointwise_gradient").length, 0);
  });
}

testOnDevices("gelu() is saved, loaded and exported", async (backend) => {
  const device = new Device(backend, "test", 3, record);
  const model = sequential(hidden(), gelu({ form: "tanh" }), linear(7, CLASSES), gelu());
  await device.place(model.parameters);
  const folder = await Deno.makeTempDir();
  try {
    await saveCheckpoint(`${folder}/model.safetensors`, { device, model });
    const { model: loaded } = await loadModel(`${folder}/model.safetensors`, device);
    const x = Float32Array.from({ length: INPUTS * 32 }, (_, i) => Math.sin(i));
    assert.deepEqual(await outputs(device, loaded, x), await outputs(device, model, x));
    await exportModel(`${folder}/export.safetensors`, { device, model });
    const text = new TextDecoder().decode(await Deno.readFile(`${folder}/export.safetensors`));
    assert.match(text, /gelu.*tanh.*gelu.*erf/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, ({ name }) => name === "wasm");

function hidden(): Module {
  return linear(INPUTS, 7, { name: "hidden" });
}

async function outputs(device: Device, model: Module, x: Float32Array): Promise<Float32Array> {
  using program = await device.compile([matrix(INPUTS, 32)], (x) => model(x));
  program.run([x]);
  return await program.floats(0);
}

function trainingKernels(model: Module): string[] {
  const optimizer = sgd({ learningRate: 0.1 });
  const { order } = traceProgram(
    [matrix(INPUTS, 32), labels(32)],
    (x, y) => optimizer.update(crossEntropy(model(x, { mode: "train" }), y)),
    record,
  );
  return order.map(({ kernel }) => kernel.name);
}

/** The share of the normal distribution below x, in float64: by its series, and far out by its continued fraction. */
function normal(x: number): number {
  const z = Math.abs(x) * Math.SQRT1_2;
  let tail = 0;
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 100; n++) {
      term *= -z * z / n;
      sum += term / (2 * n + 1);
    }
    tail = 0.5 - sum / Math.sqrt(Math.PI);
  } else {
    let fraction = 0;
    for (let k = 80; k > 0; k--) fraction = k / 2 / (z + fraction);
    tail = Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction) / 2;
  }
  return x > 0 ? 1 - tail : tail;
}

function byTanh(x: number): number {
  return x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) / 2;
}
