import assert from "node:assert/strict";
import fc from "fast-check";
import { add } from "../src/ops/add.ts";
import { batchedProduct } from "../src/ops/batched_product.ts";
import { accuracy, crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { broadcastAlong, maxAlong, meanAlong, sumAlong } from "../src/ops/reductions.ts";
import { reshape } from "../src/ops/reshape.ts";
import { mse } from "../src/ops/target_losses.ts";
import { linear as linearLayer } from "../src/nn/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { axisOf } from "../src/program/axes.ts";
import { Device, matrix, vector } from "../src/program/device.ts";
import type { InputSpec } from "../src/program/program.ts";
import type { Tensor } from "../src/program/trace.ts";
import { block, dense, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import { seeds, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkOperation } from "./operation_gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

function spec(shape: readonly number[], type: "f32" | "u32" = "f32"): InputSpec {
  return { shape, type };
}

Deno.test("axisOf() knows axes by name and by number", () => {
  assert.equal(axisOf([8, 32], "features"), 0);
  assert.equal(axisOf([8, 32], "examples"), 1);
  assert.equal(axisOf([8, 5, 32], "positions"), 1);
  assert.equal(axisOf([8, 5, 6, 32], "width"), 2);
  assert.equal(axisOf([2, 8, 5, 6, 32], 3), 3);
  for (const axis of ["positions", 4, -1, 0.5] as const) {
    assert.throws(() => axisOf([8, 5, 6, 32], axis), {
      name: "RangeError",
      message:
        /Cannot find axis .* of \[8,5,6,32\]: expected features, height, width, examples, or/,
    });
  }
});

const PATTERNS = {
  dense: dense(),
  "fan-in": fanIn(3),
  groups: groupFanIn(4, 4),
  blocks: block(4, { density: 0.5 }),
  "n:m": nm(2, 4),
};

for (const [name, pattern] of Object.entries(PATTERNS)) {
  testOnDevices(
    `a linear layer of ${name} gives positions the bits that columns have`,
    async (backend) => {
      const device = new Device(backend, "test", 3, record);
      const layer = linearLayer(16, 8, { pattern });
      // The columns of three positions lie as those of three times as many examples do.
      const x = new Source(4).floats(16 * 3 * 32);
      using positions = await device.compile([spec([16, 3, 19])], (x) => layer(x));
      using flat = await device.compile([matrix(16, 96)], (x) => layer(x));
      positions.run([x]);
      flat.run([x]);
      assert.deepEqual(await positions.floats(0), await flat.floats(0));
      for (const parameter of layer.parameters) device.free(parameter);
    },
  );
}

testOnDevices(
  "gradients of a linear layer over positions take all columns but padding",
  async (backend) => {
    const device = new Device(backend, "test", 3, record);
    const examples = 7;
    for (const pattern of Object.values(PATTERNS)) {
      const layer = linearLayer(16, 8, { pattern });
      await device.place(layer.parameters, { seed: 5 });
      const before = await Promise.all(layer.parameters.map((p) => device.readFloats(p)));
      const updated: Float32Array[][] = [];
      const source = new Source(4);
      const [x, target] = [source.floats(16 * 3 * 32), source.floats(8 * 3 * 32)];
      // Three positions of seven examples, or 21 examples.
      const flatten = (rows: number, from: Float32Array): Float32Array => {
        const all = new Float32Array(rows * 32);
        for (let row = 0; row < rows; row++) {
          for (let p = 0; p < 3; p++) {
            for (let e = 0; e < examples; e++) {
              all[row * 32 + p * examples + e] = from[(row * 3 + p) * 32 + e];
            }
          }
        }
        return all;
      };
      for (const flat of [false, true]) {
        layer.parameters.forEach((p, i) => device.write(p, before[i]));
        const columns = flat ? [21] : [3, examples];
        using step = await device.compile(
          [spec([16, ...columns]), spec([8, ...columns])],
          (a, b) => sgd({ learningRate: 1 }).update(mse(layer(a), b)),
        );
        step.run(flat ? [flatten(16, x), flatten(8, target)] : [x, target]);
        updated.push(await Promise.all(layer.parameters.map((p) => device.readFloats(p))));
      }
      // Sums in another order: a few roundings of sums of 21 products.
      updated[0].forEach((values, i) =>
        values.forEach((value, j) =>
          assert.ok(Math.abs(value - updated[1][i][j]) < 1e-5, `${value}`)
        )
      );
      for (const parameter of layer.parameters) device.free(parameter);
    }
  },
);

Deno.test("linear() refuses columns that are not padded", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const layer = linearLayer(4, 2);
  assert.throws(
    () => device.trace([vector(8)], (x) => layer(reshape(x, [4, 2]))),
    /program of a single example/,
  );
});

testOnDevices("losses are means over positions and real examples", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  const examples = 5;
  const [classes, positions] = [3, 4];
  const source = new Source(6);
  const logits = source.floats(classes * positions * 32);
  const targets = Uint32Array.from(
    { length: positions * 32 },
    (_, i) => i % 32 < examples ? i % classes : 0,
  );
  using program = await device.compile(
    [spec([classes, positions, examples]), spec([1, positions, examples], "u32")],
    (x, y) => [crossEntropy(x, y), accuracy(x, y)],
  );
  program.run([logits, targets]);
  let loss = 0, right = 0;
  for (let p = 0; p < positions; p++) {
    for (let e = 0; e < examples; e++) {
      const column = Array.from(
        { length: classes },
        (_, c) => logits[(c * positions + p) * 32 + e],
      );
      const target = targets[p * 32 + e];
      loss += Math.log(column.reduce((sum, v) => sum + Math.exp(v), 0)) - column[target];
      right += Number(column.indexOf(Math.max(...column)) === target);
    }
  }
  const [[measured], [share]] = await program.scalars();
  assert.ok(Math.abs(measured - loss / positions / examples) < 1e-5);
  assert.ok(Math.abs(share - right / positions / examples) < 1e-6);
  // A class that there is not, at the last position.
  targets[3 * 32 + 4] = classes;
  assert.throws(() => program.run([logits, targets]), /example 4 of input 1 is 3/);
});

testOnDevices("reductions agree with float64", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      seeds(),
      async (axes, at, seed) => {
        const place = at % axes.length;
        const shape = [...axes, 32];
        using program = await device.compile([spec(shape)], (x) => {
          const largest = maxAlong(x, place);
          return [
            sumAlong(x, place),
            meanAlong(x, place),
            largest,
            broadcastAlong(largest, place, axes[place]),
          ];
        });
        const count = shape.reduce((product, n) => product * n);
        const x = new Source(seed).floats(count);
        program.run([x]);
        const inner = shape.slice(place + 1).reduce((product, n) => product * n, 1);
        const length = axes[place];
        const results = await Promise.all([0, 1, 2, 3].map((i) => program.floats(i)));
        for (let i = 0; i < count / length; i++) {
          const first = Math.floor(i / inner) * length * inner + i % inner;
          const line = Array.from({ length }, (_, l) => x[first + l * inner]);
          const sum = line.reduce((total, v) => total + v, 0);
          assert.ok(Math.abs(results[0][i] - sum) < 1e-5, `sum ${i} (seed ${seed})`);
          assert.ok(Math.abs(results[1][i] - sum / length) < 1e-5, `mean ${i} (seed ${seed})`);
          assert.equal(results[2][i], Math.max(...line), `largest ${i} (seed ${seed})`);
          for (let l = 0; l < length; l++) {
            assert.equal(
              results[3][first + l * inner],
              results[2][i],
              `repeated ${i} (seed ${seed})`,
            );
          }
        }
      },
    ),
    { numRuns: 15 },
  );
});

for (
  const [name, operation, shapes] of [
    ["sumAlong()", (x: Tensor) => sumAlong(x, "positions"), [[2, 3]]],
    ["meanAlong()", (x: Tensor) => meanAlong(x, "features"), [[3, 2]]],
    ["maxAlong()", (x: Tensor) => maxAlong(x, 1), [[2, 4]]],
    ["broadcastAlong()", (x: Tensor) => broadcastAlong(x, "height", 3), [[2, 1, 2]]],
    ["batchedProduct() of rows and columns", product(2, 1), [[2, 3, 2], [2, 2, 4]]],
    ["batchedProduct() of rows and rows", product(2, 2), [[2, 3, 2], [2, 4, 2]]],
    ["batchedProduct() of columns and columns", product(1, 1), [[2, 2, 3], [2, 2, 4]]],
    ["batchedProduct() of columns and rows", product(1, 2), [[2, 2, 3], [2, 4, 2]]],
    [
      "batchedProduct() of a tensor with itself",
      (x: Tensor) => batchedProduct(x, x, { a: "features", b: "features" }),
      [[2, 3]],
    ],
  ] as const
) {
  Deno.test(`${name} has the gradient of central differences`, () =>
    checkOperation(operation, shapes, 21));
}

function product(a: number, b: number) {
  return (x: Tensor, y: Tensor) => batchedProduct(x, y, { a, b });
}

const HEADS = 2, DIM = 2;

/** Attention without a softmax: every position reads all by its scores, which are divided by their sum of squares. */
function attention(x: Tensor, q: Tensor, k: Tensor, v: Tensor): Tensor {
  const heads = (t: Tensor): Tensor => reshape(t, [HEADS, DIM, t.shape[1]]);
  const [queries, keys, values] = [q, k, v].map((t) => heads(add(x, t)));
  const scores = batchedProduct(queries, keys, { a: 1, b: 1 });
  const above = maxAlong(scores, 2);
  const shifted = add(scores, broadcastAlong(above, 2, x.shape[1]));
  const context = batchedProduct(values, shifted, { a: 2, b: 2 });
  return add(reshape(context, [HEADS * DIM, x.shape[1]]), x);
}

Deno.test("attention of these parts has the gradient of central differences", async () => {
  const shape = [HEADS * DIM, 3];
  await checkOperation(attention, [shape, shape, shape, shape], 5);
});

testOnDevices("attention over positions learns on every device", async (backend) => {
  const device = new Device(backend, "test", 2, record);
  const layers = [0, 1, 2].map(() => linearLayer(HEADS * DIM, HEADS * DIM));
  const optimizer = sgd({ learningRate: 0.02 });
  const shape = [HEADS * DIM, 5, 20];
  using step = await device.compile([spec(shape), spec(shape)], (x, y) => {
    const [q, k, v] = layers.map((layer) => layer(x));
    return optimizer.update(mse(attention(x, q, k, v), y));
  });
  const source = new Source(9);
  const x = source.floats(HEADS * DIM * 5 * 32).map((value) => value / 4);
  const y = source.floats(x.length).map((value) => value / 4);
  for (let i = 0; i < 40; i++) step.run([x, y]);
  const [losses] = await step.scalars();
  assert.ok(losses[39] < 0.7 * losses[0], `${losses[0]} to ${losses[39]}`);
});

Deno.test("batchedProduct() and reductions refuse what does not fit", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const tracing = (body: (x: Tensor, y: Tensor) => Tensor) => () =>
    device.trace([spec([2, 3, 4, 32]), spec([2, 5, 4, 32])], body);
  assert.throws(tracing((x, y) => batchedProduct(x, y, { a: 1, b: 1 })), {
    name: "TypeError",
    message: /Cannot multiply \[2,3,4,32\] along axis 1 by \[2,5,4,32\] along axis 1/,
  });
  assert.throws(
    tracing((x, y) => batchedProduct(x, y, { a: 0, b: 2 })),
    /along axis 0: expected f32/,
  );
  assert.throws(
    tracing((x, y) => batchedProduct(x, y, { a: "examples", b: 2 })),
    /one of the two axes/,
  );
  assert.throws(tracing((x) => sumAlong(x, "examples")), /that is the axis of the examples/);
  assert.throws(tracing((x) => maxAlong(x, "positions")), /Cannot find axis positions/);
  assert.throws(tracing((x) => broadcastAlong(x, 1, 4)), /expected a length of 1, not of 3/);
  assert.throws(tracing((x) => broadcastAlong(x, 1, 0)), /expected a whole number from 1/);
});

Deno.test("linear() of a weight has the columns of every axis behind the features", () => {
  const device = new Device(new ReferenceBackend(), "test", 1, record);
  const layer = linearLayer(4, 2);
  const traced = device.trace([spec([4, 3, 2, 33])], (x) => layer(x));
  assert.deepEqual(traced.outputs[0].shape, [2, 3, 2, 33]);
  assert.equal(traced.outputs[0].columns, 3 * 2 * 64);
});
