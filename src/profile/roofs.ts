/**
 * The roofs of a device: what limits every kernel on it, measured on the spot. Arrays of growing size that are copied and summed
 * (small ones come from a cache), the multiply-add peak, our best dense product, and what a call costs that does nothing.
 *
 * @module
 */
import type { Backend, KernelCall } from "../device/backend.ts";
import { EPILOGUE } from "../ops/kernels/constants.ts";
import { add, gemm, pointwise, rowSum } from "../ops/kernels/mod.ts";
import { multiplyAddPeak } from "./peak.ts";

/** How fast arrays of one size go through a kernel that hardly computes. */
export interface Bandwidth {
  /** Bytes read and written by one call. */
  readonly bytes: number;
  /** Bytes per second: the fastest of a copy, of a sum of two arrays and of the sums of an array's rows. */
  readonly bytesPerSecond: number;
}

/** See the module comment. */
export interface Roofs {
  /** From the smallest to the largest arrays; the last ones come from memory. */
  readonly bandwidths: readonly Bandwidth[];
  /** Multiply-adds in registers: floating-point operations per second. */
  readonly peak: number;
  /** The fastest of the three dense products of 1024 x 1024 matrices: floating-point operations per second. */
  readonly product: number;
  /** Seconds of a call that does next to nothing; every call takes that long at least. */
  readonly callSeconds: number;
}

/** Bytes that are moved. */
const MOVED = [1 << 18, 1 << 21, 1 << 24, 1 << 27] as const;

/** Columns of the rows that are summed. */
const COLUMNS = 256;

/** Rows and columns of the dense product. */
const SIDE = 1024;

/** Milliseconds to spend on a kernel; of all its calls the fastest counts, because others may want the cores too. */
const MILLISECONDS = 120;

/** Calls in a list. */
const CALLS = 2;

/**
 * Measures the roofs of a device; takes a second or two.
 *
 * @throws {TypeError} if the device cannot measure.
 */
export async function measureRoofs(backend: Backend): Promise<Roofs> {
  const bandwidths: Bandwidth[] = [];
  for (const bytes of MOVED) {
    const rates = [
      await copyRate(backend, bytes / 8),
      await sumRate(backend, bytes / 16),
      await rowRate(backend, bytes / 4),
    ];
    bandwidths.push({ bytes, bytesPerSecond: Math.max(...rates) });
  }
  const square = { m: SIDE, n: SIDE, k: SIDE, epilogue: EPILOGUE.none };
  const bytes = 4 * SIDE * SIDE;
  let product = 0;
  for (const [transposeA, transposeB] of [[0, 0], [1, 0], [0, 1]]) {
    const seconds = await fastest(backend, [bytes, bytes, 16, bytes], (buffers) => ({
      kernel: gemm,
      buffers,
      params: { ...square, transposeA, transposeB },
    }));
    product = Math.max(product, 2 * SIDE ** 3 / seconds);
  }
  // Whatever a product reached is possible, even if other processes kept the loop from it.
  const peak = Math.max(product, await multiplyAddPeak(backend));
  const callSeconds = await fastest(backend, [16, 16], (buffers) => ({
    kernel: pointwise,
    buffers,
    params: { length: 4, operation: 0 },
  }));
  return { bandwidths, peak, product, callSeconds };
}

/** Bytes per second where as many bytes are moved as by a kernel, or a few more: both then live in the same cache, or in none. */
export function bandwidthFor({ bandwidths }: Roofs, bytes: number): number {
  const fits = bandwidths.find((each) => each.bytes >= bytes) ?? bandwidths[bandwidths.length - 1];
  return fits.bytesPerSecond;
}

/** Bytes per second of a copy of `length` numbers. */
async function copyRate(backend: Backend, length: number): Promise<number> {
  const seconds = await fastest(backend, [4 * length, 4 * length], (buffers) => ({
    kernel: pointwise,
    buffers,
    params: { length, operation: 0 },
  }));
  return 8 * length / seconds;
}

/** Bytes per second of the sum of two arrays of `length` numbers. */
async function sumRate(backend: Backend, length: number): Promise<number> {
  const seconds = await fastest(backend, [4 * length, 4 * length, 4 * length], (buffers) => ({
    kernel: add,
    buffers,
    params: { length },
  }));
  return 12 * length / seconds;
}

/** Bytes per second of the sums of the rows of `length` numbers. */
async function rowRate(backend: Backend, length: number): Promise<number> {
  const rows = length / COLUMNS;
  const seconds = await fastest(backend, [4 * length, 4 * rows], (buffers) => ({
    kernel: rowSum,
    buffers,
    params: { rows, columns: COLUMNS },
  }));
  return 4 * (length + rows) / seconds;
}

/** Seconds of the fastest of many calls of a kernel on zeros. */
async function fastest(
  backend: Backend,
  sizes: readonly number[],
  callOf: (buffers: KernelCall["buffers"]) => KernelCall,
): Promise<number> {
  const buffers = sizes.map((bytes, i) => backend.allocate(bytes, `roof ${i}`));
  try {
    const call = callOf(buffers);
    const executable = await backend.compile(Array.from({ length: CALLS }, () => call));
    // The first list does not count: its memory is touched, and its code compiled, for the first time.
    await backend.measure(executable);
    const end = performance.now() + MILLISECONDS;
    let best = Infinity;
    do best = Math.min(best, ...await backend.measure(executable)); while (performance.now() < end);
    backend.release(executable);
    return best;
  } finally {
    for (const buffer of buffers) backend.free(buffer);
  }
}
