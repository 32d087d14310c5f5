/**
 * Positions: those that a batch names, and what is learnt of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { gatherPositions } from "../src/ops/gather.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import type { DenseMatrix } from "../src/ops/matrix.ts";
import { addPositions } from "../src/ops/positions.ts";
import { reshape } from "../src/ops/reshape.ts";
import { mse } from "../src/ops/target_losses.ts";
import { Device } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkOperation } from "./operation_gradients.ts";
import { WatchedBackend } from "./reference_backend.ts";

const CLOCK = { step: 0, totalSteps: 1 };

testOnDevices(
  "gatherPositions() gives the named columns of each example, zeros for none",
  async (backend) => {
    const [features, positions, count, examples] = [3, 6, 4, 5];
    const device = new Device(backend, "test", 0, record);
    using program = await device.compile(
      [{ shape: [features, positions, examples], type: "f32" }, {
        shape: [count, examples],
        type: "u32",
      }],
      (x, places) => gatherPositions(x, places),
    );
    const source = new Source(4);
    const x = source.floats(features * positions * 32);
    const places = source.integers(count * 32, positions + 1);
    program.run([x, places], CLOCK);
    const gathered = await program.floats(0);
    gathered.forEach((value, i) => {
      const place = places[i % places.length];
      const line = Math.floor(i / places.length) * positions + place;
      assert.equal(value, place === positions ? 0 : x[line * 32 + i % 32], `element ${i}`);
    });
    places[33] = positions + 1;
    assert.throws(() => program.run([x, places], CLOCK), {
      name: "RangeError",
      message: /row 1 of example 1 of input 1 is 7; expected positions of x or 6 for none/,
    });
  },
);

Deno.test("gatherPositions() agrees with central differences, also of what is named twice", async () => {
  const places = new Resource({
    ...{ label: "places", type: "u32", length: 4 * 32, category: "program" },
    initial: () => new Uint32Array(4 * 32).map((_, i) => [2, 0, 2, 3][Math.floor(i / 32)]),
  });
  await checkOperation(
    (x) => gatherPositions(x, x.trace.resource(places, [4, 32])),
    [[2, 3]],
    3,
  );
});

Deno.test("gatherPositions() refuses what does not fit", async () => {
  const device = new Device(new WatchedBackend(), "test", 0, record);
  const tracing = (shape: number[], type: "f32" | "u32") =>
    device.compile([{ shape: [3, 6, 5], type: "f32" }, { shape, type }], gatherPositions);
  for (const [shape, type] of [[[2, 5], "f32"], [[2, 4], "u32"], [[5], "u32"]] as const) {
    await assert.rejects(tracing([...shape], type), {
      name: "TypeError",
      message: new RegExp(`gather positions ${type} \\[${shape}\\] of f32 x \\[3,6,5\\]`),
    });
  }
});

function tableOf(source: Source, features: number, positions: number): DenseMatrix {
  const numbers = source.floats(features * positions);
  const values = new Resource({
    ...{ label: "table", type: "f32", length: numbers.length, category: "parameters" },
    trainable: true,
    initial: () => numbers,
  });
  return { kind: "dense", rows: features, inputs: positions, values };
}

for (const learnt of [4, 7]) {
  testOnDevices(
    `addPositions() adds the first of ${learnt} positions to every example`,
    async (backend) => {
      const [features, positions, examples, seed] = [5, 4, 37, 9];
      const source = new Source(seed);
      const table = tableOf(source, features, learnt);
      const numbers = await table.values.initial({ seed: 0, stream: 0 });
      assert(numbers instanceof Float32Array);
      const device = new Device(backend, "test", 0, record);
      const spec = { shape: [features, positions, examples], type: "f32" as const };
      using program = await device.compile([spec, spec], (x, target) => {
        const y = addPositions(x, table);
        const flat = (of: Tensor) => reshape(of, [features * positions]);
        const gradients = differentiate(mse(flat(y), flat(target)), add);
        const gradient = gradients.get(x.trace.resource(table.values));
        assert(gradient !== undefined);
        return [y, gradient];
      });
      const x = source.floats(features * positions * 64);
      const target = source.floats(x.length);
      program.run([x, target], CLOCK, examples);
      const expected = new Float64Array(features * learnt);
      const y = await program.floats(0);
      y.forEach((value, i) => {
        const position = Math.floor(i / 64) % positions;
        const place = Math.floor(i / 64 / positions) * learnt + position;
        assert.equal(value, Math.fround(x[i] + numbers[place]), `element ${i}`);
        if (i % 64 >= examples) return;
        expected[place] += 2 * (value - target[i]) / (features * positions * examples);
      });
      const gradient = await program.floats(1);
      expected.forEach((value, i) => {
        // Sums of 37 numbers below 0.03.
        assert.ok(
          Math.abs(gradient[i] - value) < 1e-6,
          `[${i}]: ${gradient[i]}, expected ${value}`,
        );
      });
    },
  );
}

Deno.test("addPositions() refuses a table that does not fit", async () => {
  const device = new Device(new WatchedBackend(), "test", 0, record);
  const table = tableOf(new Source(1), 3, 6);
  for (const shape of [[3, 7, 5], [2, 6, 5], [3, 5]]) {
    await assert.rejects(
      device.compile([{ shape, type: "f32" }], (x) => addPositions(x, table)),
      {
        name: "TypeError",
        message: /a table \[3, 6\] to x .* expected x \[3, positions, examples\] with 6 positions/,
      },
    );
  }
});
