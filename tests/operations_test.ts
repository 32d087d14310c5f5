import assert from "node:assert/strict";
import {
  averagePool,
  batchNorm,
  conv2d,
  flatten,
  globalAveragePool,
  image,
  linear,
  makeModule,
  maxPool,
  type Module,
  relu,
  residual,
  sequential,
} from "../src/nn/mod.ts";
import { mapOperations, operationsOf } from "../src/nn/operation.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { Device, matrix } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import { ReferenceBackend } from "./reference_backend.ts";

/** The operations of a layer, with the labels of what they refer to. */
function labelled(layer: Module) {
  return mapOperations(operationsOf(layer), ({ label }) => label, ({ label }) => label);
}

/** A layer of a user, who calls it what he likes. */
function doubling(kind: string): Module {
  const inner = linear(2, 2, { bias: false });
  return makeModule((x: Tensor) => inner(x), { kind, children: { inner } });
}

Deno.test("operationsOf() says what every built-in layer does, in order", () => {
  const body = sequential(conv2d(2, 2, { padding: 1, bias: false, name: "b" }), relu());
  const model = sequential(
    image({ channels: 1, height: 8, width: 6 }),
    sequential(conv2d(1, 2, { kernel: [3, 1], stride: 2, name: "a" }), batchNorm(2, { name: "n" })),
    residual(body),
    maxPool({ size: [2, 1] }),
    averagePool({ size: 2, stride: 1, padding: 1 }),
    residual(sequential(), globalAveragePool()),
    flatten(),
    linear(2, 3, { name: "c" }),
  );
  const norm = { scale: "n.scale", shift: "n.shift", running: "n.running" };
  const c = { operation: "linear", name: "c", weight: "c.weight", bias: "c.bias" };
  assert.deepEqual(labelled(model), [
    { operation: "image", channels: 1, height: 8, width: 6 },
    {
      ...{ operation: "conv2d", name: "a", weight: "a.weight", bias: "a.bias" },
      ...{ kernel: [3, 1], stride: 2, padding: 0 },
    },
    { operation: "batchNorm", name: "n", ...norm, epsilon: 1e-5, momentum: 0.1 },
    {
      operation: "residual",
      body: [
        {
          ...{ operation: "conv2d", name: "b", weight: "b.weight" },
          ...{ kernel: [3, 3], stride: 1, padding: 1 },
        },
        { operation: "relu" },
      ],
      shortcut: [],
    },
    { operation: "maxPool", size: [2, 1], stride: [2, 1], padding: 0 },
    { operation: "averagePool", size: [2, 2], stride: [1, 1], padding: 1 },
    { operation: "residual", body: [], shortcut: [{ operation: "globalAveragePool" }] },
    { operation: "flatten" },
    c,
  ]);
});

Deno.test("operationsOf() names the layer that does not say what it does", () => {
  const model = sequential(linear(2, 2), residual(doubling("mine")));
  assert.deepEqual(labelled(model).at(-1), {
    operation: "residual",
    body: [{ operation: "unknown", kind: "mine" }],
    shortcut: [],
  });
});

Deno.test("sequential() applies a layer whose kind is relu and that is none", async () => {
  const own = doubling("relu");
  using device = new Device(new ReferenceBackend(), "test", 1, record);
  const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
  const first = linear(2, 2);
  using both = await device.compile([matrix(2, 32)], (x) => sequential(first, own)(x));
  using byHand = await device.compile([matrix(2, 32)], (x) => own(first(x)));
  both.run([x]);
  byHand.run([x]);
  const found = await both.floats(0);
  assert.deepEqual(found, await byHand.floats(0));
  assert.ok(found.some((y) => y < 0));
});
