/**
 * `product/...`: the three sparse products of a layer, one kernel at a time, for every kind of unit, against our own dense
 * product of the same matrix. Each is compared with the dense product over the expanded weights before it is timed.
 *
 * @module
 */
import type { Backend, KernelCall } from "../src/device/backend.ts";
import { LIST_TILE, roundUp } from "../src/device/kernel.ts";
import { EPILOGUE, NONE } from "../src/ops/kernels/constants.ts";
import {
  blockSddmm,
  blockSpmm,
  blockTranspose,
  gemm,
  groupSpmmTransposed,
  permute,
  sddmm,
  spmm,
  unpackSegments,
} from "../src/ops/kernels/mod.ts";
import { Source } from "../tests/arbitraries.ts";
import { Bench, runsFor } from "./buffers.ts";
import { alternate, type Comparison } from "./measure.ts";

/** A matrix of units, all lists of one length. */
export interface UnitShape {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Examples. */
  readonly columns: number;
  /** Share of connections that exist. */
  readonly density: number;
  /** Rows of a unit. */
  readonly height: number;
  /** Inputs of a unit. */
  readonly width: number;
  /** Lengths of the lists that vary from none to twice the mean. */
  readonly uneven?: boolean;
  /** Connections in every segment of so many inputs, instead of a density. */
  readonly segments?: { readonly n: number; readonly m: number };
}

/** The products of a layer. */
export type Product = "forward" | "input" | "weight";

/** What {@linkcode compareProduct} found. */
export interface ProductFigures extends Comparison {
  /** 10^9 operations per second of the sparse product. */
  readonly gflops: number;
  /** 10^9 operations per second of the dense product. */
  readonly denseGflops: number;
}

/** Lists of units and where they come from. */
interface Units {
  readonly span: Uint32Array;
  readonly index: Uint32Array;
  /** Slots of the entries, in a transposed view. */
  readonly slot: Uint32Array;
}

/**
 * Dense time over sparse time of one product.
 *
 * @throws {Error} if the two do not agree.
 */
export async function compareProduct(
  backend: Backend,
  product: Product,
  shape: UnitShape,
): Promise<ProductFigures> {
  const { rows, inputs, columns } = shape;
  const source = new Source(3);
  const lists = drawUnits(source, shape);
  const count = active(lists) * shape.height * shape.width;
  const bench = new Bench(backend);
  try {
    const { sparse, dense } = build(bench, source, product, shape, lists);
    const runSparse = await bench.program(sparse);
    const runDense = await bench.program(dense);
    await runSparse(1);
    await runDense(1);
    const [got, expected] = [await bench.read("sparse"), await bench.read("dense")];
    if (product === "weight") {
      const mask = expandValues(shape, lists, maskValues(shape, lists));
      check(expandValues(shape, lists, got), expected.map((value, i) => mask[i] * value));
    } else {
      check(got, expected);
    }
    const milliseconds = backend.name === "webgpu" ? 300 : 60;
    const [denseRuns, sparseRuns] = [
      await runsFor(runDense, milliseconds),
      await runsFor(runSparse, milliseconds),
    ];
    const found = await alternate(
      () => runDense(denseRuns),
      () => runSparse(sparseRuns),
      backend.name === "webgpu" ? 9 : 15,
    );
    const [first, second] = [found.first / denseRuns, found.second / sparseRuns];
    const scale = sparseRuns / denseRuns;
    return {
      first,
      second,
      ratio: first / second,
      quartiles: [found.quartiles[0] * scale, found.quartiles[1] * scale],
      gflops: 2 * count * columns / second / 1e6,
      denseGflops: 2 * rows * inputs * columns / first / 1e6,
    };
  } finally {
    bench.release();
  }
}

/** Puts the data of a product on the backend; gives the calls of the sparse and of the dense one. */
function build(
  bench: Bench,
  source: Source,
  product: Product,
  shape: UnitShape,
  lists: Units,
): { readonly sparse: readonly KernelCall[]; readonly dense: readonly KernelCall[] } {
  const { rows, inputs, columns, height, width, segments } = shape;
  const [outer, inner] = product === "input" ? [inputs, rows] : [rows, inputs];
  const capacity = lists.index.length;
  const values = new Float32Array(capacity * height * width);
  const mask = maskValues(shape, lists);
  source.floats(values.length).forEach((x, i) => values[i] = mask[i] * x);
  bench.put("span", lists.span);
  bench.put("index", pack(lists.index));
  bench.put("values", values);
  bench.put("extra", new Float32Array(4));
  bench.put("x", source.floats(inner * columns));
  const none = { epilogue: EPILOGUE.none };
  const common = { rows, inputs, columns, capacity, wide: 0 };
  const size = { height, width };
  const single = height === 1 && width === 1;

  if (product === "weight") {
    bench.put("dy", source.floats(rows * columns));
    bench.put("sparse", values.length);
    bench.put("dense", rows * inputs);
    const params = { m: rows, n: inputs, k: columns, transposeA: 0, transposeB: 1, ...none };
    const names = ["span", "index", "dy", "x", "sparse"];
    return {
      sparse: [
        single
          ? bench.call(sddmm, names, common)
          : bench.call(blockSddmm, names, { ...common, ...size }),
      ],
      dense: [bench.call(gemm, ["dy", "x", "extra", "dense"], params)],
    };
  }
  bench.put("sparse", outer * columns);
  bench.put("dense", outer * columns);
  bench.put("weight", expandValues(shape, lists, values));
  const transposeA = Number(product === "input");
  const params = { m: outer, n: columns, k: inner, transposeA, transposeB: 0, ...none };
  const dense = [bench.call(gemm, ["weight", "x", "extra", "dense"], params)];
  const names = ["span", "index", "values", "x", "extra", "sparse"];
  if (product === "forward") {
    const call = single
      ? bench.call(spmm, names, { ...common, ...none })
      : bench.call(blockSpmm, names, { ...common, ...none, ...size });
    if (segments === undefined) return { sparse: [call], dense };
    return { sparse: [unpacking(bench, shape, lists, segments), call], dense };
  }
  if (width === 1 && height > 1) {
    const call = bench.call(groupSpmmTransposed, names, { ...common, ...none, height });
    return { sparse: [call], dense };
  }
  const view = transpose(shape, lists);
  const length = view.index.length;
  bench.put("columnSpan", view.span);
  bench.put("rowOf", pack(view.index));
  bench.put("slotOf", view.slot);
  bench.put("turned", length * height * width);
  const back = { rows: inputs, inputs: rows, columns, capacity: length, wide: 0, ...none };
  const backNames = ["columnSpan", "rowOf", "turned", "x", "extra", "sparse"];
  const turning = ["slotOf", "values", "turned"];
  return {
    sparse: single
      ? [bench.call(permute, turning, { length }), bench.call(spmm, backNames, back)]
      : [
        bench.call(blockTranspose, turning, { length, ...size }),
        bench.call(blockSpmm, backNames, { ...back, height: width, width: height }),
      ],
    dense,
  };
}

/** Writes the index from the places inside the segments, as every step of an N:M layer does. */
function unpacking(
  bench: Bench,
  { inputs }: UnitShape,
  lists: Units,
  { n, m }: { readonly n: number; readonly m: number },
): KernelCall {
  const bits = Math.max(1, Math.ceil(Math.log2(m)));
  const perRow = lists.span[1] - lists.span[0];
  const stride = roundUp(perRow, LIST_TILE);
  const capacity = lists.index.length;
  const packed = new Uint32Array(Math.ceil(capacity * bits / 32));
  lists.index.forEach((input, slot) => {
    const place = slot % stride < perRow ? input % m : 0;
    for (let i = 0; i < bits; i++) {
      const at = slot * bits + i;
      packed[at >>> 5] |= ((place >>> i) & 1) << (at & 31);
    }
  });
  if (inputs % m !== 0) throw new RangeError(`Cannot draw ${n}:${m} of ${inputs} inputs`);
  bench.put("packed", packed);
  bench.put("index", capacity / 2);
  const params = { n, m, bits, perRow, stride, capacity, wide: 0 };
  return bench.call(unpackSegments, ["packed", "index"], params);
}

/** Draws lists of equal length, or of lengths around it. */
function drawUnits(source: Source, shape: UnitShape): Units {
  const { rows, inputs, density, height, width, uneven, segments } = shape;
  const entries = Math.ceil(inputs / width);
  const mean = Math.round(entries * density);
  const lists = Array.from({ length: Math.ceil(rows / height) }, (_, list) => {
    if (segments !== undefined) {
      const { n, m } = segments;
      return Array.from(
        { length: entries / m },
        (_, w) => source.distinct(n, m).map((place) => w * m + place),
      ).flat();
    }
    // From none in the first list to twice the mean in the last.
    const k = uneven ? Math.round(2 * mean * list / Math.ceil(rows / height)) : mean;
    return source.distinct(k, entries);
  });
  return layOut(lists, width === 1 ? LIST_TILE : 1);
}

function layOut(lists: readonly (readonly number[])[], tile: number): Units {
  const span = new Uint32Array(2 * lists.length);
  let length = 0;
  lists.forEach((list, i) => {
    span[2 * i] = length;
    span[2 * i + 1] = length + list.length;
    length += roundUp(list.length, tile);
  });
  const index = new Uint32Array(length);
  lists.forEach((list, i) => index.set(list, span[2 * i]));
  return { span, index, slot: new Uint32Array(length).fill(NONE) };
}

function transpose({ inputs, height, width }: UnitShape, lists: Units): Units {
  const columns = Math.ceil(inputs / width);
  const rowsOf: number[][] = Array.from({ length: columns }, () => []);
  const slotsOf: number[][] = Array.from({ length: columns }, () => []);
  for (let list = 0; 2 * list < lists.span.length; list++) {
    for (let s = lists.span[2 * list]; s < lists.span[2 * list + 1]; s++) {
      rowsOf[lists.index[s]].push(list);
      slotsOf[lists.index[s]].push(s);
    }
  }
  const view = layOut(rowsOf, height === 1 ? LIST_TILE : 1);
  slotsOf.forEach((slots, column) => view.slot.set(slots, view.span[2 * column]));
  return view;
}

/** Pairs of u16, the low half first. */
function pack(index: Uint32Array): Uint32Array {
  return Uint32Array.from(
    { length: Math.ceil(index.length / 2) },
    (_, i) => (index[2 * i] | ((index[2 * i + 1] ?? 0) << 16)) >>> 0,
  );
}

/** Units that exist. */
function active({ span }: Units): number {
  let count = 0;
  for (let list = 0; 2 * list < span.length; list++) count += span[2 * list + 1] - span[2 * list];
  return count;
}

/** Calls `visit` with the place of every connection's value and its place in the dense matrix. */
function each(
  { rows, inputs, height, width }: UnitShape,
  { span, index }: Units,
  visit: (value: number, dense: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    const list = Math.floor(row / height);
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      for (let c = 0; c < width; c++) {
        const input = index[slot] * width + c;
        if (input >= inputs) continue;
        visit((slot * width + c) * height + row % height, row * inputs + input);
      }
    }
  }
}

/** 1 for every value that lies inside the matrix, else 0. */
function maskValues(shape: UnitShape, lists: Units): Float32Array {
  const mask = new Float32Array(lists.index.length * shape.height * shape.width);
  each(shape, lists, (value) => mask[value] = 1);
  return mask;
}

function expandValues(shape: UnitShape, lists: Units, values: Float32Array): Float32Array {
  const dense = new Float32Array(shape.rows * shape.inputs);
  each(shape, lists, (value, at) => dense[at] = values[value]);
  return dense;
}

/** Both sum at most a few thousand terms: a ten-thousandth of the largest element is far more than rounding. */
function check(sparse: Float32Array, dense: Float32Array): void {
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < dense.length; i++) {
    largest = Math.max(largest, Math.abs(dense[i]));
    const error = Math.abs(sparse[i] - dense[i]);
    if (!(error <= worst)) worst = error; // NaN too.
  }
  if (!(worst <= 1e-4 * largest) || largest === 0) {
    throw new Error(
      `Cannot time the product: it differs from the dense one by ${worst}; the largest element is ${largest}`,
    );
  }
}
