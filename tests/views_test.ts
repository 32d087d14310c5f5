/**
 * Parts of buffers as bindings, on every backend.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Backend, viewOf } from "../src/device/backend.ts";
import { add, pointwise } from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { testOnDevices } from "./devices.ts";

/** A buffer of three parts that begin where views may, with 1, 2, 3, ... in each. */
function threeParts(backend: Backend, label: string) {
  const step = backend.alignment;
  const buffer = backend.allocate(3 * step, label);
  for (let i = 0; i < 3; i++) {
    backend.write(buffer, Float32Array.from({ length: step / 4 }, (_, j) => j + 1), i * step);
  }
  return { buffer, length: step / 4, parts: [0, 1, 2].map((i) => viewOf(buffer, i * step, step)) };
}

testOnDevices("run() reads and writes parts of buffers", async (backend) => {
  assert.equal(backend.alignment % 16, 0);
  const x = threeParts(backend, "x");
  const y = threeParts(backend, "y");
  const params = { length: x.length };
  const executable = await backend.compile([
    { kernel: add, buffers: [x.parts[0], x.parts[2], y.parts[1]], params },
  ]);
  backend.run(executable);
  const read = new Float32Array(await backend.read(y.buffer));
  for (let i = 0; i < 3 * x.length; i++) {
    const at = i % x.length + 1;
    assert.equal(read[i], Math.floor(i / x.length) === 1 ? 2 * at : at, `element ${i}`);
  }
  backend.release(executable);
  for (const buffer of [x.buffer, y.buffer]) backend.free(buffer);
});

testOnDevices("compile() refuses views that overlap or lie elsewhere", async (backend) => {
  const { buffer, parts, length } = threeParts(backend, "x");
  const other = backend.allocate(16, "y");
  const step = backend.alignment;
  const params = { length };
  const copies: readonly [Parameters<typeof viewOf>[], RegExp][] = [
    [[[buffer], [buffer, step, step]], /"y" and "x" are the same buffer \("x"\)/],
    [[[buffer, 0, 2 * step], [buffer, step, step]], /"y" and "x" are the same buffer \("x"\)/],
    [[[buffer, 0, step], [buffer, step, step]], /"y" and "x" are parts of one buffer \("x"\)/],
    [[[buffer, 4], [other]], /"pointwise\.x" to \d+ bytes at 4 .* begins at a multiple of/],
    [
      [[buffer, 2 * step, 2 * step], [other]],
      /"pointwise\.x" to \d+ bytes at \d+ .* a part of its/,
    ],
    [[[buffer, -step], [other]], /"pointwise\.x"/],
    [[[buffer, 0, 0], [other]], /"pointwise\.x" to 0 bytes/],
  ];
  for (const [views, message] of copies) {
    const buffers = views.map((view) => viewOf(...view));
    await assert.rejects(
      backend.compile([{
        kernel: pointwise,
        buffers,
        params: { ...params, operation: NUMBERS.relu },
      }]),
      message,
    );
  }
  // Reading a part twice is no fault.
  const sum = backend.allocate(step, "sum");
  const buffers = [parts[0], viewOf(buffer, 0, 2 * step), sum];
  const executable = await backend.compile([{ kernel: add, buffers, params }]);
  backend.release(executable);
  for (const each of [buffer, other, sum]) backend.free(each);
});
