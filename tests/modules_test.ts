/**
 * Modules are a tree: paths, what is shared, several inputs, contexts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { convnet } from "../src/models/convnet.ts";
import { mlp } from "../src/models/mlp.ts";
import {
  batchNorm,
  conv2d,
  linear,
  makeModule,
  type Mode,
  type Module,
  relu,
  residual,
  sequential,
} from "../src/nn/mod.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { add } from "../src/ops/add.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import { type Tensor, Trace } from "../src/program/trace.ts";
import { ReferenceBackend } from "./reference_backend.ts";

function pathsOf(model: Module): string[] {
  return [...treeOfModel(model).parameters.values()];
}

Deno.test("treeOfModel() finds parameters by the names of models", () => {
  const of = (name: string): string[] => [`${name}.weight`, `${name}.bias`];
  assert.deepEqual(pathsOf(mlp({ sizes: [4, 3, 2] })), [...of("layer0"), ...of("layer1")]);
  const image = { channels: 1, height: 4, width: 4 };
  const model = convnet({ image, classes: 2, widths: [2, 4] });
  const norm = (name: string): string[] =>
    ["weight", "norm.scale", "norm.shift", "norm.running"].map((part) => `${name}.${part}`);
  assert.deepEqual(pathsOf(model), [
    ...["stem", "stage0.block0.conv0", "stage0.block0.conv1"].flatMap(norm),
    ...["conv0", "conv1", "shortcut"].flatMap((part) => norm(`stage1.block0.${part}`)),
    ...of("head"),
  ]);
  // What errors and plans call a parameter is its path.
  assert.deepEqual(model.parameters.map(({ label }) => label), pathsOf(model));
});

Deno.test("treeOfModel() gives every parameter a path of its own", () => {
  const own = new Resource({ label: "x", type: "f32", length: 1, category: "parameters" });
  const inner = makeModule((x: Tensor) => x, { kind: "inner", own: { weight: own } });
  const clashing = makeModule((x: Tensor) => x, {
    kind: "clashing",
    children: { a: sequential({ b: linear(2, 2) }), "a.b": linear(2, 2), "": inner },
  });
  const model = sequential(clashing, linear(2, 2), linear(2, 2), residual(linear(2, 2)));
  const paths = pathsOf(model);
  assert.equal(new Set(paths).size, paths.length);
  assert.deepEqual(paths.filter((path) => path.endsWith("weight")), [
    ...["clashing.a.b.weight", "clashing.a.b.2.weight", "clashing.weight"],
    ...["linear.weight", "linear.2.weight", "residual.linear.weight"],
  ]);
});

Deno.test("treeOfModel() finds what is shared once, under the first path", () => {
  const shared = linear(3, 3);
  const model = sequential({ first: shared, relu: relu(), block: residual(shared), last: shared });
  assert.deepEqual(pathsOf(model), ["first.weight", "first.bias"]);
  assert.equal(model.parameters.length, 2);
  assert.deepEqual(model.weights.map(({ label }) => label), ["first.weight"]);
});

Deno.test("makeModule() refuses children that are none, and names whose order is lost", () => {
  const none = ((x: Tensor) => x) as unknown as Module;
  const make = (children: Record<string, Module>) => () =>
    makeModule((x: Tensor) => x, { kind: "own", children });
  assert.throws(make({ none }), /Cannot make a module of the kind "own": its child "none" is a pl/);
  assert.throws(
    make({ 0: linear(2, 2) }),
    /is called "0"; expected a name without colons that is no/,
  );
});

/** Two inputs of their own widths, which a batch norm and a linear layer each bring to the same one. */
function both() {
  const left = sequential(linear(4, 3, { name: "a" }), batchNorm(3)), right = linear(2, 3);
  return makeModule(
    ({ a, b }: { readonly a: Tensor; readonly b: Tensor }, context) =>
      add(left(a, context), right(b, context)),
    { kind: "both", children: { left, right } },
  );
}

Deno.test("a module of two inputs is trained, first in a sequence of layers, in a program", async () => {
  using device = new Device(new ReferenceBackend(), "test", 1, record);
  const model = sequential(both(), relu(), linear(3, 2, { name: "head" }));
  assert.deepEqual(model.weights.map(({ label }) => label), [
    ...["both.left.a.weight", "both.right.weight", "head.weight"],
  ]);
  const optimizer = sgd({ learningRate: 0.1 });
  const specs = [matrix(4, 32), matrix(2, 32), labels(32)];
  using step = await device.compile(
    specs,
    (a, b, y) => optimizer.update(crossEntropy(model({ a, b }, { mode: "train" }), y)),
  );
  const x = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i));
  const y = Uint32Array.from({ length: 32 }, (_, i) => i % 2);
  for (let i = 0; i < 20; i++) step.run([x(128), x(64), y], { step: i, totalSteps: 20 });
  const [losses] = await step.scalars();
  assert.ok(losses[19] < losses[0], `${losses}`);
});

Deno.test("a context reaches every module below, and an evaluation is the default", () => {
  const met: [string, Mode][] = [];
  const probe = makeModule((x: Tensor, { path, mode }) => {
    met.push([path, mode]);
    return x;
  }, { kind: "probe" });
  const twin = makeModule((x: Tensor) => probe(x), { kind: "twin", children: { probe } });
  const model = sequential({ first: probe, block: residual(sequential({ inner: probe })), twin });
  const x = new Trace().input([2, 32], "f32");
  model(x, { mode: "train" });
  // The last one did not hand its context down.
  assert.deepEqual(met, [["first", "train"], ["first", "train"], ["", "evaluate"]]);
  met.length = 0;
  model(x);
  assert.deepEqual(met[0], ["first", "evaluate"]);
});

Deno.test("a context gives every call of every module a stream of its own, by its path", () => {
  const streamsOf = (...others: Module[]): number[] => {
    const streams: number[] = [];
    const noise = (): Module =>
      makeModule((x: Tensor, { randomness, seed }) => {
        assert.equal(randomness.seed, seed);
        streams.push(randomness.stream(x));
        return x;
      }, { kind: "noise" });
    const twice = noise();
    const model = sequential(...others, noise(), twice, conv2d(1, 1, { kernel: 1 }), twice);
    const x = new Trace().input([1, 2, 2, 32], "f32");
    model(x, { mode: "train", seed: 3 });
    model(x, { mode: "train", seed: 3 });
    return streams;
  };
  const streams = streamsOf();
  assert.equal(streams.length, 6);
  assert.equal(new Set(streams).size, 6);
  assert.ok(streams.every((stream) => Number.isInteger(stream) && stream >= 0 && stream < 2 ** 32));
  // A layer more before them changes nothing.
  assert.deepEqual(streamsOf(relu(), batchNorm(1)), streams);
});
