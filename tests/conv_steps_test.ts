/**
 * Convolutions whose sums have more terms than the loops of an invocation may take steps, over ones: such sums are exact.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { EPILOGUE, EPILOGUE_FORMS, NORM } from "../src/ops/kernels/constants.ts";
import {
  conv,
  convBlockSddmm,
  convGradient,
  convGrowthCandidates,
  convSddmm,
  convTransposed,
} from "../src/ops/kernels/mod.ts";
import { NUMBERS } from "../src/ops/pointwise/numbers.ts";
import { runKernel } from "./conformance/harness.ts";
import { type TestDevice, testOnDevices } from "./devices.ts";

const COLUMNS = 32;

/** Channels or rows under windows of nine taps. */
const DEPTH = 20_000;

/** Windows that see the whole image of 3 x 3 pixels. */
const SMALL = {
  ...{ height: 3, width: 3, kernelHeight: 3, kernelWidth: 3, stride: 1, columns: COLUMNS },
  note: "ones",
};

/** Height and width of a large image. */
const SIDE = 530;

/** Elements of a large image. */
const ELEMENTS = SIDE * SIDE * COLUMNS;

const LARGE = {
  ...{ rows: 1, channels: 1, height: SIDE, width: SIDE, kernelHeight: 1, kernelWidth: 1 },
  ...{ stride: 1, padding: 0, outHeight: SIDE, outWidth: SIDE, columns: COLUMNS },
};

test("conv() adds every channel, then its bias", async (backend) => {
  const { note, ...windows } = SMALL;
  const shape = { rows: 1, channels: DEPTH, padding: 0, outHeight: 1, outWidth: 1 };
  const { y } = await runKernel(backend, conv, {
    note,
    params: { ...windows, ...shape, epilogue: EPILOGUE.bias + EPILOGUE_FORMS * NUMBERS.relu },
    inputs: { weight: ones(9 * DEPTH), x: ones(9 * DEPTH * COLUMNS), extra: ones(1) },
    lengths: { y: COLUMNS },
  });
  assert.deepEqual(y, ones(COLUMNS, 9 * DEPTH + 1));
});

test("conv_transposed() adds every row, then asks its gate", async (backend) => {
  const { note, ...windows } = SMALL;
  const shape = { rows: DEPTH, channels: 1, padding: 1, outHeight: 3, outWidth: 3 };
  // The gate is closed at one corner. A pixel sees 4, 6 or 9 pixels of dy.
  const extra = ones(9 * COLUMNS).fill(0, 8 * COLUMNS);
  const { dx } = await runKernel(backend, convTransposed, {
    note,
    params: { ...windows, ...shape, epilogue: EPILOGUE.gate + EPILOGUE_FORMS * NUMBERS.relu },
    inputs: { weight: ones(9 * DEPTH), dy: ones(9 * DEPTH * COLUMNS), extra },
    lengths: { dx: 9 * COLUMNS },
  });
  [4, 6, 4, 6, 9, 6, 4, 6, 0].forEach((windows, pixel) => {
    const part = dx.subarray(pixel * COLUMNS, (pixel + 1) * COLUMNS);
    assert.deepEqual([...part], [...ones(COLUMNS, windows * DEPTH)], `pixel ${pixel}`);
  });
});

test("conv_gradient(), conv_sddmm(), conv_block_sddmm() and conv_growth_candidates() add every pixel", async (backend) => {
  const images = { dy: ones(ELEMENTS), x: ones(ELEMENTS) };
  const index = new Uint32Array(4);
  const dense = await runKernel(backend, convGradient, {
    note: "ones",
    params: LARGE,
    inputs: images,
    lengths: { gradient: 1 },
  });
  assert.deepEqual([...dense.gradient], [ELEMENTS]);
  const { gradient } = await runKernel(backend, convSddmm, {
    note: "ones",
    params: { ...LARGE, capacity: 4, wide: 0 },
    inputs: { ...images, span: Uint32Array.of(0, 1), index },
    lengths: { gradient: 4 },
  });
  assert.deepEqual([...gradient], [ELEMENTS, 0, 0, 0]);
  const group = { unitHeight: 4, unitWidth: 1 };
  const { gradient: ofGroup } = await runKernel(backend, convBlockSddmm, {
    note: "ones",
    params: { ...LARGE, capacity: 4, wide: 0, ...group },
    inputs: { ...images, span: Uint32Array.of(0, 1), index },
    lengths: { gradient: 16 },
  });
  assert.deepEqual([...ofGroup], [ELEMENTS, ...new Array<number>(15).fill(0)]);
  const { input, score } = await runKernel(backend, convGrowthCandidates, {
    note: "ones",
    params: {
      ...{ ...LARGE, wide: 0, count: 1, unitHeight: 1, unitWidth: 1 },
      ...{ segment: 1, norm: NORM.l1 },
    },
    inputs: { ...images, span: new Uint32Array(2), index },
    lengths: { input: 1, score: 1 },
  });
  assert.deepEqual([input[0], score[0]], [0, ELEMENTS]);
});

function test(name: string, body: (backend: Backend) => Promise<void>): void {
  testOnDevices(name, body, (device: TestDevice) => device.name === "webgpu");
}

function ones(length: number, value = 1): Float32Array {
  return new Float32Array(length).fill(value);
}
