/**
 * What a random layer takes of its context: a seed and a stream of its own, and the step out of the step block. The layer of
 * this test has a kernel that the reference backend alone carries out.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Executable, KernelCall } from "../src/device/backend.ts";
import type { Kernel } from "../src/device/kernel.ts";
import { Random } from "../src/device/random.ts";
import { STEP_WORDS } from "../src/device/step_block.ts";
import { makeModule, type Mode, type Module, relu, sequential } from "../src/nn/mod.ts";
import { oneGroup } from "../src/ops/kernels/grid.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { Device, matrix } from "../src/program/device.ts";
import type { Tensor } from "../src/program/trace.ts";
import { ReferenceBackend, ReferenceBuffer } from "./reference_backend.ts";

/** `y = 2 x` of a random half of the numbers, 0 of the others. */
const dropout: Kernel = {
  name: "dropout",
  bindings: [
    { name: "x", access: "read", type: "f32" },
    { name: "step", access: "read", type: "u32" },
    { name: "y", access: "write", type: "f32" },
  ],
  params: [{ name: "seed", type: "u32" }, { name: "stream", type: "u32" }],
  gpu: { wgsl: "", dispatches: oneGroup },
};

/** Carries `dropout` out by the generator of the host. */
class DroppingBackend extends ReferenceBackend {
  /** Carries the calls out one by one. */
  override run(executable: Executable & { readonly calls?: readonly KernelCall[] }): void {
    for (const call of executable.calls ?? []) {
      const alone = { ...executable, calls: [call] };
      if (call.kernel === dropout) drop(call);
      else super.run(alone);
    }
  }
}

function drop({ buffers, params: { seed, stream } }: KernelCall): void {
  const [x, step, y] = buffers.map(({ buffer, offset, bytes }) => {
    assert.ok(buffer instanceof ReferenceBuffer);
    return buffer.numbers.subarray(offset / 4, (offset + bytes) / 4);
  });
  const random = new Random({ seed, use: "noise", stream, step: step[STEP_WORDS.step] });
  x.forEach((value, i) => y[i] = random.uniform() < 0.5 ? 0 : 2 * value);
}

/** Drops where it is trained, and gives what it gets where not. */
function dropoutLayer(): Module {
  return makeModule((x: Tensor, { mode, randomness }) => {
    if (mode !== "train") return x;
    const y = x.trace.activation(x.shape);
    const params = { seed: randomness.seed, stream: randomness.stream(x) };
    x.trace.emit(dropout, [x, x.trace.step, y], params);
    return y;
  }, { kind: "dropout" });
}

/** Which numbers two layers keep at a step, of a model in which others lie around them. */
async function keptBy(
  { seed = 1, step = 0, mode = "train", others = [] }: {
    seed?: number;
    step?: number;
    mode?: Mode;
    others?: readonly Module[];
  } = {},
): Promise<string[]> {
  const [first, second] = [dropoutLayer(), dropoutLayer()];
  const model = makeModule((x: Tensor, context): Tensor[] => {
    const below = others.reduce((y, layer) => layer(y, context), x);
    return [first(below, context), second(below, context)];
  }, { kind: "twice", children: { other: sequential(...others), first, second } });
  const device = new Device(new DroppingBackend(), "test", 1, record);
  using program = await device.compile([matrix(4, 32)], (x) => model(x, { mode, seed }));
  program.run([new Float32Array(128).fill(1)], { step, totalSteps: 10 });
  const outputs = [await program.floats(0), await program.floats(1)];
  return outputs.map((output) => output.map((y) => Number(y !== 0)).join(""));
}

Deno.test("a layer of randomness draws by seed, step and its own place in the model alone", async () => {
  const [first, second] = await keptBy();
  const kept = [...first].filter((digit) => digit === "1").length;
  assert.ok(kept > 32 && kept < 96, `${kept} of 128 are kept`);
  assert.notEqual(first, second);
  assert.deepEqual(await keptBy(), [first, second]);
  // A layer more below it changes nothing.
  assert.deepEqual(await keptBy({ others: [relu()] }), [first, second]);
  for (const other of [{ seed: 2 }, { step: 1 }]) {
    const [a, b] = await keptBy(other);
    assert.equal(new Set([first, second, a, b]).size, 4, JSON.stringify(other));
  }
});

Deno.test("a layer of randomness gives what it gets where a model is asked", async () => {
  assert.deepEqual(await keptBy({ mode: "evaluate" }), ["1".repeat(128), "1".repeat(128)]);
});
