import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { add } from "../src/ops/add.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { relu } from "../src/ops/pointwise/mod.ts";
import { concat, slice } from "../src/ops/slice.ts";
import { mse } from "../src/ops/target_losses.ts";
import { linear } from "../src/ops/linear.ts";
import { sgd } from "../src/optim/sgd.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { Resource } from "../src/program/resource.ts";
import type { Tensor } from "../src/program/trace.ts";
import { testOnDevices } from "./devices.ts";
import { ReferenceBackend } from "./reference_backend.ts";

function deviceOn(backend: Backend): Device {
  return new Device(backend, "test", 1, record);
}

const SPEC = [matrix(2, 32)];
const HELD = /Cannot run the program: it would overwrite an output of shape \[2,32\] that is held/;

function filled(value: number): Float32Array[] {
  return [new Float32Array(64).fill(value)];
}

function twice(x: Tensor): Tensor {
  return add(x, x);
}

/** The first number of an output. */
async function first(
  program: { floats(i: number): Promise<Float32Array> },
  i = 0,
): Promise<number> {
  return (await program.floats(i))[0];
}

testOnDevices("run() takes a held output in the place of an array", async (backend) => {
  const device = deviceOn(backend);
  using doubled = await device.compile(SPEC, twice);
  using again = await device.compile(SPEC, twice);
  const bytes = device.allocatedBytes;
  doubled.run(filled(1));
  let held = doubled.hold(0);
  // Back and forth: each program's output is the other's input.
  for (let power = 2; power < 8; power += 2) {
    again.run([held]);
    held.dispose();
    held = again.hold(0);
    doubled.run([held]);
    held.dispose();
    held = doubled.hold(0);
    assert.equal(await first(doubled), 2 ** (power + 1));
    assert.equal(await first(again), 2 ** power);
  }
  held.dispose();
  // Arrays again, where they were before.
  again.run(filled(5));
  assert.equal(await first(again), 10);
  assert.equal(device.allocatedBytes, bytes);
});

testOnDevices("run() is refused while an output is held", async (backend) => {
  const device = deviceOn(backend);
  using program = await device.compile(SPEC, twice);
  assert.throws(() => program.hold(0), /Cannot hold output 0: the program has not run/);
  program.run(filled(1));
  assert.throws(() => program.hold(1), /Cannot hold output 1/);
  const [held, other] = [program.hold(0), program.hold(0)];
  assert.throws(() => program.run(filled(2)), HELD);
  await assert.rejects(program.measure(filled(2)), HELD);
  held.dispose();
  held.dispose();
  assert.throws(() => program.run(filled(2)), HELD, "it was held twice");
  assert.equal(await first(program), 2);
  assert.ok(other.isHeld && !held.isHeld);
  other.dispose();
  program.run(filled(2));
  assert.equal(await first(program), 4);
});

testOnDevices(
  "what is held outlives its program, and no other one gets its memory",
  async (backend) => {
    const device = deviceOn(backend);
    const bytes = device.allocatedBytes;
    const program = await device.compile(SPEC, twice);
    program.run(filled(3));
    const held = program.hold(0);
    program.dispose();
    {
      using reader = await device.compile(SPEC, twice);
      using writer = await device.compile(SPEC, twice);
      writer.run(filled(100));
      reader.run([held]);
      assert.equal(await first(reader), 12);
    }
    assert.ok(device.allocatedBytes > bytes);
    held.dispose();
    assert.equal(device.allocatedBytes, bytes);
  },
);

testOnDevices("an input that is an output is held like others", async (backend) => {
  const device = deviceOn(backend);
  const body = (x: Tensor): Tensor[] => [x, twice(x)];
  using source = await device.compile(SPEC, twice);
  using program = await device.compile(SPEC, body);
  program.run(filled(3));
  using held = program.hold(0);
  assert.throws(() => program.run(filled(4)), HELD);
  assert.equal(await first(program), 3);
  // Given what another one holds, it returns that, and holds it itself.
  source.run(filled(7));
  const given = source.hold(0);
  program.run([given]);
  given.dispose();
  assert.equal(await first(program), 14);
  assert.equal(await first(program, 1), 28);
  assert.throws(() => source.run(filled(8)), HELD);
  using through = program.hold(0);
  assert.equal(through.view.buffer, given.view.buffer);
  held.dispose();
  program.run(filled(4));
  assert.equal(await first(program), 4);
  assert.throws(() => source.run(filled(8)), HELD);
  through.dispose();
  source.run(filled(8));
  assert.equal(await first(source), 16);
});

testOnDevices("a program that is disposed of lets go of what it was given", async (backend) => {
  const device = deviceOn(backend);
  using source = await device.compile(SPEC, twice);
  const program = await device.compile(SPEC, (x) => [x]);
  source.run(filled(1));
  const held = source.hold(0);
  program.run([held]);
  held.dispose();
  assert.throws(() => source.run(filled(2)), HELD);
  program.dispose();
  source.run(filled(2));
});

testOnDevices("parts of outputs are held and given", async (backend) => {
  const device = deviceOn(backend);
  using source = await device.compile([matrix(6, 32)], (x) => {
    const y = concat([relu(slice(x, 0, 3)), relu(slice(x, 3, 3))]);
    return [y, slice(y, 2, 2)];
  });
  using reader = await device.compile(SPEC, (x) => [twice(x), relu(slice(x, 1, 1))]);
  source.run([Float32Array.from({ length: 6 * 32 }, (_, i) => Math.floor(i / 32))]);
  using held = source.hold(1);
  reader.run([held]);
  assert.equal(await first(reader), 4);
  assert.equal((await reader.floats(0))[32], 6);
  assert.equal(await first(reader, 1), 3);
});

testOnDevices("a parameter that is held is not updated, written or freed", async (backend) => {
  const device = deviceOn(backend);
  const values = new Resource({
    ...{ label: "w", type: "f32", length: 4, category: "parameters", trainable: true },
    initial: () => new Float32Array(4).fill(1),
  });
  const weight = { kind: "dense" as const, rows: 2, inputs: 2, values };
  using reader = await device.compile(SPEC, (x) => [linear(x, weight), x.trace.resource(values)]);
  using step = await device.compile(
    [...SPEC, ...SPEC],
    (x, y) => sgd({ learningRate: 1 }).update(mse(linear(x, weight), y)),
  );
  reader.run(filled(1));
  const held = reader.hold(1);
  const batch = [...filled(1), ...filled(0)];
  assert.throws(() => step.run(batch), /would overwrite an output of shape \[4\] that is held/);
  assert.throws(() => device.write(values, new Float32Array(4)), /Cannot write "w": it would/);
  assert.throws(() => device.free(values), /Cannot free "w": it would/);
  reader.run(filled(2));
  assert.equal(await first(reader), 4);
  // A program that returns what it is given holds the parameter, and gives back nothing but its hold.
  {
    using through = await device.compile([{ shape: [4], type: "f32" }], (x) => [x]);
    through.run([held]);
    held.dispose();
    using again = through.hold(0);
    assert.equal(await first(through), 1);
    assert.throws(() => step.run(batch), /is held/);
    again.dispose();
  }
  step.run(batch);
  assert.notDeepEqual(await device.readFloats(values), new Float32Array(4).fill(1));
});

testOnDevices("run() measures with what is given", async (backend, { name }) => {
  if (
    name === "webgpu" && backend.info.details.features?.toString().includes("timestamp") !== true
  ) {
    return;
  }
  const device = deviceOn(backend);
  using source = await device.compile(SPEC, twice);
  using reader = await device.compile(SPEC, twice);
  source.run(filled(2));
  using held = source.hold(0);
  assert.equal((await reader.measure([held])).length, 1);
  assert.equal(await first(reader), 8);
});

Deno.test("run() refuses held outputs that do not fit", async () => {
  const device = deviceOn(new ReferenceBackend());
  const other = deviceOn(new ReferenceBackend());
  using source = await device.compile([...SPEC, labels(32)], (x, y) => [twice(x), y]);
  using stranger = await other.compile(SPEC, twice);
  using wide = await device.compile([matrix(2, 64)], twice);
  using few = await device.compile([matrix(2, 31)], twice);
  using loss = await device.compile([...SPEC, labels(32)], (x, y) => crossEntropy(x, y));
  source.run([...filled(1), new Uint32Array(32)]);
  stranger.run(filled(1));
  using held = source.hold(0);
  using classes = source.hold(1);
  using elsewhere = stranger.hold(0);
  assert.throws(
    () => wide.run([held]),
    /held output, f32 of shape \[2,32\]; expected f32 of shape \[2,64\]/,
  );
  assert.throws(() => few.run([held]), /expected f32 of shape \[2,31\]/);
  assert.throws(() => wide.run([classes]), /held output, u32 of shape \[1,32\]/);
  assert.throws(() => wide.run([elsewhere]), /held output of another device/);
  assert.throws(
    () => loss.run([held, classes]),
    /nobody has looked at; expected an array of classes/,
  );
  held.dispose();
  using same = await device.compile(SPEC, twice);
  assert.throws(() => same.run([held]), /held output that was let go/);
});

for (const what of ["output", "input"] as const) {
  testOnDevices(`close() ends a held ${what} as it ends everything`, async (_, { name }) => {
    const { openWasm } = await import("../src/device/wasm/backend.ts");
    const { openWebgpu } = await import("../src/device/webgpu/open.ts");
    const opened = name === "webgpu" ? await openWebgpu() : await openWasm({ threads: 1 });
    const device = deviceOn(opened);
    const source = await device.compile(SPEC, twice);
    const program = await device.compile(SPEC, (x) => [x, twice(x)]);
    source.run(filled(1));
    const held = source.hold(0);
    program.run(what === "input" ? [held] : filled(1));
    device.close();
    assert.throws(() => program.run([held]), /Cannot run|Cannot write/);
    held.dispose();
    program.dispose();
    source.dispose();
  }, ({ name }) => name === "webgpu" || name === "wasm");
}
