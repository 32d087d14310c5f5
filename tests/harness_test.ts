/**
 * Negative controls: the conformance harness must notice a dispatch that was skipped, a row in the wrong place, a sum that is a
 * little off, a number where there is no connection, a write outside of a buffer or of scratch memory.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Kernel } from "../src/device/kernel.ts";
import { WasmBuffer } from "../src/device/wasm/memory.ts";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { blockSddmm, gemm, KERNELS, pointwise, spmm } from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { drawLists, drawValues, pack, SEED, Source } from "./arbitraries.ts";
import { FAMILIES } from "./conformance/cases.ts";
import { type Case, difference, expectedOf, runKernel } from "./conformance/harness.ts";
import { BORDER, Memory, POISON } from "./conformance/memory.ts";
import { testOnDevices } from "./devices.ts";
import { onWebgpu } from "./webgpu.ts";

testOnDevices("difference() reports a dispatch that was skipped", async (backend) => {
  for (const kernel of KERNELS) {
    const { edges } = FAMILIES[kernel.name];
    const given = edges[Math.min(4, edges.length - 1)].build(new Source(SEED));
    const written = await runKernel(backend, kernel, given, () => {});
    assert.notEqual(difference(expectedOf(kernel, given), written), undefined, kernel.name);
  }
});

testOnDevices("difference() reports rows that changed places", async (backend) => {
  const given = someProduct();
  const { y } = await runKernel(backend, spmm, given);
  const outputs = expectedOf(spmm, given);
  assert.equal(difference(outputs, { y }), undefined, `seed ${SEED}`);
  const { columns } = given.params;
  const first = y.slice(0, columns);
  y.copyWithin(0, columns, 2 * columns);
  y.set(first, columns);
  assert.match(difference(outputs, { y }) ?? "", /"y": element \d+ is/);
});

testOnDevices("difference() reports one element that is off by a thousandth", async (backend) => {
  const given = someProduct();
  const { y } = await runKernel(backend, spmm, given);
  y[5] *= 1.001;
  assert.match(difference(expectedOf(spmm, given), { y }) ?? "", /"y": element 5 is .*\(1 of/);
});

testOnDevices("difference() reports a gradient outside the matrix", async (backend) => {
  const source = new Source(SEED);
  const [rows, inputs, columns, height, width] = [7, 5, 32, 4, 4];
  const given: Case = {
    note: "blocks over an edge",
    params: { rows, inputs, columns, capacity: 4, wide: 0, height, width },
    inputs: {
      span: Uint32Array.of(0, 2, 2, 4),
      index: pack(Uint32Array.of(0, 1, 0, 1), 0),
      dy: source.floats(rows * columns),
      x: source.floats(inputs * columns),
    },
    lengths: { gradient: 4 * height * width },
  };
  const { gradient } = await runKernel(backend, blockSddmm, given);
  const outputs = expectedOf(blockSddmm, given);
  assert.equal(difference(outputs, { gradient }), undefined, `seed ${SEED}`);
  // Slot 3 has input 4, and of its rows those below 7.
  const outside = (3 * width + 0) * height + 3;
  gradient[outside] = 1e-30;
  assert.match(
    difference(outputs, { gradient }) ?? "",
    new RegExp(`element ${outside} is .*\\(1 of`),
  );
});

testOnDevices("runKernel() reports a write beyond the end", async (backend) => {
  // The kernel is told of two elements more than its buffer is said to have.
  const given: Case = {
    note: "too long",
    params: { length: 10, operation: NUMBERS.relu },
    inputs: { x: new Source(SEED).floats(10) },
    lengths: { y: 8 },
  };
  await assert.rejects(
    runKernel(backend, pointwise, given),
    /wrote .* to "y"\[8\]; it has 8 elements/,
  );
});

testOnDevices(
  "check() reports a write before the beginning, one at the end of a border, and one to what is only read",
  async (backend) => {
    const [read, write] = [
      { name: "x", access: "read", type: "u32" },
      { name: "x", access: "readwrite", type: "u32" },
    ] as const;
    const strays = [
      { at: -1, binding: write, message: /wrote 7 to "x"\[-1\]; it has 5 elements/ },
      { at: -BORDER, binding: write, message: new RegExp(`"x"\\[-${BORDER}\\]`) },
      { at: 5 + BORDER - 1, binding: write, message: new RegExp(`"x"\\[${5 + BORDER - 1}\\]`) },
      { at: 2, binding: read, message: /"x"\[2\]; it may only read it/ },
    ];
    for (const { at, binding, message } of strays) {
      const memory = new Memory(backend, "five", Uint32Array.of(1, 2, 3, 4, 5));
      assert(memory.buffer instanceof WasmBuffer);
      assert.deepEqual(await memory.check(pointwise, write), Uint32Array.of(1, 2, 3, 4, 5));
      assert.equal(await memory.check(pointwise, read), undefined);
      memory.buffer.address += 4 * at;
      backend.write(memory.buffer, Uint32Array.of(7));
      memory.buffer.address -= 4 * at;
      await assert.rejects(memory.check(pointwise, binding), message);
      memory.free();
    }
  },
  ({ name }) => name.startsWith("wasm"),
);

testOnDevices("runKernel() reports a write behind scratch memory", async (backend) => {
  const size = 64;
  const source = new Source(SEED);
  const given: Case = {
    note: "too little scratch",
    params: { m: size, n: size, k: size, transposeA: 0, transposeB: 0, epilogue: EPILOGUE.none },
    inputs: {
      a: source.floats(size ** 2),
      b: source.floats(size ** 2),
      extra: new Float32Array(4),
    },
    lengths: { c: size ** 2 },
  };
  const greedy: Kernel = {
    ...gemm,
    scratch: () => 64,
    gpu: {
      wgsl: `
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> scratch: array<f32>;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u) {
  scratch[group.x] = 1.0;
  c[group.x] = scratch[group.x];
}
`,
      scratch: () => 64,
      dispatches: () => [{ entry: "main", groups: [17, 1, 1] }],
    },
  };
  await assert.rejects(
    runKernel(backend, greedy, given),
    /"gemm" wrote to word 16 of its scratch memory; it has 16/,
  );
});

onWebgpu(
  "runKernel() reports a write far beyond the end, unless the driver drops it",
  async (backend) => {
    const given: Case = {
      note: "astray",
      params: { length: 4, operation: NUMBERS.relu },
      inputs: { x: new Float32Array(4) },
      lengths: { y: 4 },
    };
    const stray: Kernel = {
      ...pointwise,
      gpu: {
        wgsl: `
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u) {
  y[group.x] = 0.0;
  y[10000000u + group.x] = 1.0;
}
`,
        dispatches: () => [{ entry: "main", groups: [4, 1, 1] }],
      },
    };
    const found = await runKernel(backend, stray, given).then(({ y }) => y.join(), String);
    // SwiftShader puts it on the last element of the binding, which is the end of the border.
    const placed = backend.info.description.includes("SwiftShader");
    if (placed || found !== "0,0,0,0") {
      assert.match(found, new RegExp(`wrote 1 to "y"\\[${4 + BORDER - 1}\\]; it has 4 elements`));
    }
  },
);

onWebgpu(
  "runKernel() hands scratch memory over as another kernel may leave it",
  async (backend) => {
    const given: Case = {
      note: "reads what it never wrote",
      params: { length: 4, operation: NUMBERS.relu },
      inputs: { x: new Float32Array(4) },
      lengths: { y: 4 },
    };
    const hopeful: Kernel = {
      ...pointwise,
      gpu: {
        wgsl: `
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<storage, read_write> scratch: array<u32>;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u) {
  y[group.x] = scratch[group.x];
}
`,
        scratch: () => 16,
        dispatches: () => [{ entry: "main", groups: [4, 1, 1] }],
      },
    };
    const { y } = await runKernel(backend, hopeful, given);
    assert.deepEqual([...new Uint32Array(y.buffer, y.byteOffset, 4)], Array(4).fill(POISON));
  },
);

/** A product of several rows, every one of them different, without an epilogue. */
function someProduct(): Case {
  const source = new Source(SEED);
  const [rows, inputs, columns] = [7, 33, 64];
  const lists = drawLists(source, { rows, inputs, k: 5 });
  return {
    note: "some product",
    params: {
      rows,
      inputs,
      columns,
      capacity: lists.index.length,
      wide: 0,
      epilogue: EPILOGUE.none,
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, 0),
      values: drawValues(source, lists),
      x: source.floats(inputs * columns),
      extra: new Float32Array(4),
    },
    lengths: { y: rows * columns },
  };
}
