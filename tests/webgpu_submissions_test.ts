/**
 * Runs that are submitted together on WebGPU.
 *
 * @module
 */
import assert from "node:assert/strict";
import { WebgpuExecutable } from "../src/device/webgpu/executable.ts";
import { add, pointwise } from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { onWebgpu, withDevice } from "./webgpu.ts";

onWebgpu(
  "runs of a short program are submitted together, with what is written between",
  async () => {
    await withDevice(async (backend, { device }) => {
      const [x, a, b] = ["x", "a", "b"].map((label) => backend.allocate(16, label));
      const params = { length: 4 };
      const sums = [[x, a, b], [x, b, a]].map((buffers) => ({ kernel: add, buffers, params }));
      const executables = await Promise.all(sums.map((call) => backend.compile([call])));
      for (const executable of executables) {
        assert(executable instanceof WebgpuExecutable && executable.milliseconds === Infinity);
        executable.milliseconds = 2;
      }
      const calls: string[] = [];
      const { queue } = device;
      const submit = queue.submit.bind(queue), writeBuffer = queue.writeBuffer.bind(queue);
      queue.submit = (commands) => (calls.push("submit"), submit(commands));
      queue.writeBuffer = (...given: Parameters<typeof writeBuffer>): undefined => {
        calls.push("write");
        writeBuffer(...given);
      };
      const expected = Float32Array.of(0, 0, 0, 0);
      for (let i = 0; i < 20; i++) {
        const added = expected.map((_, at) => i + at);
        backend.write(x, added);
        backend.run(executables[i % 2]);
        for (const at of added.keys()) expected[at] += added[at];
      }
      // Eight runs each; only what comes before the first short run is written by itself.
      assert.deepEqual(calls, ["write", "write", "submit", "write", "submit"]);
      // What frees must not free what waits to be run.
      const other = backend.allocate(16, "other");
      backend.free(other);
      assert.deepEqual(calls.slice(5), ["write", "submit"]);
      assert.deepEqual(new Float32Array(await backend.read(a)), expected);
      for (const executable of executables) {
        assert(executable instanceof WebgpuExecutable && executable.milliseconds < Infinity);
        executable.milliseconds = 20;
      }
      calls.length = 0;
      for (let i = 0; i < 4; i++) backend.run(executables[0]);
      assert.deepEqual(calls, ["submit", "submit"], "no more than 30 ms of the device");
    });
  },
);

onWebgpu(
  "what the device refuses of several runs is told by the next call that waits",
  async () => {
    await withDevice(async (backend, { device }) => {
      const [x, y] = ["x", "y"].map((label) => backend.allocate(16, label));
      const params = { length: 4, operation: NUMBERS.relu };
      const executable = await backend.compile([{ kernel: pointwise, buffers: [x, y], params }]);
      assert(executable instanceof WebgpuExecutable);
      executable.milliseconds = 1;
      for (let i = 0; i < 3; i++) backend.run(executable);
      const encode = device.createCommandEncoder.bind(device);
      const ghost = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
      ghost.destroy();
      device.createCommandEncoder = (descriptor) => {
        const encoder = encode(descriptor);
        encoder.clearBuffer(ghost);
        return encoder;
      };
      backend.free(backend.allocate(16, "submits"));
      device.createCommandEncoder = encode;
      await assert.rejects(backend.read(y), /Cannot carry out work on the GPU/);
      await backend.read(y);
    });
  },
);
