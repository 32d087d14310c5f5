/**
 * `dense/peak-share`: our dense product against the multiply-add peak of the core, in all three orientations. A sparse kernel's
 * ratio says little where the dense one is slow.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { gemm } from "../src/ops/kernels/mod.ts";
import { Source } from "../tests/arbitraries.ts";
import { Bench, runsFor } from "./buffers.ts";
import { median } from "./measure.ts";
import { openPeak, type PeakKind } from "./peak.ts";

/** What {@linkcode measureDense} found. */
export interface DenseShare {
  /** Operations per second of the product over those of the peak. */
  readonly share: number;
  /** 10^9 operations per second of the product. */
  readonly product: number;
  /** 10^9 operations per second of the peak. */
  readonly peak: number;
}

/** The ways in which a layer multiplies: forward, gradient of the input, gradient of the weight. */
export const ORIENTATIONS = {
  forward: { transposeA: 0, transposeB: 0 },
  "input-gradient": { transposeA: 1, transposeB: 0 },
  "weight-gradient": { transposeA: 0, transposeB: 1 },
} as const;

/**
 * Times a square product of `size` in turn with the peak.
 *
 * @throws {Error} if the product is wrong.
 */
export async function measureDense(
  backend: Backend,
  size: number,
  orientation: keyof typeof ORIENTATIONS,
  kind: PeakKind,
): Promise<DenseShare> {
  const { transposeA, transposeB } = ORIENTATIONS[orientation];
  const source = new Source(2);
  const [a, b] = [source.floats(size * size), source.floats(size * size)];
  const bench = new Bench(backend);
  bench.put("a", a);
  bench.put("b", b);
  bench.put("extra", new Float32Array(4));
  bench.put("c", size * size);
  const params = { m: size, n: size, k: size, transposeA, transposeB, epilogue: EPILOGUE.none };
  const run = await bench.program([bench.call(gemm, ["a", "b", "extra", "c"], params)]);
  await run(1);
  checkProduct(a, b, await bench.read("c"), size, transposeA, transposeB);

  const peak = await openPeak(kind);
  const times = await runsFor(run, 60);
  const products: number[] = [];
  const peaks: number[] = [];
  for (let round = 0; round < 15; round++) {
    const start = performance.now();
    await run(times);
    const milliseconds = performance.now() - start;
    products.push(2 * size ** 3 * times / (milliseconds / 1000));
    peaks.push(peak(milliseconds));
  }
  bench.release();
  const [product, most] = [median(products), median(peaks)];
  return { share: product / most, product: product / 1e9, peak: most / 1e9 };
}

/** Checks two hundred elements spread over the product. */
function checkProduct(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  size: number,
  transposeA: number,
  transposeB: number,
): void {
  for (let sample = 0; sample < 200; sample++) {
    const at = Math.floor(sample * (size * size - 1) / 199);
    const [row, column] = [Math.floor(at / size), at % size];
    let sum = 0;
    let magnitude = 0;
    for (let i = 0; i < size; i++) {
      const product = (transposeA ? a[i * size + row] : a[row * size + i]) *
        (transposeB ? b[column * size + i] : b[i * size + column]);
      sum += product;
      magnitude += Math.abs(product);
    }
    if (!(Math.abs(c[at] - sum) <= (size + 2) * 2 ** -23 * magnitude)) {
      throw new Error(`Cannot time the product: element ${at} is ${c[at]}; expected ${sum}`);
    }
  }
}
