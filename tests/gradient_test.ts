import assert from "node:assert/strict";
import fc from "fast-check";
import { add } from "../src/ops/kernels/mod.ts";
import { relu } from "../src/ops/pointwise/mod.ts";
import { linear, relu as reluLayer, sequential } from "../src/nn/mod.ts";
import { makeModule, type Module } from "../src/nn/module.ts";
import type { Tensor } from "../src/program/trace.ts";
import { patternName } from "../src/sparse/lookup.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";

/** A network whose hidden layer has a pattern, with a gradient of its input. */
function patterned(pattern: SparseSpec): Module {
  return sequential(
    linear(INPUTS, 11, { name: "a" }),
    reluLayer(),
    linear(11, 9, { name: "b", pattern }),
    reluLayer(),
    linear(9, CLASSES, { name: "c", pattern }),
  );
}

/** Of every kind; 9 and 11 are no multiples of a size. */
const PATTERNS: readonly SparseSpec[] = [
  fanIn(3),
  groupFanIn(3, 4),
  groupFanIn(2, 8),
  groupFanIn(2, 16),
  fanIn(8, { replacement: true }),
  groupFanIn(8, 4, { replacement: true }),
  block(1, { density: 0.3 }),
  block(4, { density: 0.5 }),
  block(8, { density: 0.5 }),
  nm(2, 4),
  nm(1, 3),
];

const MODELS: Readonly<Record<string, () => Module>> = {
  "a dense layer": () => linear(INPUTS, CLASSES),
  "a dense layer without bias": () => linear(INPUTS, CLASSES, { bias: false }),
  "a sparse layer": () => linear(INPUTS, CLASSES, { pattern: fanIn(2) }),
  "a dense relu network": () =>
    sequential(linear(INPUTS, 7, { name: "a" }), reluLayer(), linear(7, CLASSES, { name: "b" })),
  "a sparse relu network": () =>
    sequential(
      linear(INPUTS, 7, { name: "a", pattern: fanIn(3) }),
      reluLayer(),
      linear(7, 9, { name: "b", pattern: fanIn(2) }),
      reluLayer(),
      linear(9, CLASSES, { name: "c" }),
    ),
  ...Object.fromEntries(
    PATTERNS.map((spec) => [`a relu network of ${patternName(spec)}`, () => patterned(spec)]),
  ),
  "relu behind a layer without bias": () =>
    sequential(
      linear(INPUTS, 7, { name: "a", bias: false }),
      reluLayer(),
      linear(7, CLASSES, { name: "b" }),
    ),
  "a relu of its own": () => {
    const [first, second] = [linear(INPUTS, 7, { name: "a" }), linear(7, CLASSES, { name: "b" })];
    const children = { first, second };
    return makeModule((x) => second(relu(first(x))), { kind: "test", children });
  },
  "a tensor that is used twice": () => {
    const [first, second] = [
      linear(INPUTS, INPUTS, { name: "a", pattern: fanIn(2) }),
      linear(INPUTS, CLASSES, { name: "b" }),
    ];
    const children = { first, second };
    return makeModule((x) => second(relu(first(relu(first(x))))), { kind: "test", children });
  },
};

for (const [name, model] of Object.entries(MODELS)) {
  Deno.test(`differentiate() agrees with central differences for ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), (seed) => checkGradients(model(), seed)),
      { numRuns: 4 },
    );
  });
}

Deno.test("the test's own check finds a wrong gradient", async () => {
  const good = linear(INPUTS, CLASSES);
  // A layer that reports the gradient of twice its output.
  const wrong = makeModule((x: Tensor) => {
    const y = good(x);
    const { trace } = x;
    const z = trace.activation(y.shape);
    trace.emit(add, [y, y, z], { length: y.elements });
    trace.differentiable({ inputs: [y], output: z, backward: (dz) => [dz] });
    return z;
  }, { kind: "test", children: { good } });
  await assert.rejects(checkGradients(wrong, 3), /central difference/);
});
