/**
 * Measuring a program runs it: every backend gives a time per call and computes what `run` computes.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend, DeviceBuffer, Executable } from "../src/device/backend.ts";
import { add, pointwise } from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { testOnDevices } from "./devices.ts";

/** Numbers in each buffer. */
const LENGTH = 1000;

testOnDevices("measure() runs the list once and gives a time for every call", async (backend) => {
  if (!measures(backend)) return await assertRefusal(backend);
  const numbers = Float32Array.from({ length: LENGTH }, (_, i) => (i % 7) - 3);
  const { buffers, executable } = await twoCalls(backend);
  backend.write(buffers[0], numbers);
  for (let runs = 1; runs <= 3; runs++) {
    const seconds = await backend.measure(executable);
    assert.equal(seconds.length, 2);
    assert.ok(seconds.every((each) => each >= 0 && Number.isFinite(each)), `${seconds}`);
    const sums = new Float32Array(await backend.read(buffers[2], 0, 4 * LENGTH));
    assert.deepEqual(sums, numbers.map((x) => Math.max(x, 0) * 2));
  }
  release(backend, buffers, executable);
});

testOnDevices("measure() measures more calls than a set of queries holds", async (backend) => {
  if (!measures(backend)) return await assertRefusal(backend);
  const counter = backend.allocate(16, "counter");
  const sum = backend.allocate(16, "sum");
  const one = backend.allocate(16, "one");
  backend.write(one, new Float32Array(4).fill(1));
  const params = { length: 4 };
  const pair = [
    { kernel: add, buffers: [counter, one, sum], params },
    { kernel: pointwise, buffers: [sum, counter], params: { ...params, operation: 0 } },
  ];
  const pairs = 1100;
  const executable = await backend.compile(Array.from({ length: pairs }, () => pair).flat());
  const seconds = await backend.measure(executable);
  assert.equal(seconds.length, 2 * pairs);
  const counted = new Float32Array(await backend.read(counter));
  assert.deepEqual(counted, new Float32Array(4).fill(pairs));
  release(backend, [counter, sum, one], executable);
});

testOnDevices("measure() takes no memory that it keeps", async (backend) => {
  if (!measures(backend)) return await assertRefusal(backend);
  const { buffers, executable } = await twoCalls(backend);
  const before = backend.allocatedBytes;
  await backend.measure(executable);
  assert.equal(backend.allocatedBytes, before);
  release(backend, buffers, executable);
});

testOnDevices("measure() gives nothing for an empty list", async (backend) => {
  const executable = await backend.compile([]);
  if (measures(backend)) assert.deepEqual(await backend.measure(executable), []);
  else await assert.rejects(backend.measure(executable), /timestamp-query/);
  backend.release(executable);
});

testOnDevices("measure() refuses an executable that was released", async (backend) => {
  const { buffers, executable } = await twoCalls(backend);
  release(backend, buffers, executable);
  await assert.rejects(backend.measure(executable), { name: "ReferenceError" });
});

/** The positive numbers of the first buffer into the second, then twice that into the third. */
async function twoCalls(
  backend: Backend,
): Promise<{ buffers: DeviceBuffer[]; executable: Executable }> {
  const buffers = ["x", "y", "sum"].map((label) => backend.allocate(4 * LENGTH, label));
  const [x, y, sum] = buffers;
  const params = { length: LENGTH };
  const executable = await backend.compile([
    { kernel: pointwise, buffers: [x, y], params: { ...params, operation: NUMBERS.relu } },
    { kernel: add, buffers: [y, y, sum], params },
  ]);
  return { buffers, executable };
}

function release(backend: Backend, buffers: readonly DeviceBuffer[], executable: Executable): void {
  backend.release(executable);
  for (const buffer of buffers) backend.free(buffer);
}

/** WebGPU measures where the adapter has timestamps. */
function measures({ name, info }: Backend): boolean {
  return name === "wasm" || String(info.details.features).includes("timestamp-query");
}

async function assertRefusal(backend: Backend): Promise<void> {
  const { buffers, executable } = await twoCalls(backend);
  await assert.rejects(backend.measure(executable), /timestamp-query/);
  release(backend, buffers, executable);
}
