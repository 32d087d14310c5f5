/**
 * What the WebGPU backend refuses, and what becomes of it when its device fails.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { DeviceBuffer, KernelCall } from "../src/device/backend.ts";
import { DeviceLostError, KernelCompileError } from "../src/device/errors.ts";
import type { Kernel } from "../src/device/kernel.ts";
import type { WebgpuBackend } from "../src/device/webgpu/backend.ts";
import { openWebgpu } from "../src/device/webgpu/open.ts";
import { pointwise } from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { testOnDevices } from "./devices.ts";
import { onWebgpu, RAMP, recordingBackend, release, withDevice } from "./webgpu.ts";

onWebgpu("read() and write() refuse what lies outside and half words", async (backend) => {
  const buffer = backend.allocate(16, "sixteen");
  assert.throws(() => backend.write(buffer, new Uint32Array(5)), /RangeError.*"sixteen"/s);
  assert.throws(() => backend.write(buffer, new Uint32Array(1), 16), RangeError);
  assert.throws(() => backend.write(buffer, new Uint8Array(3)), RangeError);
  assert.throws(() => backend.write(buffer, new Uint32Array(1), 2), RangeError);
  await assert.rejects(backend.read(buffer, 12, 8), RangeError);
  await assert.rejects(backend.read(buffer, -4, 4), RangeError);
  await assert.rejects(backend.read(buffer, 0, 6), RangeError);
  backend.free(buffer);
});

Deno.test("write() hands nothing to the driver where there is nothing to write", () => {
  const { backend, calls } = recordingBackend();
  const buffer = backend.allocate(16, "sixteen");
  assert.deepEqual(calls, [["createBuffer", 16]]);
  for (const offset of [0, 4, 16]) {
    backend.write(buffer, new Uint32Array(0), offset);
    backend.write(buffer, new Uint16Array(3).subarray(3), offset);
    backend.write(buffer, new DataView(new ArrayBuffer(8), 8), offset);
    backend.write(buffer, new Uint8Array(new SharedArrayBuffer(0)), offset);
  }
  const refused: readonly (readonly [data: ArrayBufferView, offset: number])[] = [
    [new Uint16Array(1), 0],
    [new Uint16Array(3), 0],
    [new Uint8Array(5), 0],
    ...[-4, 1, 2.5, 20, 2 ** 32, 2 ** 53, NaN, Infinity, -Infinity].flatMap((offset) =>
      [0, 1].map((length) => [new Uint32Array(length), offset] as const)
    ),
  ];
  for (const [data, offset] of refused) {
    assert.throws(() => backend.write(buffer, data, offset), RangeError, `at ${offset}`);
  }
  assert.equal(calls.length, 1);
  backend.write(buffer, Uint16Array.of(1, 2), 12);
  assert.deepEqual(calls.slice(1), [["writeBuffer", 12, 4]]);
});

Deno.test("read() copies nothing where there is nothing to read", async () => {
  const { backend, calls } = recordingBackend();
  const buffer = backend.allocate(16, "sixteen");
  assert.equal((await backend.read(buffer, 16)).byteLength, 0);
  assert.equal((await backend.read(buffer, 4, 0)).byteLength, 0);
  for (const number of [-4, 1, 2.5, 20, 2 ** 53, NaN, Infinity, -Infinity]) {
    await assert.rejects(backend.read(buffer, number), RangeError, `at ${number}`);
    await assert.rejects(backend.read(buffer, 0, number), RangeError, `${number} bytes`);
  }
  assert.deepEqual(calls, [["createBuffer", 16]]);
});

Deno.test("compile() and run() hand nothing to the driver where there is nothing to do", async () => {
  const { backend, calls } = recordingBackend();
  const idle = { ...RAMP, gpu: { ...RAMP.gpu, dispatches: () => [], scratch: () => 0 } };
  const buffers = ["x", "y"].map((label) => backend.allocate(16, label));
  calls.forEach((call) => assert.deepEqual(call, ["createBuffer", 16]));
  for (const program of [[], [{ kernel: idle, buffers, params: { length: 0, scale: 0 } }]]) {
    backend.run(await backend.compile(program));
  }
  assert(calls.every(([name, size]) => name === "createBuffer" && size === 16), String(calls));
});

testOnDevices("allocate() refuses what is no size", async (backend) => {
  const live = backend.allocatedBytes;
  for (const bytes of [NaN, -1, -16, -0.5, 2.5, Infinity, -Infinity, 2 ** 53]) {
    assert.throws(() => backend.allocate(bytes, "no size"), {
      name: "RangeError",
      message:
        `Cannot allocate ${bytes} bytes for "no size": that is no size; expected an integer from 0`,
    });
  }
  assert.equal(backend.allocatedBytes, live);
  const none = backend.allocate(0, "none");
  assert.equal(none.bytes, 16);
  assert.deepEqual(await backend.read(none), new ArrayBuffer(16));
  backend.free(none);
});

onWebgpu("a freed buffer is refused by its label", async (backend) => {
  const [x, y] = ["x", "y"].map((label) => backend.allocate(64, label));
  const calls = [{
    kernel: pointwise,
    buffers: [x, y],
    params: { length: 16, operation: NUMBERS.relu },
  }];
  const executable = await backend.compile(calls);
  backend.run(executable);
  backend.free(x);
  const refused = { name: "ReferenceError", message: /"x".*freed/ };
  assert.throws(() => backend.free(x), refused);
  assert.throws(() => backend.write(x, new Uint32Array(1)), refused);
  assert.throws(() => backend.run(executable), refused);
  await assert.rejects(backend.read(x), refused);
  await assert.rejects(backend.compile(calls), refused);
  release(backend, [y], [executable]);
  assert.throws(() => backend.run(executable), { name: "ReferenceError", message: /released/ });
  assert.throws(() => backend.release(executable), { name: "ReferenceError", message: /released/ });
});

onWebgpu("what belongs to another backend is refused", async (backend) => {
  const other = await openWebgpu();
  const buffer = other.allocate(16, "elsewhere");
  const executable = await other.compile([]);
  const refused = { name: "TypeError", message: /another backend/ };
  assert.throws(() => backend.write(buffer, new Uint32Array(1)), refused);
  assert.throws(() => backend.run(executable), refused);
  await assert.rejects(backend.read(buffer), refused);
  other.close();
});

onWebgpu(
  "compile() names the kernel of a call that does not fit, and keeps nothing",
  async (backend) => {
    const [x, y] = ["x", "y"].map((label) => backend.allocate(64, label));
    const call = { kernel: RAMP, buffers: [x, y], params: { length: 4, scale: 1 } };
    const before = backend.allocatedBytes;
    const changed = (gpu: Partial<Kernel["gpu"]>): KernelCall => ({
      ...call,
      kernel: { ...RAMP, gpu: { ...RAMP.gpu, ...gpu } },
    });
    const wrong: readonly [KernelCall, RegExp][] = [
      [{ ...call, buffers: [x] }, /"ramp": got 1 buffers; expected 2 \(x, y\)/],
      [{ ...call, buffers: [x, x] }, /TypeError.*"y" and "x" are the same buffer \("x"\)/],
      [{ ...call, params: { ...call.params, length: 2.5 } }, /"ramp".*(2\.5|0\.5)/],
      [{ ...call, params: { length: 4 } }, /parameter "scale" is missing/],
      [
        changed({ dispatches: () => [{ entry: "scatter", groups: [1, 1, 1] }] }),
        /"offset" is missing/,
      ],
      [
        changed({ dispatches: () => [{ entry: "scatter", groups: [1, 70000, 1] }] }),
        /1 x 70000 x 1 workgroups/,
      ],
      [changed({ scratch: () => 2 ** 40 }), /RangeError.*1099511627776 bytes for "scratch memory"/],
    ];
    for (const [given, message] of wrong) await assert.rejects(backend.compile([given]), message);
    assert.equal(backend.allocatedBytes, before);
    release(backend, [x, y], []);
  },
);

onWebgpu("compile() says which line of a kernel is wrong", async (backend) => {
  const buffers = ["x", "y"].map((label) => backend.allocate(64, label));
  const head = [
    "@group(0) @binding(0) var<storage, read> x: array<f32>;",
    "@group(0) @binding(1) var<storage, read_write> y: array<f32>;",
    "@group(0) @binding(2) var<uniform> length: u32;",
    "//! use step",
    "@compute @workgroup_size(1)",
    "fn main() {",
    "//! repeat i 0 3",
  ];
  const compile = (wgsl: string, entry = "main"): Promise<unknown> =>
    backend.compile([{
      kernel: {
        ...pointwise,
        name: "wrong",
        gpu: { wgsl, dispatches: () => [{ entry, groups: [1, 1, 1] }] },
      },
      buffers,
      params: { length: 4, operation: 0 },
    }]);
  const body = (line: string): string => [...head, line, "//! end", "}"].join("\n");
  const wrong: readonly [wgsl: string, line: number, message: RegExp, entry?: string][] = [
    [body("y[${i}] = x[${i}] +;"), 8, /line 8: expected expression.*in `y\[0\] = x\[0\] \+;`/],
    [body("y[${i}] = ghost;"), 8, /line 8: .*ghost/],
    [body("y[${i}] = 1u;"), 8, /line 8: /],
    [
      `const STEP_SLOT = 1u;\n${body("y[${i}] = 1.0;")}`,
      5,
      /STEP_SLOT.*, line \d+ of wgsl\/shared\/step\.wgsl/,
    ],
    [body("y[${i}] = 1.0;"), 0, /kernel "wrong": entry point "absent"/, "absent"],
    [body("y[${i}] = x[${i}];").replace("read>", "read_write>"), 0, /entry point "main"/],
    [" ", 0, /wgsl\/wrong\.wgsl is empty/],
  ];
  for (const [wgsl, line, message, entry] of wrong) {
    await assert.rejects(compile(wgsl, entry), (error: unknown) => {
      assert(error instanceof KernelCompileError, String(error));
      assert.equal(error.kernel, "wrong");
      assert.match(error.message, message);
      assert.equal(error.line, line, error.message);
      return true;
    });
  }
  await assert.rejects(compile("//! end"), { name: "SyntaxError", message: /wrong\.wgsl, line 1/ });
  release(backend, buffers, []);
});

onWebgpu("allocate() says what was asked for and what is live", async (backend) => {
  const buffer = backend.allocate(64, "live");
  const live = backend.allocatedBytes;
  assert.throws(() => backend.allocate(2 ** 50, "too much"), {
    name: "RangeError",
    message: new RegExp(`${2 ** 50} bytes for "too much".*${live} bytes are live`),
  });
  assert.throws(() => backend.allocate(NaN, "nothing"), RangeError);
  assert.equal(backend.allocatedBytes, live);
  backend.free(buffer);
  await backend.settled();
});

onWebgpu("memory that the driver refuses is an error of the next call that waits", async () => {
  for (const next of ["read", "settled", "compile"] as const) {
    await withDevice(async (backend, { device }) => {
      const small = backend.allocate(32, "small");
      await backend.settled();
      // The driver's answer, without taking all memory of the machine.
      const pop = device.popErrorScope.bind(device);
      device.popErrorScope = async () => {
        await pop();
        return new GPUOutOfMemoryError("no heap has room");
      };
      backend.allocate(48, "weights");
      device.popErrorScope = pop;
      const waits = {
        read: () => backend.read(small),
        settled: () => backend.settled(),
        compile: () => backend.compile([]),
      };
      await assert.rejects(waits[next](), {
        name: "RangeError",
        message: /48 bytes for "weights".*32 bytes live.*no heap has room/,
      });
      await backend.settled();
    });
  }
});

onWebgpu("what the device refuses late is thrown once, by the next call that waits", async () => {
  await withDevice(async (backend, { device }) => {
    const buffer = backend.allocate(16, "sixteen");
    for (let i = 0; i < 3; i++) await backend.read(buffer);
    // A submission that is refused: its buffer has gone.
    const ghost = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
    ghost.destroy();
    const submit = device.queue.submit.bind(device.queue);
    device.queue.submit = (commands) => {
      const encoder = device.createCommandEncoder();
      encoder.clearBuffer(ghost);
      return submit([...commands, encoder.finish()]);
    };
    const call = {
      kernel: pointwise,
      buffers: [buffer, backend.allocate(16, "y")],
      params: { length: 4, operation: NUMBERS.relu },
    };
    const executable = await backend.compile([call]);
    backend.run(executable);
    device.queue.submit = submit;
    await assert.rejects(backend.read(buffer), /Cannot carry out work on the GPU/);
    await backend.read(buffer);
    // An error of no call of ours.
    device.createBuffer({ size: 2 ** 50, usage: GPUBufferUsage.STORAGE });
    await assert.rejects(backend.settled(), /the device refused it/);
    await backend.settled();
  });
});

for (const when of ["before", "after"] as const) {
  onWebgpu(`a device that is lost ${when} a call makes it and later ones fail`, async () => {
    const calls: Record<
      string,
      (backend: WebgpuBackend, buffers: DeviceBuffer[]) => Promise<unknown>
    > = {
      read: (backend, [x]) => backend.read(x),
      settled: (backend) => backend.settled(),
      compile: (backend, buffers) =>
        backend.compile([{
          kernel: pointwise,
          buffers,
          params: { length: 4, operation: NUMBERS.relu },
        }]),
    };
    for (const [name, call] of Object.entries(calls)) {
      await withDevice(async (backend, { device }) => {
        const buffers = ["x", "y"].map((label) => backend.allocate(16, label));
        const executable = await backend.compile([]);
        if (when === "before") device.destroy();
        const pending = call(backend, buffers);
        if (when === "after") device.destroy();
        await assert.rejects(pending, { name: "DeviceLostError", message: /was lost/ }, name);
        assert.throws(() => backend.allocate(16, "late"), DeviceLostError);
        assert.throws(() => backend.run(executable), DeviceLostError);
        await assert.rejects(backend.read(buffers[0]), DeviceLostError);
        backend.free(buffers[0]);
      });
    }
  });
}

onWebgpu("close() makes every later call fail and may be repeated", async () => {
  const backend = await openWebgpu();
  const [x, y] = ["x", "y"].map((label) => backend.allocate(16, label));
  const call = {
    kernel: pointwise,
    buffers: [x, y],
    params: { length: 4, operation: NUMBERS.relu },
  };
  const executable = await backend.compile([call]);
  backend.run(executable);
  const pending = [backend.read(y), backend.settled(), backend.compile([call])];
  const outcomes = Promise.allSettled(pending);
  backend.close();
  backend.close();
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, "rejected");
    assert(outcome.reason instanceof DeviceLostError, String(outcome.reason));
  }
  assert.equal(backend.allocatedBytes, 0);
  assert.throws(() => backend.allocate(16, "late"), { message: /it was closed; open a new one/ });
  assert.throws(() => backend.run(executable), DeviceLostError);
  assert.throws(() => backend.free(x), DeviceLostError);
  assert.throws(() => backend.release(executable), DeviceLostError);
  await assert.rejects(backend.read(x), DeviceLostError);
});
