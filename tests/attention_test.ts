/**
 * Attention as an operation: its gradients, its heads, masks and errors.
 *
 * @module
 */
import assert from "node:assert/strict";
import { attention, type AttentionOptions } from "../src/ops/attention.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { softmaxAlong } from "../src/ops/reductions.ts";
import { Device } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import { type Tensor, Trace } from "../src/program/trace.ts";
import { attention as attentionLayer, type Mode } from "../src/nn/mod.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";
import { checkOperation, EXAMPLES, type Operation } from "./operation_gradients.ts";
import { ReferenceBackend } from "./reference_backend.ts";

/** Of example 1 nothing is seen, of the others about half. */
function maskOf(keys: number): Resource {
  const source = new Source(8);
  const content = Float32Array.from(
    { length: keys * EXAMPLES },
    (_, i) => i % EXAMPLES === 1 ? 0 : source.below(2),
  );
  return new Resource({
    ...{ label: "mask", type: "f32", length: content.length, category: "program" },
    initial: () => content,
  });
}

/** Attention under a mask or not. */
function attending(options: AttentionOptions, keys?: number): Operation {
  const mask = keys === undefined ? undefined : maskOf(keys);
  return (q, k, v) =>
    attention(q, k, v, {
      ...options,
      ...(mask && keys && { mask: q.trace.resource(mask, [keys, EXAMPLES]) }),
    });
}

Deno.test("attention() has the gradients of central differences", async () => {
  for (const form of ["plain", "tiled"] as const) {
    await checkOperation(attending({ heads: 2, form }), [[2, 2], [2, 2], [2, 2]], 1);
    const masked = attending({ heads: 1, causal: true, offset: 1, form }, 3);
    await checkOperation(masked, [[2, 2], [2, 3], [2, 3]], 2);
  }
});

Deno.test("attention() with dropout has the gradients of central differences", async () => {
  const dropout = { rate: 0.4, seed: 3, stream: 5 };
  for (const form of ["plain", "tiled"] as const) {
    await checkOperation(attending({ heads: 1, dropout, form }), [[2, 2], [2, 3], [2, 3]], 4);
  }
});

Deno.test("softmaxAlong() has the gradient of central differences", () =>
  checkOperation((x) => softmaxAlong(x, "positions"), [[2, 3]], 5));

Deno.test("attention() of one tensor to itself has the gradient of central differences", () =>
  checkOperation((x) => attention(x, x, x, { heads: 1, causal: true, scale: 0.5 }), [[2, 3]], 3));

testOnDevices("attention() gives zeros and no gradient where nothing is seen", async (backend) => {
  const device = new Device(backend, "test", 3, record);
  const shape = [2, 3, EXAMPLES];
  using program = await device.compile(
    [{ shape, type: "f32" }, { shape: [3, EXAMPLES], type: "f32" }],
    (x, mask) => attention(x, x, x, { heads: 1, mask }),
  );
  const mask = new Float32Array(3 * EXAMPLES).fill(1);
  for (let key = 0; key < 3; key++) mask[key * EXAMPLES + 4] = 0;
  program.run([new Source(2).floats(6 * EXAMPLES), mask]);
  const y = await program.floats(0);
  y.forEach((value, i) => assert.equal(value === 0, i % EXAMPLES === 4, `element ${i}`));
});

testOnDevices("attention() of either form gives and drops the same", async (backend) => {
  const device = new Device(backend, "test", 3, record);
  const shape = [4, 150, EXAMPLES];
  const dropout = { rate: 0.3, seed: 3, stream: 5 };
  using program = await device.compile([{ shape, type: "f32" }], (x) => [
    attention(x, x, x, { heads: 2, causal: true, dropout, form: "plain" }),
    attention(x, x, x, { heads: 2, causal: true, dropout, form: "tiled" }),
  ]);
  program.run([new Source(2).floats(600 * EXAMPLES)], { step: 5, totalSteps: 9 });
  const [plain, tiled] = await Promise.all([program.floats(0), program.floats(1)]);
  // Sums of 150 products, added in another order: 150 roundings of numbers below 3.
  plain.forEach((value, i) => assert.ok(Math.abs(value - tiled[i]) < 1e-4, `element ${i}`));
});

Deno.test("attention() says what it cannot attend to", () => {
  const trace = new Trace();
  const tensor = (...shape: number[]): Tensor => trace.input(shape, "f32");
  const [q, k] = [tensor(4, 3, 32), tensor(4, 2, 32)];
  const fits = /Cannot attend with queries \[.*\], keys \[.*\] and values \[.*\].*: expected f32/;
  for (const other of [tensor(5, 2, 32), tensor(4, 2, 31), tensor(4, 32), tensor(4, 3, 32)]) {
    assert.throws(() => attention(q, k, other, { heads: 1 }), { name: "TypeError", message: fits });
  }
  const mask = tensor(3, 32);
  assert.throws(() => attention(q, k, k, { heads: 1, mask }), {
    name: "TypeError",
    message: /under a f32 mask \[3,32\]/,
  });
  assert.throws(() => attention(q, k, k, { heads: 3 }), {
    name: "RangeError",
    message: /with 3 heads: expected a number that divides the 4 features/,
  });
  assert.throws(() => attention(q, k, k, { heads: 2, offset: -1 }), { name: "RangeError" });
});

/** What a layer gives for random numbers, in a call of a mode. */
async function outputOf(layer: AttentionLayer, mode: Mode, masked: boolean): Promise<Float32Array> {
  const device = new Device(new ReferenceBackend(), "test", 3, record);
  await device.place(layer.parameters, { seed: 4 });
  const specs = [[6, 4, EXAMPLES], [4, EXAMPLES]].map((shape) => ({ shape, type: "f32" as const }));
  using program = await device.compile(
    specs,
    (x, mask) => layer(masked ? { x, mask } : x, { mode, seed: 7 }),
  );
  const mask = new Float32Array(4 * EXAMPLES).fill(1, 0, 3 * EXAMPLES);
  program.run([new Source(2).floats(24 * EXAMPLES), mask]);
  return await program.floats(0);
}

/** A layer of attention. */
type AttentionLayer = ReturnType<typeof attentionLayer>;

Deno.test("nn.attention() knows its matrices, each with a pattern of its own", () => {
  const pattern = fanIn(2);
  const patterns = { output: fanIn(3) };
  const layer = attentionLayer({ features: 6, heads: 2, pattern, patterns, name: "own" });
  assert.deepEqual(
    layer.weights.map(({ label, sparse }) => [label, sparse?.budget]),
    [["own.query.weight", 12], ["own.key.weight", 12], ["own.value.weight", 12], [
      "own.output.weight",
      18,
    ]],
  );
  assert.deepEqual(Object.keys(layer.children), ["query", "key", "value", "output"]);
  assert.throws(() => attentionLayer({ features: 6, heads: 4 }), {
    name: "RangeError",
    message: /of 4 heads: expected a number that divides the 6 features/,
  });
  assert.throws(() => attentionLayer({ features: 6, heads: 2, dropout: 1 }), {
    name: "RangeError",
  });
});

Deno.test("nn.attention() drops in training alone, the same for one seed", async () => {
  const plain = await outputOf(attentionLayer({ features: 6, heads: 2 }), "train", false);
  const layer = attentionLayer({ features: 6, heads: 2, dropout: 0.5 });
  assert.deepEqual(await outputOf(layer, "evaluate", false), plain);
  const dropped = await outputOf(layer, "train", false);
  assert.notDeepEqual(dropped, plain);
  assert.deepEqual(await outputOf(layer, "train", false), dropped);
});

Deno.test("nn.attention() does not see masked positions, nor later ones if it is causal", async () => {
  const layer = attentionLayer({ features: 6, heads: 2 });
  const causal = attentionLayer({ features: 6, heads: 2, causal: true });
  const all = await outputOf(layer, "evaluate", false);
  const masked = await outputOf(layer, "evaluate", true);
  const past = await outputOf(causal, "evaluate", false);
  const pastMasked = await outputOf(causal, "evaluate", true);
  // Position 3 is masked: the last one sees it where there is no mask, the others never if it is causal.
  const same = (a: Float32Array, b: Float32Array): boolean[] =>
    [0, 1, 2, 3].map((position) => {
      const at = position * EXAMPLES;
      return a[at] === b[at];
    });
  assert.deepEqual(same(all, masked), [false, false, false, false]);
  assert.deepEqual(same(past, pastMasked), [true, true, true, false]);
  assert.deepEqual(same(all, past), [false, false, false, true]);
});
