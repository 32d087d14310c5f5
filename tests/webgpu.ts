/**
 * What the tests of the WebGPU backend share.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { DeviceBuffer } from "../src/device/backend.ts";
import type { Kernel } from "../src/device/kernel.ts";
import { openDevice, type OpenedDevice } from "../src/device/webgpu/adapter.ts";
import { WebgpuBackend } from "../src/device/webgpu/backend.ts";
import { testOnDevices } from "./devices.ts";

/** A kernel with everything that a kernel can have: scratch, dispatches with parameters, constants. */
export const RAMP: Kernel = {
  name: "ramp",
  bindings: [
    { name: "x", access: "read", type: "u32" },
    { name: "y", access: "readwrite", type: "u32" },
  ],
  params: [{ name: "length", type: "u32" }, { name: "scale", type: "f32" }],
  gpu: {
    wgsl: `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<storage, read_write> scratch: array<u32>;
struct Params {
  length: u32,
  scale: f32,
  offset: u32,
}
@group(0) @binding(3) var<uniform> params: Params;
override FACTOR: u32 = 1u;

@compute @workgroup_size(1)
fn gather(@builtin(workgroup_id) group: vec3u) {
  scratch[group.x + params.offset] = x[group.x + params.offset] * FACTOR;
}

@compute @workgroup_size(1)
fn scatter(@builtin(workgroup_id) group: vec3u) {
  y[group.x] += u32(params.scale * f32(scratch[group.x])) + params.offset;
}
`,
    dispatchParams: [{ name: "offset", type: "u32" }],
    dispatches: ({ length }) => [
      { entry: "gather", groups: [2, 1, 1], constants: { FACTOR: 10 }, params: { offset: 0 } },
      {
        entry: "gather",
        groups: [length - 2, 1, 1],
        constants: { FACTOR: 100 },
        params: { offset: 2 },
      },
      { entry: "gather", groups: [0, 1, 1], params: { offset: 0 } },
      { entry: "scatter", groups: [length, 1, 1], params: { offset: 7 } },
    ],
    scratch: ({ length }) => 4 * length,
  },
};

/** A test of the WebGPU backend. */
export function onWebgpu(name: string, body: (backend: WebgpuBackend) => Promise<void>): void {
  testOnDevices(
    name,
    async (backend) => {
      assert(backend instanceof WebgpuBackend);
      await body(backend);
      await backend.settled();
    },
    ({ name }) => name === "webgpu",
  );
}

/** Hands a backend and its device to a test that will treat them badly. */
export async function withDevice(
  body: (backend: WebgpuBackend, opened: OpenedDevice) => Promise<void>,
): Promise<void> {
  const opened = await openDevice(true);
  const backend = new WebgpuBackend(opened);
  try {
    await body(backend, opened);
  } finally {
    backend.close();
  }
}

/** A buffer with a content. */
export function filled(
  backend: WebgpuBackend,
  label: string,
  content: Uint32Array | Float32Array,
): DeviceBuffer {
  const buffer = backend.allocate(content.byteLength, label);
  backend.write(buffer, content);
  return buffer;
}

/** Gives buffers and executables back. */
export function release(
  backend: WebgpuBackend,
  buffers: readonly DeviceBuffer[],
  executables: readonly Parameters<WebgpuBackend["release"]>[0][],
): void {
  for (const executable of executables) backend.release(executable);
  for (const buffer of buffers) backend.free(buffer);
}

/** What reached a device that only writes down what it is asked. */
export interface Recorded {
  /** The backend of that device. */
  readonly backend: WebgpuBackend;
  /** Calls that would have gone to the driver, with their numbers, in order. */
  readonly calls: readonly (readonly [name: string, ...numbers: number[]])[];
}

/** A backend without a driver. For sizes that no driver should see. */
export function recordingBackend(): Recorded {
  const calls: [string, ...number[]][] = [];
  const record = (name: string) => (...given: unknown[]): void => {
    calls.push([name, ...given.filter((value) => typeof value === "number")]);
  };
  const device = {
    lost: new Promise(() => {}),
    features: new Set(),
    addEventListener() {},
    destroy() {},
    pushErrorScope() {},
    popErrorScope: () => Promise.resolve(null),
    createBuffer({ size }: GPUBufferDescriptor) {
      calls.push(["createBuffer", size]);
      return { destroy() {} };
    },
    createCommandEncoder() {
      calls.push(["createCommandEncoder"]);
      return { copyBufferToBuffer: record("copyBufferToBuffer"), finish() {} };
    },
    queue: {
      submit: record("submit"),
      onSubmittedWorkDone: () => Promise.resolve(),
      writeBuffer(_: GPUBuffer, offset: number, data: ArrayBufferView) {
        calls.push(["writeBuffer", offset, data.byteLength]);
      },
    },
  };
  const limits = {
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
    minStorageBufferOffsetAlignment: 256,
  };
  const opened = {
    device,
    adapter: { name: "recorder", software: true, limits, features: [] },
    traits: { software: true, maxGroups: 65535, maxInvocations: 256, maxWorkgroupBytes: 16384 },
  };
  return { backend: new WebgpuBackend(opened as unknown as OpenedDevice), calls };
}
