/**
 * `batched/...`: products of matrices for every head and example, as attention has them, against our own dense product: the
 * operations per second of one over those of the other.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { batchedProduct, gemm } from "../src/ops/kernels/mod.ts";
import { Source } from "../tests/arbitraries.ts";
import { ORACLES } from "../tests/oracle/mod.ts";
import { Bench, runsFor } from "./buffers.ts";
import { type BenchCase, plain, relaxed, round } from "./case.ts";
import { alternate } from "./measure.ts";

/** Products of four heads of 32 features over 64 positions, 32 examples. */
const PRODUCTS = {
  scores: { groups: 4, m: 64, n: 64, k: 32, columns: 32, transposeA: 1, transposeB: 0 },
  context: { groups: 4, m: 32, n: 64, k: 64, columns: 32, transposeA: 0, transposeB: 1 },
} as const;

type Product = keyof typeof PRODUCTS;

/** Side of the dense product. */
const SIDE = 512;

/** The products of attention on WASM. */
export function* batchedCases(): Generator<BenchCase> {
  for (const product of Object.keys(PRODUCTS) as Product[]) {
    for (const open of [plain, relaxed]) {
      yield {
        name: `batched/${product}`,
        unit: "rate / rate of the dense product",
        open,
        run: (backend) => compare(backend, product),
      };
    }
  }
}

/**
 * Times a product in turn with the dense one.
 *
 * @throws {Error} if it is wrong.
 */
async function compare(backend: Backend, product: Product) {
  const params = PRODUCTS[product];
  const { groups, m, n, k, columns } = params;
  const source = new Source(4);
  const bench = new Bench(backend);
  try {
    const a = source.floats(groups * m * k * columns);
    const b = source.floats(groups * k * n * columns);
    bench.put("a", a);
    bench.put("b", b);
    bench.put("c", groups * m * n * columns);
    for (const name of ["left", "right"]) bench.put(name, source.floats(SIDE * SIDE));
    bench.put("extra", new Float32Array(4));
    bench.put("dense", SIDE * SIDE);
    const square = { m: SIDE, n: SIDE, k: SIDE, transposeA: 0, transposeB: 0 };
    const dense = { ...square, epilogue: EPILOGUE.none };
    const run = await bench.program([bench.call(batchedProduct, ["a", "b", "c"], params)]);
    const runDense = await bench.program([
      bench.call(gemm, ["left", "right", "extra", "dense"], dense),
    ]);
    await run(1);
    check(await bench.read("c"), ORACLES.batched_product({ a, b }, params).c);
    const times = [await runsFor(runDense, 60), await runsFor(run, 60)];
    const found = await alternate(() => runDense(times[0]), () => run(times[1]), 15);
    const flops = 2 * groups * m * n * k * columns * times[1];
    const denseFlops = 2 * SIDE ** 3 * times[0];
    const gflops = round(flops / found.second / 1e6);
    const denseGflops = round(denseFlops / found.first / 1e6);
    return { ratio: found.ratio * flops / denseFlops, details: { gflops, denseGflops } };
  } finally {
    bench.release();
  }
}

function check(got: Float32Array, { value, bound }: { value: Float64Array; bound: Float64Array }) {
  const wrong = got.findIndex((number, i) => !(Math.abs(number - value[i]) <= bound[i]));
  if (wrong >= 0) throw new Error(`Cannot time the product: element ${wrong} is ${got[wrong]}`);
}
