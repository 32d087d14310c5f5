/**
 * The cross-over: layers under measurement compute what dense ones do, wrong ones are noticed, and what is said of the
 * times follows from them. No test depends on a clock.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Device } from "../src/program/device.ts";
import { candidatesOf } from "../src/cli/bench.ts";
import { ValidationError } from "../src/cli/deps.ts";
import { chartOf, toCsv } from "../src/crossover/chart.ts";
import { referenceOf, requireAgreement, requireEqual } from "../src/crossover/gate.ts";
import { LayerUnderTest, operandsOf } from "../src/crossover/layer.ts";
import { measureCrossover, nearestRatio, type Point } from "../src/crossover/mod.ts";
import { inPlainWords, thresholdOf, thresholdsOf } from "../src/crossover/summary.ts";
import { compareRepeats, type Effort } from "../src/crossover/timing.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { block, dense, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { testOnDevices } from "./devices.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

const SPECS: readonly SparseSpec[] = [
  fanIn({ density: 0.1 }),
  groupFanIn({ density: 0.2 }, 4),
  groupFanIn({ density: 0.1 }, 16),
  block(1, { density: 0.1 }),
  block(4, { density: 0.2 }),
  block(32, { density: 0.5 }),
  nm(2, 4),
  nm(3, 7),
];

/** Edges that no unit divides, and a batch with padding. */
const SIZE = { rows: 50, inputs: 70, examples: 40 };

testOnDevices("requireAgreement() accepts a layer of every pattern", async (backend) => {
  const device = new Device(backend, "test", 1, record);
  const operands = operandsOf(SIZE);
  using denseLayer = await LayerUnderTest.open(device, operands, dense());
  const reference = await referenceOf(denseLayer);
  for (const spec of SPECS) {
    using sparse = await LayerUnderTest.open(device, operands, spec);
    await requireAgreement(sparse, reference);
  }
});

testOnDevices(
  "requireAgreement() rejects a layer that computes something else",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    using denseLayer = await LayerUnderTest.open(device, operandsOf(SIZE), dense());
    const reference = await referenceOf(denseLayer);
    // Twice as many examples make other gradients.
    const other = { ...SIZE, examples: 2 * SIZE.examples };
    using sparse = await LayerUnderTest.open(device, operandsOf(other), fanIn({ density: 0.1 }));
    await assert.rejects(requireAgreement(sparse, reference), /Cannot time the layer: the output/);
  },
);

Deno.test("requireEqual() rejects what is not a number, not as long, nothing but 0, or off", () => {
  const right = Float32Array.of(1, -2, 3);
  requireEqual("output", Float32Array.of(1, -2, 3.0001), right);
  for (const wrong of [[1, -2, NaN], [1, -2], [1, -2, 3.01]]) {
    assert.throws(
      () => requireEqual("output", Float32Array.from(wrong), right),
      /the output differs/,
    );
  }
  const zeros = new Float32Array(3);
  assert.throws(() => requireEqual("output", zeros, zeros), /largest element is 0/);
});

testOnDevices(
  "LayerUnderTest gives its own memory back",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const [rows, inputs] = [64, 96];
    const operands = operandsOf({ rows, inputs, examples: 32 });
    const left: number[] = [];
    for (let i = 0; i < 3; i++) {
      using layer = await LayerUnderTest.open(device, operands, dense());
      // Weights, gradients and two moments; biases too, each in its own buffer.
      assert.equal(layer.bytes, 4 * 4 * rows * inputs + 4 * 4 * rows);
      left.push(device.allocatedBytes);
    }
    // What stays is shared memory, which the next layer takes over.
    assert.deepEqual(left.slice(1), [left[0], left[0]]);
  },
  ({ name }) => name === "wasm",
);

testOnDevices(
  "measureCrossover() gives a point per pattern, and says which a layer cannot have",
  async (backend) => {
    const device = new Device(backend, "test", 1, record);
    const candidates = [
      { family: "fan-in", density: 0.5, spec: fanIn({ density: 0.5 }) },
      { family: "fan-in", density: 0.001, spec: fanIn({ density: 0.001 }) },
      { family: "n:m", density: 0.5, spec: nm(2, 4) },
    ];
    const effort = { milliseconds: 0, rounds: 1 };
    const options = { size: 64, batch: 32, candidates, effort };
    const found = await Array.fromAsync(measureCrossover(device, options));
    assert.deepEqual(
      found.map((one) => "reason" in one ? one.reason.slice(0, 6) : [one.pattern, one.density]),
      [["fan-in", 0.5], "Cannot", ["2:4", 0.5]],
    );
    for (const one of found) {
      if ("reason" in one) continue;
      assert(one.forward.ratio > 0 && one.step.ratio > 0 && one.bytes > 0);
      assert.equal(one.denseBytes, 4 * 4 * 64 * 64 + 4 * 4 * 64);
    }
  },
  ({ name }) => name === "wasm",
);

Deno.test("compareRepeats() looks less often where looks are long, but three times at least", async () => {
  const calls = async (effort: Effort): Promise<number> => {
    let count = 0;
    const work = (times: number): Promise<void> => Promise.resolve(void (count += times));
    await compareRepeats(work, work, effort);
    return count / 2;
  };
  const [few, many] = [
    await calls({ milliseconds: 0, rounds: 9, together: 0 }),
    await calls({ milliseconds: 0, rounds: 9 }),
  ];
  assert.equal(many - few, 6);
});

Deno.test("thresholdOf() is where a line between the neighbours meets 1", () => {
  const points = [pointOf(0.8, 0.5), pointOf(0.1, 8), pointOf(0.4, 1.5)];
  assert.equal(thresholdOf(points, "step")?.toFixed(6), "0.600000");
  assert.equal(thresholdOf(points.slice(1), "step"), 0.4);
  assert.equal(thresholdOf([pointOf(0.1, 0.9), pointOf(0.4, 2)], "step"), undefined);
  assert.equal(thresholdOf([], "step"), undefined);
});

Deno.test("thresholdsOf() keeps families apart and in order", () => {
  const found = thresholdsOf([pointOf(0.5, 2), { ...pointOf(0.1, 0.5), family: "block-16" }]);
  assert.deepEqual(found, [
    { family: "fan-in", highest: 0.5, forward: 0.5, step: 0.5 },
    { family: "block-16", highest: 0.1 },
  ]);
});

Deno.test("inPlainWords() says from where on sparsity pays, and how much", () => {
  const points = [pointOf(0.05, 12, 12), pointOf(0.4, 2, 2), pointOf(0.8, 0)];
  assert.equal(
    inPlainWords(points, 1024),
    "On this device a fan-in layer of 1024 x 1024 is faster than dense below 60 % density; " +
      "at 5 % it is 12 times as fast and takes a twelfth of the memory.",
  );
  assert.match(inPlainWords(points.slice(0, 2), 8), /faster than dense at 40 % density and below;/);
  assert.match(
    inPlainWords([pointOf(0.05, 0.5, 30)], 8),
    /not faster .* at 5 % it takes 2 times the time and 1\/30 of the memory\.$/,
  );
});

Deno.test("nearestRatio() is near by ratio, not by difference", () => {
  assert.deepEqual([0.01, 0.05, 0.1, 0.4, 0.8].map((d) => nearestRatio(d).join(":")), [
    "1:32",
    "1:16",
    "1:8",
    "2:4",
    "3:4",
  ]);
});

Deno.test("candidatesOf() gives every density, but N:M its own", () => {
  const found = candidatesOf("fan-in, 2:4,n:m", [0.05, 0.06, 0.5]);
  assert.deepEqual(
    found.map(({ family, density }) => `${family} ${density}`),
    ["fan-in 0.05", "fan-in 0.06", "fan-in 0.5", "2:4 0.5", "n:m 0.0625", "n:m 0.5"],
  );
  assert.throws(() => candidatesOf("fan-out", [0.5]), ValidationError);
  assert.throws(() => candidatesOf("dense", [0.5]), ValidationError);
});

Deno.test("toCsv() and chartOf() have a row and two marks per point", () => {
  const lines = toCsv([pointOf(0.05, 12, 12), pointOf(0.4, 2)]).trimEnd().split("\n");
  assert.equal(lines[1], "fan-in,fan-in,0.05,0.083333,1,12,0.083333,1,12,100,1200");
  assert.equal(lines.length, 3);
  assert(lines.every((line) => line.split(",").length === 11));
  const { data } = chartOf([pointOf(0.05, 12)], "title") as { data: { values: unknown[] } };
  assert.equal(data.values.length, 2);
});

Deno.test("bench --json prints the points, and --csv writes them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const csv = `${folder}/points.csv`;
    const args = ["--size", "32", "--batch", "32", "--patterns", "fan-in,1:4", "--quick"];
    const where = ["--device", "wasm", "--threads", "1", "--json", "--csv", csv];
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", CLI, "bench", ...args, ...where],
      stderr: "inherit",
    }).output();
    assert.equal(code, 0);
    const { points, summary } = JSON.parse(new TextDecoder().decode(stdout));
    const patterns = points.map(({ pattern }: Point) => pattern);
    assert.deepEqual(patterns, ["fan-in", "fan-in", "fan-in", "1:4"]);
    assert.match(summary, /^On this device a fan-in layer of 32 x 32 is /);
    assert.equal(await Deno.readTextFile(csv), toCsv(points));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A point of a fan-in layer whose forward product and step are `ratio` times as fast as dense. */
function pointOf(density: number, ratio: number, less = 1): Point {
  const comparison = { first: 1, second: 1 / ratio, ratio, quartiles: [ratio, ratio] } as const;
  return {
    family: "fan-in",
    pattern: "fan-in",
    density,
    forward: comparison,
    step: comparison,
    bytes: 100,
    denseBytes: 100 * less,
  };
}
