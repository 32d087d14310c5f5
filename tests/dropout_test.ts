/**
 * Dropout: what is dropped depends on the seed, the module's place in its model, the step and the batch of the update alone, and is
 * the same on every device; nothing is where a model is asked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Random } from "../src/device/random.ts";
import {
  dropout,
  linear,
  makeModule,
  type Mode,
  type Module,
  relu,
  sequential,
} from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { dropout as dropoutOperation } from "../src/ops/dropout.ts";
import { dropping } from "../src/ops/kernels/dropping.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { type Tensor, Trace } from "../src/program/trace.ts";
import { traceProgram } from "../src/program/program.ts";
import { SEED, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkOperation } from "./operation_gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

/** Which numbers two layers keep at a step, of a model in which others lie around them. */
async function keptBy(
  { seed = 1, step = 0, before = 0, mode = "train", others = [] }: {
    seed?: number;
    step?: number;
    before?: number;
    mode?: Mode;
    others?: readonly Module[];
  } = {},
): Promise<string[]> {
  const [first, second] = [dropout(0.5), dropout(0.5)];
  const model = makeModule((x: Tensor, context): Tensor[] => {
    const below = others.reduce((y, layer) => layer(y, context), x);
    return [first(below, context), second(below, context)];
  }, { kind: "twice", children: { other: sequential(...others), first, second } });
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  using program = await device.compile([matrix(4, 32)], (x) => model(x, { mode, seed }));
  program.run([new Float32Array(128).fill(1)], {
    step,
    totalSteps: 10,
    part: { before, total: before + 32 },
  });
  const outputs = [await program.floats(0), await program.floats(1)];
  return outputs.map((output) => output.map((y) => Number(y !== 0)).join(""));
}

Deno.test("a layer of randomness draws by seed, step and its own place in the model alone", async () => {
  const [first, second] = await keptBy();
  assert.deepEqual(await keptBy({ mode: "score" }), [first, second]);
  const kept = [...first].filter((digit) => digit === "1").length;
  assert.ok(kept > 32 && kept < 96, `${kept} of 128 are kept`);
  assert.notEqual(first, second);
  assert.deepEqual(await keptBy(), [first, second]);
  // A layer more below it changes nothing.
  assert.deepEqual(await keptBy({ others: [relu()] }), [first, second]);
  for (const other of [{ seed: 2 }, { step: 1 }, { before: 32 }]) {
    const [a, b] = await keptBy(other);
    assert.equal(new Set([first, second, a, b]).size, 4, JSON.stringify(other));
  }
});

Deno.test("a layer of randomness gives what it gets where a model is asked", async () => {
  assert.deepEqual(await keptBy({ mode: "evaluate" }), ["1".repeat(128), "1".repeat(128)]);
});

testOnDevices(
  "dropout() drops the elements that the generator of the host says",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const key = { seed: 2 ** 40 + 5, stream: 9 };
    const x = new Source(SEED).floats(8 * 64).map((value) => value || 1);
    using program = await device.compile([matrix(8, 64)], (x) => dropoutOperation(x, 0.25, key));
    for (const before of [0, 64]) {
      program.run([x], { step: 3, totalSteps: 10, part: { before, total: before + 64 } });
      const y = await program.floats(0);
      const random = new Random({ ...key, use: "dropout", step: 3, element: before });
      for (let group = 0; group < x.length / 32; group++) {
        // Sixteen words of four blocks: two draws in each.
        const words = Uint32Array.from({ length: 16 }, () => random.next());
        for (let i = 0; i < 32; i++) {
          const word = words[4 * (i % 4) + Math.floor(i / 8)];
          const kept = (i % 8 < 4 ? word & 0xffff : word >>> 16) >= 0.25 * 2 ** 16;
          const at = 32 * group + i;
          // The factor 4 / 3 and the product are rounded.
          const near = Math.abs(y[at] - x[at] / 0.75) <= 3e-7 * Math.abs(x[at]);
          assert.ok(kept ? near : y[at] === 0, `element ${at}, ${before} before, seed ${SEED}`);
        }
      }
    }
  },
);

Deno.test("dropout() drops the share that it is told, and keeps the mean", async () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  for (const rate of [0.1, 0.5, 0.9]) {
    using program = await device.compile([matrix(128, 256)], (x) => {
      return dropoutOperation(x, rate, { seed: 4, stream: 1 });
    });
    program.run([new Float32Array(128 * 256).fill(1)]);
    const y = await program.floats(0);
    const dropped = y.filter((value) => value === 0).length / y.length;
    const mean = y.reduce((sum, value) => sum + value / y.length, 0);
    // Five standard deviations of a share of 32,768.
    const near = 5 * Math.sqrt(rate * (1 - rate) / y.length);
    assert.ok(Math.abs(dropped - rate) < near, `${dropped} of ${rate}`);
    assert.ok(Math.abs(mean - 1) < near / (1 - rate), `a mean of ${mean} at ${rate}`);
  }
});

Deno.test("dropout() has the gradient of central differences", () => {
  return checkOperation((x) => dropoutOperation(x, 0.3, { seed: 2, stream: 3 }), [[5, 3]], 1);
});

Deno.test("dropout() leaves nothing behind where a model is asked, or nothing is dropped", () => {
  const model = sequential(linear(4, 8), dropout(0.1), linear(8, 3));
  const kernels = (body: (x: Tensor, y: Tensor) => Tensor) =>
    traceProgram([matrix(4, 32), labels(32)], body, record).order.map(({ kernel }) => kernel.name)
      .filter((name) => name === "dropout").length;
  assert.equal(kernels((x, y) => crossEntropy(model(x), y)), 0);
  const optimizer = sgd({ learningRate: 0.1 });
  const loss = (mode: Mode) => (x: Tensor, y: Tensor) =>
    optimizer.update(crossEntropy(model(x, { mode }), y));
  assert.equal(kernels(loss("train")), 2);
  const x = new Trace().input([4, 9], "f32");
  assert.equal(dropoutOperation(x, 0, { seed: 0, stream: 0 }), x);
});

Deno.test("dropping() rounds the rate to 16 bits below 1 and corrects the factor", () => {
  const key = { seed: 0, stream: 0 };
  for (const [rate, threshold] of [[0.5, 32768], [0.1, 6554], [1e-6, 0], [1 - 1e-9, 65535]]) {
    const params = dropping(rate, key);
    assert.equal(params.threshold, threshold);
    assert.equal(params.factor * (1 - threshold / 65536), 1);
  }
});

Deno.test("dropout() refuses what is no rate", () => {
  const x = new Trace().input([4, 9], "f32");
  for (const rate of [-0.1, 1, NaN]) {
    const message = new RegExp(
      `the rate is ${rate}; expected a number from 0 up to but not including 1`,
    );
    assert.throws(() => dropout(rate), { name: "RangeError", message });
    assert.throws(() => dropoutOperation(x, rate, { seed: 0, stream: 0 }), {
      name: "RangeError",
      message,
    });
  }
});
