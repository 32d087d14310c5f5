/**
 * `step/fan-in/...`: one training step of a sparse layer against the same step of our own dense layer: forward with bias,
 * gradients of input, weights and bias, AdamW. Before anything is timed, both are compared with each other on the same
 * weights, the sparse one expanded.
 *
 * @module
 */
import type { Backend, KernelCall } from "../src/device/backend.ts";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { adamw, gemm, permute, rowSum, sddmm, spmm } from "../src/ops/kernels/mod.ts";
import {
  drawLists,
  drawValues,
  type Lists,
  pack,
  Source,
  transpose,
} from "../tests/arbitraries.ts";
import { Bench, runsFor } from "./buffers.ts";
import { alternate, type Comparison } from "./measure.ts";

/** Size of the layer and of its batch. */
export interface LayerShape {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Examples, a multiple of 32. */
  readonly columns: number;
  /** Share of absent connections. */
  readonly sparsity: number;
}

/** A layer's step, sparse and dense, ready to run. */
export interface LayerSteps {
  /** Runs the sparse step a number of times. */
  readonly sparse: (times: number) => Promise<void>;
  /** Runs the dense step a number of times. */
  readonly dense: (times: number) => Promise<void>;
  /** Bits of the sparse layer's weights. */
  weights(): Promise<Uint32Array>;
  /** Gives the memory back. */
  release(): void;
}

/** Dense time over sparse time of a step; milliseconds are of one step. */
export async function compareLayer(backend: Backend, shape: LayerShape): Promise<Comparison> {
  const steps = await openLayer(backend, shape);
  const milliseconds = backend.name === "webgpu" ? 300 : 60;
  const denseRuns = await runsFor(steps.dense, milliseconds);
  const sparseRuns = await runsFor(steps.sparse, milliseconds);
  const { first, second, quartiles } = await alternate(
    () => steps.dense(denseRuns),
    () => steps.sparse(sparseRuns),
    backend.name === "webgpu" ? 9 : 15,
  );
  steps.release();
  const scale = sparseRuns / denseRuns;
  return {
    first: first / denseRuns,
    second: second / sparseRuns,
    ratio: first / second * scale,
    quartiles: [quartiles[0] * scale, quartiles[1] * scale],
  };
}

/**
 * Puts both layers on a backend and checks them.
 *
 * @throws {Error} if the two do not agree.
 */
export async function openLayer(backend: Backend, shape: LayerShape): Promise<LayerSteps> {
  const { rows, inputs, columns, sparsity } = shape;
  const source = new Source(1);
  const k = Math.round(inputs * (1 - sparsity));
  const lists = drawLists(source, { rows, inputs, k });
  const view = transpose(lists);
  const values = drawValues(source, lists).map((x) => x * Math.sqrt(2 / k));

  const bench = new Bench(backend);
  bench.put("x", source.floats(inputs * columns));
  bench.put("dy", source.floats(rows * columns).map((x) => x / columns));
  bench.put("clip", new Float32Array([1, 0]));
  bench.putStep(columns, 1e-3);
  bench.put("span", lists.span);
  bench.put("index", pack(lists.index, 0));
  bench.put("columnSpan", view.span);
  bench.put("rowOf", pack(view.index, 0));
  bench.put("slotOf", view.slot);
  putState(bench, "sparse", values, shape);
  putState(bench, "dense", expand(lists, values), shape);
  bench.put("permuted", view.slot.length);

  const sparseCalls = recordSparse(bench, shape, lists.index.length, view.slot.length);
  const denseCalls = recordDense(bench, shape);
  await checkAgreement(bench, lists, sparseCalls, denseCalls);
  return {
    sparse: await bench.program(sparseCalls),
    dense: await bench.program(denseCalls),
    weights: async () => new Uint32Array((await bench.read("sparse values")).buffer),
    release: () => bench.release(),
  };
}

function putState(bench: Bench, of: string, values: Float32Array, shape: LayerShape): void {
  const { rows, inputs, columns } = shape;
  bench.put(`${of} values`, values);
  bench.put(`${of} y`, rows * columns);
  bench.put(`${of} dx`, inputs * columns);
  bench.put(`${of} gradient`, values.length);
  for (const [name, length] of [["values", values.length], ["bias", rows]] as const) {
    bench.put(`${of} m of ${name}`, new Float32Array(length));
    bench.put(`${of} v of ${name}`, new Float32Array(length));
  }
  bench.put(`${of} bias`, new Float32Array(rows));
  bench.put(`${of} bias gradient`, rows);
}

function recordSparse(
  bench: Bench,
  { rows, inputs, columns }: LayerShape,
  capacity: number,
  viewCapacity: number,
): KernelCall[] {
  const product = { rows, inputs, columns, capacity, wide: 0 };
  const back = { rows: inputs, inputs: rows, columns, capacity: viewCapacity, wide: 0 };
  return [
    bench.call(spmm, ["span", "index", "sparse values", "x", "sparse bias", "sparse y"], {
      ...product,
      epilogue: EPILOGUE.bias,
    }),
    bench.call(permute, ["slotOf", "sparse values", "permuted"], { length: viewCapacity }),
    bench.call(spmm, ["columnSpan", "rowOf", "permuted", "dy", "clip", "sparse dx"], {
      ...back,
      epilogue: EPILOGUE.none,
    }),
    bench.call(sddmm, ["span", "index", "dy", "x", "sparse gradient"], product),
    ...recordUpdates(bench, "sparse", rows, columns, capacity),
  ];
}

function recordDense(bench: Bench, { rows, inputs, columns }: LayerShape): KernelCall[] {
  const forward = { m: rows, n: columns, k: inputs, transposeA: 0, transposeB: 0 };
  const backX = { m: inputs, n: columns, k: rows, transposeA: 1, transposeB: 0 };
  const backW = { m: rows, n: inputs, k: columns, transposeA: 0, transposeB: 1 };
  return [
    bench.call(gemm, ["dense values", "x", "dense bias", "dense y"], {
      ...forward,
      epilogue: EPILOGUE.bias,
    }),
    bench.call(gemm, ["dense values", "dy", "clip", "dense dx"], {
      ...backX,
      epilogue: EPILOGUE.none,
    }),
    bench.call(gemm, ["dy", "x", "clip", "dense gradient"], { ...backW, epilogue: EPILOGUE.none }),
    ...recordUpdates(bench, "dense", rows, columns, rows * inputs),
  ];
}

function recordUpdates(
  bench: Bench,
  of: string,
  rows: number,
  columns: number,
  length: number,
): KernelCall[] {
  const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
  const update = (values: string, gradient: string, name: string, length: number): KernelCall =>
    bench.call(
      adamw,
      [values, gradient, `${of} m of ${name}`, `${of} v of ${name}`, "clip", "step"],
      { ...settings, length },
    );
  return [
    bench.call(rowSum, ["dy", `${of} bias gradient`], { rows, columns }),
    update(`${of} values`, `${of} gradient`, "values", length),
    update(`${of} bias`, `${of} bias gradient`, "bias", rows),
  ];
}

/**
 * Runs one step of each and compares what they compute, what they differentiate, and the moments. (The weights themselves
 * move by the sign of their gradient at first, so those near 0 may go either way.)
 */
async function checkAgreement(
  bench: Bench,
  lists: Lists,
  sparseCalls: readonly KernelCall[],
  denseCalls: readonly KernelCall[],
): Promise<void> {
  await (await bench.program(sparseCalls))(1);
  await (await bench.program(denseCalls))(1);
  for (const name of ["y", "dx", "bias gradient"]) {
    compare(name, await bench.read(`sparse ${name}`), await bench.read(`dense ${name}`));
  }
  for (const name of ["gradient", "m of values"]) {
    const sparse = expand(lists, await bench.read(`sparse ${name}`));
    const dense = await bench.read(`dense ${name}`);
    const ones = expand(lists, new Float32Array(lists.index.length).fill(1));
    compare(name, sparse, dense.map((value, i) => ones[i] * value));
  }
}

/** Both sum at most a thousand terms, in different orders: a ten-thousandth of the largest element is far more than rounding. */
function compare(name: string, sparse: Float32Array, dense: Float32Array): void {
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < dense.length; i++) {
    largest = Math.max(largest, Math.abs(dense[i]));
    const error = Math.abs(sparse[i] - dense[i]);
    if (!(error <= worst)) worst = error; // NaN too.
  }
  if (!(worst <= 1e-4 * largest) || largest === 0) {
    throw new Error(
      `Cannot time the layer: "${name}" of the sparse and the dense step differ by ${worst}; ` +
        `the largest element is ${largest}`,
    );
  }
}

function expand({ rows, inputs, span, index }: Lists, values: Float32Array): Float32Array {
  const dense = new Float32Array(rows * inputs);
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      dense[row * inputs + index[slot]] = values[slot];
    }
  }
  return dense;
}
