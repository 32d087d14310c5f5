/**
 * The WebGPU backend: memory, programs, reads, and its life in a process of its own. What kernels
 * compute is the matter of `conformance_test.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeviceBuffer, KernelCall } from "../src/device/backend.ts";
import { openWebgpu } from "../src/device/webgpu/open.ts";
import { immediateReadback } from "../src/device/webgpu/readback.ts";
import { add, pointwise } from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { seeds, Source } from "./arbitraries.ts";
import { runScript, withServer } from "./scripts.ts";
import { filled, onWebgpu, RAMP, release, withDevice } from "./webgpu.ts";

onWebgpu("run() carries scratch, constants and parameters of every dispatch", async (backend) => {
  const x = filled(backend, "x", Uint32Array.of(1, 2, 3, 4, 5));
  const y = filled(backend, "y", Uint32Array.of(0, 0, 0, 0, 1000));
  const calls = [{ kernel: RAMP, buffers: [x, y], params: { length: 5, scale: 0.5 } }];
  const executable = await backend.compile(calls);
  backend.run(executable);
  backend.run(executable);
  const words = new Uint32Array(await backend.read(y, 0, 20));
  assert.deepEqual(
    words,
    Uint32Array.of(5, 10, 150, 200, 250).map((n, i) => 2 * (n + 7) + (i === 4 ? 1000 : 0)),
  );
  // Three slots of 256 bytes, for the dispatches that do anything, and 20 bytes of scratch.
  assert.equal(executable.bytes, 3 * 256 + 32);
  assert.equal(executable.length, 1);
  release(backend, [x, y], [executable]);
});

onWebgpu(
  "run() takes the calls in order, and a call may read one buffer twice",
  async (backend) => {
    await fc.assert(fc.asyncProperty(seeds(), async (seed) => {
      const source = new Source(seed);
      const arrays = Array.from(
        { length: 3 },
        () => Int32Array.from({ length: 8 }, () => source.below(9) - 4),
      );
      const values = arrays.map((array) => Float32Array.from(array));
      const buffers = values.map((array, i) => filled(backend, `buffer ${i}`, array));
      const calls: KernelCall[] = [];
      for (let i = 0; i < 12; i++) {
        const written = source.below(3);
        const [one, two] = [1, 2].map(() => (written + 1 + source.below(2)) % 3);
        calls.push({
          kernel: add,
          buffers: [one, two, written].map((at) => buffers[at]),
          params: { length: 8 },
        });
        values[written] = values[one].map((a, j) => a + values[two][j]);
      }
      const executable = await backend.compile(calls);
      backend.run(executable);
      for (const [i, buffer] of buffers.entries()) {
        assert.deepEqual(new Float32Array(await backend.read(buffer)), values[i], `seed ${seed}`);
      }
      release(backend, buffers, [executable]);
    }));
  },
);

onWebgpu(
  "run() submits one command buffer with one pass, whatever the number of calls",
  async () => {
    await withDevice(async (backend, { device }) => {
      const [x, y] = ["x", "y"].map((label) => backend.allocate(64, label));
      const call = (a: DeviceBuffer, b: DeviceBuffer): KernelCall => ({
        kernel: pointwise,
        buffers: [a, b],
        params: { length: 16, operation: NUMBERS.relu },
      });
      const executable = await backend.compile([call(x, y), call(y, x), call(x, y)]);
      const empty = await backend.compile([]);
      const submitted: number[] = [];
      let encoders = 0;
      let passes = 0;
      const submit = device.queue.submit.bind(device.queue);
      const create = device.createCommandEncoder.bind(device);
      device.queue.submit = (buffers) => {
        submitted.push([...buffers].length);
        return submit(buffers);
      };
      device.createCommandEncoder = (descriptor) => {
        encoders++;
        const encoder = create(descriptor);
        const begin = encoder.beginComputePass.bind(encoder);
        encoder.beginComputePass = (descriptor) => {
          passes++;
          return begin(descriptor);
        };
        return encoder;
      };
      backend.run(executable);
      assert.deepEqual([submitted, encoders, passes], [[1], 1, 1]);
      backend.run(executable);
      assert.deepEqual([submitted, encoders, passes], [[1, 1], 2, 2]);
      backend.run(empty);
      assert.equal(submitted.length, 2);
    });
  },
);

onWebgpu("compile() compiles a kernel once for all programs", async () => {
  await withDevice(async (backend, { device }) => {
    let modules = 0;
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) => {
      modules++;
      return create(descriptor);
    };
    const buffers = ["x", "y"].map((label) => backend.allocate(64, label));
    for (const length of [4, 8, 16]) {
      await backend.compile([{
        kernel: pointwise,
        buffers,
        params: { length, operation: NUMBERS.relu },
      }]);
    }
    assert.equal(modules, 1);
  });
});

onWebgpu("measure() gives a time for every call", async (backend) => {
  const device = backend.info.details.features;
  const buffers = ["x", "y"].map((label) => backend.allocate(1 << 16, label));
  const call = { kernel: pointwise, buffers, params: { length: 1 << 14, operation: NUMBERS.relu } };
  const executable = await backend.compile([call, call, call]);
  if (String(device).includes("timestamp-query")) {
    const times = await backend.measure(executable);
    assert.equal(times.length, 3);
    assert(times.every((seconds) => seconds >= 0 && seconds < 10), String(times));
  } else {
    await assert.rejects(backend.measure(executable), /timestamp-query/);
  }
  release(backend, buffers, [executable]);
});

onWebgpu("allocatedBytes is the sum of live buffers and executables", async (backend) => {
  const before = backend.allocatedBytes;
  const [x, y] = [backend.allocate(1, "x"), backend.allocate(100, "y")];
  assert.deepEqual([x.bytes, y.bytes], [16, 112]);
  assert.equal(backend.allocatedBytes, before + 128);
  const shapes: KernelCall[] = [
    { kernel: pointwise, buffers: [x, y], params: { length: 4, operation: NUMBERS.relu } },
    { kernel: RAMP, buffers: [x, y], params: { length: 3, scale: 1 } },
    { kernel: RAMP, buffers: [x, y], params: { length: 300, scale: 1 } },
  ];
  for (const calls of [[], shapes.slice(0, 1), shapes]) {
    const executable = await backend.compile(calls);
    assert.equal(executable.bytes, backend.executableBytes(calls));
    assert.equal(backend.allocatedBytes, before + 128 + executable.bytes);
    await backend.read(y);
    assert.equal(backend.allocatedBytes, before + 128 + executable.bytes);
    backend.release(executable);
  }
  release(backend, [x, y], []);
  assert.equal(backend.allocatedBytes, before);
});

onWebgpu("allocate() gives zeroed memory", async (backend) => {
  for (let i = 0; i < 4; i++) {
    const buffer = backend.allocate(4096, "fresh");
    assert.deepEqual(new Uint32Array(await backend.read(buffer)), new Uint32Array(1024));
    backend.write(buffer, new Uint32Array(1024).fill(7));
    backend.free(buffer);
  }
});

onWebgpu("write() and read() keep to the part they are given", async (backend) => {
  const buffer = filled(backend, "part", Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  backend.write(buffer, Uint32Array.of(0, 9, 9, 0).subarray(1, 3), 8);
  const shared = new Uint32Array(new SharedArrayBuffer(8));
  shared.set([11, 12]);
  backend.write(buffer, shared.subarray(1), 28);
  const words = async (offset?: number, bytes?: number): Promise<number[]> => [
    ...new Uint32Array(await backend.read(buffer, offset, bytes)),
  ];
  assert.deepEqual(await words(), [1, 2, 9, 9, 5, 6, 7, 12]);
  assert.deepEqual(await words(20), [6, 7, 12]);
  assert.deepEqual(await words(4, 8), [2, 9]);
  assert.deepEqual(await words(4, 0), []);
  const copy = await backend.read(buffer);
  backend.write(buffer, new Uint32Array(8));
  assert.equal(new Uint32Array(copy)[0], 1);
  backend.free(buffer);
});

onWebgpu("read() gives what was there when it was called, however many reads overlap", async () => {
  for (const immediate of [true, false]) {
    const backend = await openWebgpu({ immediateReadback: immediate });
    const wanted = immediate && immediateReadback() ? "immediate" : "awaited";
    assert.equal(backend.info.details.readback, wanted);
    const sizes = [4, 4096, 4100, 1 << 20, (1 << 22) + 4];
    const buffers = sizes.map((bytes) => backend.allocate(bytes, `${bytes} bytes`));
    // Several rounds, so that staging buffers are met in every state; some of them after Deno's sleep.
    for (let round = 1; round <= 12; round++) {
      const reads: Promise<ArrayBuffer>[] = [];
      for (const [i, buffer] of buffers.entries()) {
        backend.write(buffer, Uint32Array.of(100 * round + i), sizes[i] - 4);
        reads.push(backend.read(buffer, sizes[i] - 4, 4), backend.read(buffer, 0, sizes[i]));
        backend.write(buffer, Uint32Array.of(0), sizes[i] - 4);
      }
      for (const [i, content] of (await Promise.all(reads)).entries()) {
        const size = i % 2 === 0 ? 4 : sizes[i >> 1];
        assert.equal(content.byteLength, size);
        assert.equal(new Uint32Array(content, size - 4)[0], 100 * round + (i >> 1));
      }
      if (round % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 25));
    }
    backend.close();
  }
});

onWebgpu("openWebgpu() refuses a software adapter where that is not wanted", async (backend) => {
  const opened = openWebgpu({ software: false });
  if (backend.info.details.software === true) {
    await assert.rejects(opened, /the only adapter is software/);
  } else {
    (await opened).close();
  }
});

onWebgpu("a process ends by itself after close(), without any permission", async () => {
  const script = programOf(new URL("../src/device/webgpu/open.ts", import.meta.url).href);
  assert.equal(await runScript(script, []), "1,2,3,4\n");
});

onWebgpu(
  "the backend loads over http from another folder, with only the import permission",
  async () => {
    await withServer(async (host) => {
      const script = programOf(`http://${host}/src/device/webgpu/open.ts`);
      assert.equal(await runScript(script, [`--allow-import=${host}`]), "1,2,3,4\n");
    });
  },
);

Deno.test("immediateReadback() is for the versions of Deno that it was tried on", () => {
  assert.equal(immediateReadback("2.9.6"), true);
  for (const version of ["2.8.3", "2.10.0", "12.9.1", "3.0.0"]) {
    assert.equal(immediateReadback(version), false);
  }
});

/** A script that opens the backend, writes, reads twice and closes. */
function programOf(module: string): string {
  return `
    import { openWebgpu } from "${module}";
    const backend = await openWebgpu();
    const buffer = backend.allocate(16, "x");
    backend.write(buffer, Float32Array.of(1, 2, 3, 4));
    await backend.read(buffer);
    console.log(new Float32Array(await backend.read(buffer)).join());
    backend.close();`;
}
