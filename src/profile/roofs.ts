/**
 * The roofs of a device: what limits every kernel on it, measured on the spot. Copies of arrays of growing size (a small one
 * comes from a cache), the multiply-add peak, and our best dense product.
 *
 * @module
 */
import type { Backend, KernelCall } from "../device/backend.ts";
import { EPILOGUE } from "../ops/kernels/constants.ts";
import { gemm, relu } from "../ops/kernels/mod.ts";
import { multiplyAddPeak } from "./peak.ts";

/** How fast arrays of one size are copied. */
export interface CopySpeed {
  /** Bytes read and written by one copy. */
  readonly bytes: number;
  /** Bytes per second, both ways. */
  readonly bytesPerSecond: number;
}

/** See the module comment. */
export interface Roofs {
  /** Copies, from the smallest to the largest arrays; the last ones come from memory. */
  readonly copies: readonly CopySpeed[];
  /** Multiply-adds in registers: floating-point operations per second. */
  readonly peak: number;
  /** The fastest of the three dense products of 1024 x 1024 matrices: floating-point operations per second. */
  readonly product: number;
}

/** Bytes of the arrays that are copied. */
const COPIES = [1 << 17, 1 << 20, 1 << 23, 1 << 26] as const;

/** Rows and columns of the dense product. */
const SIDE = 1024;

/** Milliseconds to spend on a kernel; of all its calls the fastest counts, because others may want the cores too. */
const MILLISECONDS = 200;

/** Calls in a list. */
const CALLS = 2;

/**
 * Measures the roofs of a device; takes a second or two.
 *
 * @throws {TypeError} if the device cannot measure.
 */
export async function measureRoofs(backend: Backend): Promise<Roofs> {
  const copies: CopySpeed[] = [];
  for (const size of COPIES) {
    const seconds = await fastest(backend, [size, size], (buffers) => ({
      kernel: relu,
      buffers,
      params: { length: size / 4 },
    }));
    copies.push({ bytes: 2 * size, bytesPerSecond: 2 * size / seconds });
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
  return { copies, peak, product };
}

/** Bytes per second of a copy that moves as many bytes as a kernel, or a few more: both then live in the same cache, or in none. */
export function bandwidthFor({ copies }: Roofs, bytes: number): number {
  const fits = copies.find((copy) => copy.bytes >= bytes) ?? copies[copies.length - 1];
  return fits.bytesPerSecond;
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
