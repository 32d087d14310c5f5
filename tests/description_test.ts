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
import { describeModel } from "../src/train/description.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { Device, matrix } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import { ReferenceBackend } from "./reference_backend.ts";

/** What a checkpoint says of a model. */
function described(model: Module): unknown {
  return JSON.parse(describeModel(model));
}

/** A layer of a user, who calls it what he likes. */
function doubling(kind: string): Module {
  const inner = linear(2, 2, { bias: false });
  return makeModule((x: Tensor) => inner(x), { kind, children: { inner } });
}

Deno.test("describeModel() says what every built-in layer does, in order", () => {
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
  const linearOf = (name: string, settings: object) => ({
    kind: "linear",
    settings: { ...settings, bias: true },
    parameters: { weight: `${name}.weight`, bias: `${name}.bias` },
  });
  assert.deepEqual(described(model), {
    kind: "sequential",
    settings: {},
    children: {
      image: { kind: "image", settings: { channels: 1, height: 8, width: 6 } },
      sequential: {
        kind: "sequential",
        settings: {},
        children: {
          a: {
            kind: "conv2d",
            settings: {
              ...{ channels: 1, filters: 2, kernel: [3, 1], stride: 2, padding: 0 },
              bias: true,
            },
            parameters: { weight: "sequential.a.weight", bias: "sequential.a.bias" },
          },
          n: {
            kind: "batchNorm",
            settings: { channels: 2, epsilon: 1e-5, momentum: 0.1 },
            parameters: {
              ...{ scale: "sequential.n.scale", shift: "sequential.n.shift" },
              running: "sequential.n.running",
            },
          },
        },
      },
      residual: {
        kind: "residual",
        settings: {},
        children: {
          "": {
            kind: "sequential",
            settings: {},
            children: {
              b: {
                kind: "conv2d",
                settings: {
                  ...{ channels: 2, filters: 2, kernel: [3, 3], stride: 1, padding: 1 },
                  bias: false,
                },
                parameters: { weight: "residual.b.weight" },
              },
              relu: { kind: "relu", settings: {} },
            },
          },
        },
      },
      maxPool: { kind: "maxPool", settings: { size: [2, 1], stride: [2, 1], padding: 0 } },
      averagePool: { kind: "averagePool", settings: { size: [2, 2], stride: [1, 1], padding: 1 } },
      "residual.2": {
        kind: "residual",
        settings: {},
        children: {
          "": { kind: "sequential", settings: {} },
          shortcut: { kind: "globalAveragePool", settings: {} },
        },
      },
      flatten: { kind: "flatten", settings: {} },
      c: linearOf("c", { inputs: 2, outputs: 3 }),
    },
  });
});

Deno.test("describeModel() says of a module without a definition what it is and what it has", () => {
  const model = sequential(residual(doubling("mine")));
  assert.deepEqual(described(model), {
    kind: "sequential",
    settings: {},
    children: {
      residual: {
        kind: "residual",
        settings: {},
        children: {
          "": {
            kind: "mine",
            children: {
              inner: {
                kind: "linear",
                settings: { inputs: 2, outputs: 2, bias: false },
                parameters: { weight: "residual.inner.weight" },
              },
            },
          },
        },
      },
    },
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
