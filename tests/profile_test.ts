/**
 * Profiles: what a call has to do, which roof it is under, how that is shown. No test looks at how long anything took.
 *
 * @module
 */
import assert from "node:assert/strict";
import { XMLValidator } from "fast-xml-parser";
import wabt from "wabt";
import { planLayers } from "../src/cli/layer_work.ts";
import { plot } from "../src/cli/plot.ts";
import { rooflineOf, roofLines, stepLine, tableOf } from "../src/cli/roofline.ts";
import { labelHead, linear, sequential } from "../src/nn/mod.ts";
import { mlp } from "../src/models/mlp.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { createDevice } from "../src/ops/device.ts";
import { labelLoss } from "../src/ops/label_loss.ts";
import { adamw } from "../src/optim/adamw.ts";
import { traceLayerStep } from "../src/profile/layer.ts";
import { multiplyAdd, multiplyAddResult } from "../src/profile/multiply_add.ts";
import { multiplyAddPeak } from "../src/profile/peak.ts";
import { type Profile, profileProgram, underRoofs } from "../src/profile/profile.ts";
import { bandwidthFor, type Roofs } from "../src/profile/roofs.ts";
import { workOf } from "../src/profile/work.ts";
import { labels, matrix } from "../src/program/device.ts";
import { eachConnection, toDense } from "../src/sparse/convert.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { block, dense, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";

/** 100 GFLOP/s; 50 GB/s up to 1 MiB, 10 GB/s beyond. */
const ROOFS: Roofs = {
  bandwidths: [
    { bytes: 2 ** 20, bytesPerSecond: 50e9 },
    { bytes: 2 ** 27, bytesPerSecond: 10e9 },
  ],
  peak: 100e9,
  product: 80e9,
  callSeconds: 2e-6,
};

/** A product at half its roof, and an update that the bandwidth limits. */
const PROFILE: Profile = {
  calls: [
    {
      kernel: "spmm",
      of: "layer0.weight",
      part: "forward",
      flops: 1e8,
      bytes: 1e6,
      seconds: 2e-3,
      roofSeconds: 1e-3,
      bound: "arithmetic",
    },
    {
      kernel: "adamw",
      of: "layer0.weight",
      part: "update",
      flops: undefined,
      bytes: 1e6,
      seconds: 5e-4,
      roofSeconds: 2e-5,
      bound: "bandwidth",
    },
  ],
  stepSeconds: 2.6e-3,
  steps: 12,
};

/** One of every kind, with edges and tails. */
const SPECS: readonly PatternSpec[] = [
  dense(),
  fanIn({ density: 0.1 }),
  groupFanIn({ density: 0.2 }, 16),
  block(1, { density: 0.1 }),
  block(16, { density: 0.3 }),
  nm(2, 4),
];

/** A layer whose sizes no unit divides. */
const SIZE = { outputs: 70, inputs: 90, batch: 64 } as const;

for (const spec of SPECS) {
  const name = spec.kind === "dense" ? "dense" : patternName(spec);

  Deno.test(`workOf() counts the connections that exist in a layer that is ${name}`, async () => {
    const { outputs, inputs, batch } = SIZE;
    using device = await createDevice({ prefer: "wasm", threads: 1 });
    const layer = linear(inputs, outputs, { pattern: spec });
    const traced = traceLayerStep(device, layer, adamw({ learningRate: 1e-3 }), batch);
    using program = await device.prepare(traced);
    let connections = 0;
    const [{ sparse }] = layer.weights;
    if (sparse === undefined) connections = outputs * inputs;
    else eachConnection(sparse.pattern, () => connections++);
    const work = workOf(program.traced, layer.weights);
    assert.deepEqual(
      work.map(({ kernel }) => kernel),
      traced.order.map((call) => call.kernel.name),
    );
    const products = work.filter(({ flops }) => flops !== undefined);
    assert.deepEqual(products.map(({ part }) => part).sort(), [
      "forward",
      "input gradient",
      "weight gradient",
    ]);
    for (const { flops = 0, of, kernel } of products) {
      assert.ok(Math.abs(flops - 2 * connections * batch) < 1e-6 * flops, `${kernel}: ${flops}`);
      assert.equal(of, "linear.weight", kernel);
    }
    const updates = work.filter(({ part }) => part === "update").map(({ of }) => of).sort();
    assert.deepEqual(updates, ["linear.bias", "linear.weight"]);
  });

  testOnDevices(`the step of a layer that is ${name} computes y, dx and an update`, async (_, {
    name: device,
  }) => {
    const { outputs, inputs, batch } = SIZE;
    const prefer = device === "webgpu" ? "webgpu" : "wasm";
    using opened = await createDevice({ prefer, threads: 1 });
    const layer = linear(inputs, outputs, { pattern: spec });
    const traced = traceLayerStep(opened, layer, adamw({ learningRate: 1e-3 }), batch);
    using program = await opened.prepare(traced);
    const [{ sparse, values }] = layer.weights;
    const before = await opened.readFloats(values);
    const w = sparse === undefined ? before : toDense(sparse.pattern, before);
    const source = new Source(3);
    const [x, dy] = [source.floats(inputs * batch), source.floats(outputs * batch)];
    program.run([x, dy]);
    close(
      await program.floats(0),
      product(outputs, batch, inputs, (r, c, i) => w[r * inputs + i] * x[i * batch + c]),
    );
    close(
      await program.floats(1),
      product(inputs, batch, outputs, (r, c, i) => w[i * inputs + r] * dy[i * batch + c]),
    );
    assert.notDeepEqual(await opened.readFloats(values), before);
  }, ({ name: device }) => device === "wasm" || device === "webgpu");
}

Deno.test("workOf() knows every call of a training step", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = mlp({ sizes: [20, 40, 30, 4], sparsity: 0.8 });
  const optimizer = adamw({ learningRate: 1e-3, clipNorm: 1 });
  using program = await device.compile(
    [matrix(20, 32), labels(32)],
    (x, y) => optimizer.update(crossEntropy(model(x), y)),
  );
  const work = workOf(program.traced, model.weights);
  const partOf = (kernel: string): string[] => [
    ...new Set(work.filter((call) => call.kernel === kernel).map(({ part }) => part)),
  ];
  assert.deepEqual(partOf("cross_entropy"), ["forward"]);
  assert.deepEqual(partOf("cross_entropy_gradient"), ["input gradient"]);
  assert.deepEqual(partOf("spmm"), ["forward", "input gradient"]);
  assert.deepEqual(partOf("sddmm"), ["weight gradient"]);
  assert.deepEqual(partOf("permute"), ["layout"]);
  assert.deepEqual(partOf("adamw"), ["update"]);
  assert.deepEqual(partOf("record"), ["other"]);
  const products = work.filter(({ flops }) => flops !== undefined);
  assert.deepEqual([...new Set(products.map(({ of }) => of))].sort(), [
    "layer0.weight",
    "layer1.weight",
    "layer2.weight",
  ]);
  // Nothing asks for the gradient of the first layer's input.
  assert.equal(products.length, 3 + 3 + 2);
});

Deno.test("planLayers() counts a layer under a mask by connections, and as the device has it", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const plan = (storage: "compressed" | "masked" | "master") => {
    const pattern = nm(1, 4);
    const model = sequential(linear(20, 40), linear(40, 8, { pattern, storage, name: "head" }));
    const optimizer = adamw({ learningRate: 1e-3 });
    const traced = device.trace(
      [matrix(20, 32), labels(32)],
      (x, y) => optimizer.update(crossEntropy(model(x), y)),
    );
    return planLayers([traced], model.weights)[1];
  };
  const product = 2 * 40 * 8 * 32;
  const counted = { flops: 3 * product / 4, denseFlops: 3 * product };
  for (
    const [storage, deviceFlops] of [
      ["compressed", 3 * product / 4],
      ["masked", 3 * product],
      // The gradient of the weight alone is that of all of it.
      ["master", 2 * product / 4 + product],
    ] as const
  ) {
    const { flops, deviceFlops: onDevice, denseFlops } = plan(storage);
    assert.deepEqual({ flops, denseFlops }, counted, storage);
    assert.equal(onDevice, deviceFlops, storage);
  }
});

Deno.test("planLayers() tells layers of one name apart", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const work = (names: readonly string[]): number[] => {
    const model = sequential(
      linear(20, 40, { name: names[0], pattern: fanIn(5) }),
      linear(40, 4, { name: names[1] }),
    );
    const optimizer = adamw({ learningRate: 1e-3 });
    const traced = device.trace(
      [matrix(20, 32), labels(32)],
      (x, y) => optimizer.update(crossEntropy(model(x), y)),
    );
    return planLayers([traced], model.weights).map(({ flops }) => flops);
  };
  const [first, second] = work(["same", "same"]);
  // Forward and the gradient of the weight; the second layer has a gradient of its input as well.
  assert.deepEqual([first, second], [2 * 2 * 40 * 5 * 32, 3 * 2 * 4 * 40 * 32]);
  assert.deepEqual(work(["a", "b"]), [first, second]);
});

Deno.test("planLayers() counts a head of labels once, in however many chunks", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const [labels, features] = [200, 12];
  for (const pattern of [fanIn(4, { full: true }), groupFanIn(4, 8, { full: true }), dense()]) {
    const body = linear(20, features);
    const head = labelHead(features, labels, { pattern });
    const optimizer = adamw({ learningRate: 1e-3 });
    const traced = device.trace(
      [matrix(20, 32), { shape: [2, 32], type: "u32" }],
      (x, given) => {
        const output = head(body(x));
        return optimizer.update(labelLoss(output.features, output.head, given, { chunk: 64 }));
      },
    );
    const [{ flops, deviceFlops, denseFlops }] = planLayers([traced], head.weights);
    const whole = 3 * 2 * labels * features * 32;
    const own = pattern.kind === "dense" ? whole : whole * 4 / features;
    assert.deepEqual([flops, deviceFlops, denseFlops].map(Math.round), [own, own, whole]);
  }
});

Deno.test("workOf() counts every array of a dense product once, and the bias", async () => {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const layer = linear(40, 30);
  using program = await device.compile([matrix(40, 32)], (x) => layer(x));
  const [{ kernel, bytes }] = workOf(program.traced, layer.weights);
  assert.equal(kernel, "gemm");
  assert.equal(bytes, 4 * (30 * 40 + 40 * 32 + 30 + 30 * 32));
});

testOnDevices("profileProgram() measures every call and trains on", async (_, { name }) => {
  using device = await createDevice({ prefer: name === "webgpu" ? "webgpu" : "wasm", threads: 2 });
  const layer = linear(24, 16, { pattern: fanIn(4) });
  using program = await device.prepare(
    traceLayerStep(device, layer, adamw({ learningRate: 1e-3 }), 32),
  );
  const inputs = [new Float32Array(24 * 32).fill(1), new Float32Array(16 * 32).fill(1)];
  const given = { inputs, weights: layer.weights, roofs: ROOFS, seconds: 0 };
  const { calls, steps, stepSeconds } = await profileProgram(device, program, given);
  assert.equal(calls.length, program.traced.order.length);
  for (const { seconds, kernel } of calls) {
    assert.ok(seconds >= 0 && Number.isFinite(seconds), kernel);
  }
  assert.ok(steps >= 10 && stepSeconds > 0);
  assert.ok(program.runs > steps);
}, ({ name }) => name === "wasm" || name === "webgpu");

Deno.test("underRoofs() takes the longer of arithmetic and bandwidth", () => {
  assert.deepEqual(underRoofs({ flops: 1e9, bytes: 1e6 }, ROOFS), {
    roofSeconds: 1e-2,
    bound: "arithmetic",
  });
  assert.deepEqual(underRoofs({ flops: 1e6, bytes: 1e6 }, ROOFS), {
    roofSeconds: 2e-5,
    bound: "bandwidth",
  });
  assert.equal(underRoofs({ flops: undefined, bytes: 2e6 }, ROOFS).bound, "bandwidth");
});

Deno.test("bandwidthFor() takes the arrays that are as large as the kernel's, or the largest", () => {
  assert.equal(bandwidthFor(ROOFS, 10), 50e9);
  assert.equal(bandwidthFor(ROOFS, 2 ** 20), 50e9);
  assert.equal(bandwidthFor(ROOFS, 2 ** 20 + 1), 10e9);
  assert.equal(bandwidthFor(ROOFS, 1e12), 10e9);
});

Deno.test("tableOf() puts a call on a line", () => {
  assert.deepEqual(tableOf(PROFILE), [
    "kernel  of             part         us  share  GFLOP/s  GB/s  roof  limit",
    "spmm    layer0.weight  forward  2000.0   80 %     50.0   0.5  50 %  arithmetic",
    "adamw   layer0.weight  update    500.0   20 %            2.0   4 %  bandwidth",
  ]);
});

Deno.test("roofLines() and stepLine() say what was measured", () => {
  assert.deepEqual(roofLines(ROOFS).map((line) => line.replace(/ {2,}/, ": ")), [
    "multiply-adds: 100.0 GFLOP/s",
    "dense product: 80.0 GFLOP/s, 80 % of them",
    "GB/s: 50.0 (1 MiB), 10.0 (128 MiB)",
    "an empty call: 2.0 us",
  ]);
  assert.equal(
    stepLine(PROFILE),
    "step 2.60 ms; calls one by one 2.50 ms, under the roofs 1.02 ms (median of 12 steps)",
  );
});

Deno.test("rooflineOf() draws slopes, levels and the products where they belong", async () => {
  const options = rooflineOf(PROFILE, ROOFS, "a < b", "here");
  const names = options.series.map(({ name }) => name);
  assert.deepEqual(names, [
    "memory, 10 GB/s",
    "cache, 50 GB/s",
    "multiply-adds, 100 GFLOP/s",
    "dense product, 80 GFLOP/s",
    "spmm, forward",
  ]);
  const [memory, , , , spmm] = options.series.map(({ points }) => points);
  // The slope ends where it meets the peak: at 10 operations per byte.
  assert.deepEqual(memory[1], { x: 10, y: 100 });
  assert.ok(Math.abs(memory[0].y / memory[0].x - 10) < 1e-9);
  assert.deepEqual(spmm, [{ x: 100, y: 50, label: "layer0" }]);
  const svg = await plot(options);
  assert.equal(XMLValidator.validate(svg), true);
  assert.ok(svg.includes("spmm, forward") && svg.includes("layer0"));
});

Deno.test("rooflineOf() refuses a program without a product", () => {
  const calls = PROFILE.calls.filter(({ flops }) => flops === undefined);
  assert.throws(() => rooflineOf({ ...PROFILE, calls }, ROOFS, "", ""), /no call .* is a product/);
});

Deno.test("wasm/peak.wasm is what wasm/peak.wat says", async () => {
  const path = (name: string) => new URL(`../wasm/${name}`, import.meta.url);
  const { parseWat } = await wabt();
  const features = { simd: true, relaxed_simd: true };
  const module = parseWat("peak.wat", await Deno.readTextFile(path("peak.wat")), features);
  const { buffer } = module.toBinary({});
  module.destroy();
  assert.deepEqual(await Deno.readFile(path("peak.wasm")), Uint8Array.from(buffer));
});

testOnDevices("multiply_add does the arithmetic that it is credited with", async (backend) => {
  const [length, rounds] = [1000, 7];
  const y = backend.allocate(4 * length, "y");
  backend.write(y, new Float32Array(length).fill(NaN));
  const params = { length, rounds, factor: 1 };
  const executable = await backend.compile([{ kernel: multiplyAdd, buffers: [y], params }]);
  backend.run(executable);
  const got = new Float32Array(await backend.read(y, 0, 4 * length));
  assert.deepEqual(got, new Float32Array(length).fill(multiplyAddResult(rounds)));
  backend.release(executable);
  backend.free(y);
}, ({ name }) => name === "webgpu");

testOnDevices("multiplyAddPeak() gives memory and threads back", async (backend) => {
  const before = backend.allocatedBytes;
  const peak = await multiplyAddPeak(backend);
  assert.ok(peak > 0 && Number.isFinite(peak), String(peak));
  assert.equal(backend.allocatedBytes, before);
}, ({ name }) => name !== "wasm relaxed, 3 threads");

/** `[rows, columns]`: sums of `terms` products, in float64. */
function product(
  rows: number,
  columns: number,
  terms: number,
  term: (row: number, column: number, i: number) => number,
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < terms; i++) sum += term(Math.floor(at / columns), at % columns, i);
    return sum;
  });
}

/** Sums of at most a hundred terms of magnitude 1: a ten-thousandth is far more than rounding. */
function close(got: Float32Array, expected: Float64Array): void {
  assert.equal(got.length, expected.length);
  const worst = expected.reduce((most, value, i) => {
    const error = Math.abs(got[i] - value);
    return error <= most ? most : error;
  }, 0);
  assert.ok(worst < 1e-4, `the worst element is off by ${worst}`);
}
