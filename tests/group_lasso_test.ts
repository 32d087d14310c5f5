/**
 * The group lasso of optimizers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { linear } from "../src/nn/mod.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { mse } from "../src/ops/target_losses.ts";
import { adamw } from "../src/optim/adamw.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, matrix } from "../src/program/device.ts";
import { areaOf } from "../src/sparse/geometry.ts";
import { block, fanIn } from "../src/sparse/patterns/mod.ts";
import { testOnDevices } from "./devices.ts";
import { sparseOf } from "./masters.ts";

testOnDevices(
  "a group lasso takes the same share of all values of a unit, and of stored units alone",
  async (backend) => {
    for (const pattern of [block(4, { density: 0.5 }), fanIn(3)]) {
      for (const optimizer of [sgd, adamw]) {
        const device = new Device(backend, "test", 4, record);
        const [rate, lambda] = [0.1, 2];
        const model = linear(10, 12, { pattern });
        const weight = sparseOf(model);
        const own = optimizer({ learningRate: rate, groupLasso: lambda });
        // The gradient of zeros as targets of zeros is 0, so that nothing else changes a value.
        const program = await device.compile(
          [matrix(10, 32), matrix(12, 32)],
          (x, y) => own.update(mse(model(x), y)),
        );
        const before = (await device.readFloats(weight.values)).slice();
        const zeros = [new Float32Array(10 * 32), new Float32Array(12 * 32)];
        program.run(zeros, { step: 0, totalSteps: 1 });
        const after = await device.readFloats(weight.values);
        const area = areaOf(weight.unit);
        for (let slot = 0; slot < before.length; slot += area) {
          const unit = before.subarray(slot, slot + area);
          const norm = Math.sqrt(unit.reduce((sum, w) => sum + w * w, 1e-6));
          const left = Math.max(0, 1 - rate * lambda * 0.02 * Math.sqrt(area) / norm);
          // A handful of roundings of numbers of about 1.
          unit.forEach((w, i) => assert.ok(Math.abs(after[slot + i] - left * w) < 1e-6));
        }
        for (const parameter of model.parameters) device.free(parameter);
      }
    }
  },
);

Deno.test("optimizers refuse a group lasso below 0", () => {
  const bad = { learningRate: 1, groupLasso: -1 };
  assert.throws(() => sgd(bad), /groupLasso is -1; expected a finite number of at least 0/);
  assert.throws(() => adamw({ ...bad, groupLasso: Infinity }), RangeError);
});
