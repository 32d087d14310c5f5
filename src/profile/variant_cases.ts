/**
 * The shapes on which variants are measured: one for each class of the kernels' `shapeClass`.
 *
 * @module
 */
import type { Kernel, Params } from "../device/kernel.ts";
import { batchedProduct, convBlockSpmm, gemm, gemmAdd, sddmm, spmm } from "../ops/kernels/mod.ts";

/** A call of a kernel on one shape. */
export interface VariantCase {
  /** The kernel. */
  readonly kernel: Kernel;
  /** Its parameters. */
  readonly params: Params;
  /** Content of the bindings that hold no normal numbers. */
  readonly inputs: Readonly<Record<string, Uint32Array<ArrayBuffer>>>;
  /** Elements of the others. */
  readonly lengths: Readonly<Record<string, number>>;
}

/** A layer: outputs, inputs, examples, connections of a row. */
type Layer = readonly [rows: number, inputs: number, columns: number, fanIn?: number];

/** Small, medium and large. */
const DENSE: readonly Layer[] = [[128, 256, 64], [512, 512, 128], [1024, 1024, 256]];

/** The same, with short and with long lists. */
const SPARSE: readonly Layer[] = [
  [256, 256, 64, 16],
  [256, 256, 64, 64],
  [1024, 1024, 256, 52],
  [1024, 1024, 256, 104],
  [8192, 4096, 512, 60],
  [4096, 4096, 256, 204],
];

/** Products of matrices for every group and column: groups, rows, columns, terms of the sum, examples. */
const BATCHED = [[4, 16, 16, 16, 32], [8, 64, 64, 32, 32], [8, 128, 128, 32, 128]] as const;

/** Convolutions of 3 x 3 windows by groups: filters, channels, side of the image, examples, inputs of a group. */
const CONVOLUTIONS = [[32, 16, 7, 32, 8], [64, 64, 14, 64, 32], [128, 128, 14, 256, 60]] as const;

/** Rows of a group: fewer than a large tile has, and as many. */
const GROUPS = [4, 16] as const;

/** All cases. */
export function* variantCases(): Generator<VariantCase> {
  for (const [groups, m, n, k, columns] of BATCHED) {
    yield {
      kernel: batchedProduct,
      params: { groups, m, n, k, columns, transposeA: 0, transposeB: 0 },
      inputs: {},
      lengths: {
        a: groups * m * k * columns,
        b: groups * k * n * columns,
        c: groups * m * n * columns,
      },
    };
  }
  for (const [rows, inputs, columns] of DENSE) {
    // Forward, gradient of the input, gradient of the weights.
    yield* dense(rows, columns, inputs, 0, 0);
    yield* dense(inputs, columns, rows, 1, 0);
    yield* dense(rows, inputs, columns, 0, 1);
  }
  for (const [rows, inputs, columns, fanIn = 1] of SPARSE) {
    const params = { rows, inputs, columns, capacity: rows * fanIn, wide: 0 };
    const lists = { span: spans(rows, fanIn), index: indices(rows, inputs, fanIn) };
    const lengths = { values: rows * fanIn, x: inputs * columns, extra: rows };
    yield {
      kernel: spmm,
      params: { ...params, epilogue: 0 },
      inputs: lists,
      lengths: { ...lengths, y: rows * columns },
    };
    yield {
      kernel: sddmm,
      params,
      inputs: lists,
      lengths: { ...lengths, dy: rows * columns, gradient: rows * fanIn },
    };
  }
  yield* convolutions();
}

/** Convolutions by groups. */
function* convolutions(): Generator<VariantCase> {
  for (const [rows, channels, side, columns, fanIn] of CONVOLUTIONS) {
    const image = { channels, height: side, width: side, kernelHeight: 3, kernelWidth: 3 };
    const windows = { stride: 1, padding: 1, outHeight: side, outWidth: side, columns };
    for (const unitHeight of GROUPS) {
      const lists = rows / unitHeight;
      const capacity = lists * fanIn;
      const unit = { capacity, wide: 0, epilogue: 0, unitHeight, unitWidth: 1 };
      yield {
        kernel: convBlockSpmm,
        params: { rows, ...image, ...windows, ...unit },
        inputs: { span: spans(lists, fanIn), index: indices(lists, 9 * channels, fanIn) },
        lengths: {
          values: rows * fanIn,
          x: channels * side ** 2 * columns,
          extra: rows,
          y: rows * side ** 2 * columns,
        },
      };
    }
  }
}

/** A dense product, by itself and added to what is there. */
function* dense(
  m: number,
  n: number,
  k: number,
  transposeA: number,
  transposeB: number,
): Generator<VariantCase> {
  const params = { m, n, k, transposeA, transposeB };
  const lengths = { a: m * k, b: k * n, extra: m, c: m * n };
  yield { kernel: gemm, params: { ...params, epilogue: 0 }, inputs: {}, lengths };
  yield { kernel: gemmAdd, params, inputs: {}, lengths };
}

/** Begin and end of every list. */
function spans(rows: number, fanIn: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: 2 * rows }, (_, i) => Math.floor((i + 1) / 2) * fanIn);
}

/** Inputs spread over a row, another one first in each row, in halves of words. */
function indices(rows: number, inputs: number, fanIn: number): Uint32Array<ArrayBuffer> {
  const halves = new Uint16Array(rows * fanIn);
  const step = inputs / fanIn;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < fanIn; i++) {
      // A multiple of a large prime is as good as a draw here.
      const within = ((row * fanIn + i) * 7919) % Math.max(1, Math.floor(step));
      halves[row * fanIn + i] = Math.floor(i * step) + within;
    }
  }
  return new Uint32Array(halves.buffer);
}
