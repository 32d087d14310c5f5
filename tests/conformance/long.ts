/**
 * Sums of so many terms that rounding one by one would show, loops of so many turns that llvmpipe would leave them, and
 * more rows than one dimension of a dispatch has invocations (65,535 groups of 64).
 *
 * Data is of small integers wherever that keeps every partial sum below 2^24: float32 then makes no error in any order, and
 * nothing else than the right number will do.
 *
 * @module
 */
import { EPILOGUE, EPILOGUE_FORMS, NORM } from "../../src/ops/kernels/constants.ts";
import { NUMBERS } from "../../src/ops/pointwise/numbers.ts";
import { pack, type Source } from "../arbitraries.ts";
import type { Case } from "./harness.ts";
import { stepBlock } from "./loss_cases.ts";

/** A case, and the kernel that it is for. */
export interface LongCase {
  /** Name of the kernel. */
  readonly kernel: string;
  /** What is special about it. */
  readonly note: string;
  /** Whether float32 makes no error. */
  readonly exact?: boolean;
  /** Draws the data. */
  build(source: Source): Omit<Case, "note">;
}

/** More than any dimension of a dispatch has invocations. */
const MANY = 65_535 * 64 + 5;

/** The same, in whole tiles of columns. */
const MANY_COLUMNS = 65_536 * 64 + 32;

/** The cases of the losses, of what reports them, and of reductions. */
export const LONG_SUMS: readonly LongCase[] = [
  ...[100_003, 3_000_017].flatMap((classes) => [
    loss("cross_entropy", { classes, columns: 1, smoothing: 0.1 }),
    loss("cross_entropy_gradient", { classes, columns: 1, smoothing: 0 }),
    loss("correct", { classes, columns: 1, smoothing: 0 }),
  ]),
  loss("cross_entropy_gradient", { classes: 5000, columns: 33, smoothing: 0.1 }),
  loss("correct", { classes: 1, columns: MANY_COLUMNS, smoothing: 0 }),
  {
    kernel: "mean",
    note: `${MANY_COLUMNS} columns`,
    build: (source) => ({
      params: { columns: MANY_COLUMNS },
      inputs: {
        x: source.floats(MANY_COLUMNS).map(Math.abs),
        step: stepBlock({ examples: MANY_COLUMNS - 3 }),
      },
      lengths: { out: 1 },
    }),
  },
  {
    kernel: "row_sum",
    note: `${MANY_COLUMNS} columns of one sign`,
    build: (source) => ({
      params: { rows: 1, columns: MANY_COLUMNS },
      inputs: { x: source.floats(MANY_COLUMNS).map(Math.abs) },
      lengths: { out: 1 },
    }),
  },
  {
    kernel: "clip",
    note: "280,000 partial sums",
    build: (source) => ({
      params: { count: 280_000, maxNorm: 1 },
      inputs: { partial: source.floats(280_000).map(Math.abs) },
      lengths: { clip: 1, norm: 1 },
    }),
  },
  {
    kernel: "batch_norm_statistics",
    note: `${MANY_COLUMNS} columns`,
    build: (source) => ({
      params: { rows: 1, columns: MANY_COLUMNS, batch: 32 },
      inputs: {
        x: source.floats(MANY_COLUMNS).map((x) => x + 100),
        step: stepBlock({ examples: 31 }),
      },
      lengths: { statistics: 2 },
    }),
  },
  {
    kernel: "batch_norm_sums",
    note: `${MANY_COLUMNS} columns`,
    build: (source) => ({
      params: { rows: 1, columns: MANY_COLUMNS, epsilon: 1e-5 },
      inputs: {
        dy: source.floats(MANY_COLUMNS).map(Math.abs),
        x: source.floats(MANY_COLUMNS).map(Math.abs),
        statistics: new Float32Array([-1, 2]),
      },
      lengths: { dscale: 1, dshift: 1 },
    }),
  },
];

/** As many terms as a loop of single ones does not take. */
const TERMS = 70_001;

/** Entries of a list that a loop of four at a time does not take. */
const ENTRIES = 280_000;

/** A bias and an operation that is exact. */
const BIAS_RELU = EPILOGUE.bias + EPILOGUE_FORMS * NUMBERS.relu;

/** Its derivative. */
const GATE = EPILOGUE.gate + EPILOGUE_FORMS * NUMBERS.relu;

/** The cases of the products, all exact. */
export const LONG_PRODUCTS: readonly LongCase[] = [
  gemm({ m: 3, n: 5, k: TERMS, transposeA: 0, transposeB: 0 }, BIAS_RELU),
  gemm({ m: 4, n: 8, k: ENTRIES + 4, transposeA: 0, transposeB: 1 }, EPILOGUE.bias),
  gemv({ m: 2, k: MANY }),
  gemv({ m: 65_541, k: 1 }),
  product("spmm", { rows: 2, columns: 32, height: 1, width: 1 }, GATE),
  product("spmv", { rows: 3, columns: 1, height: 1, width: 1 }, BIAS_RELU),
  product("spmv", { rows: 8, columns: 1, height: 4, width: 4 }, EPILOGUE.bias),
  manyRows(),
  product("block_spmm", { rows: 8, columns: 32, height: 8, width: 1 }, BIAS_RELU),
  product("block_spmm", { rows: 4, columns: 32, height: 4, width: 4 }, GATE),
  product("group_spmm_transposed", { rows: 4, columns: 32, height: 4, width: 1 }, GATE),
  gradient("sddmm", { rows: 2, inputs: ENTRIES, columns: 32, height: 1, width: 1 }),
  gradient("sddmm", { rows: 2, inputs: 9, columns: 2 * ENTRIES, height: 1, width: 1 }),
  gradient("block_sddmm", { rows: 4, inputs: 32, columns: ENTRIES, height: 4, width: 1 }),
  gradient("block_sddmm", { rows: 4, inputs: 32, columns: ENTRIES, height: 4, width: 4 }),
  ...["conv_spmm", "conv_spmm_transposed", "conv_block_spmm", "conv_block_spmm_transposed"]
    .map(convolution),
  growth({ inputs: 7, columns: ENTRIES, width: 1, segment: 7 }),
  growth({ inputs: ENTRIES, columns: 32, width: 1, segment: ENTRIES }),
];

/** Lists that each hold every entry, in order. */
function fullLists(lists: number, entries: number) {
  const each = 4 * Math.ceil(entries / 4);
  return {
    span: Uint32Array.from({ length: 2 * lists }, (_, i) => (i >> 1) * each + (i % 2) * entries),
    index: Uint32Array.from({ length: lists * each }, (_, slot) => {
      return slot % each < entries ? slot % each : 0;
    }),
  };
}

function gemm(
  shape: Readonly<Record<"m" | "n" | "k" | "transposeA" | "transposeB", number>>,
  epilogue: number,
): LongCase {
  const { m, n, k } = shape;
  return {
    kernel: "gemm",
    note: JSON.stringify({ ...shape, epilogue }),
    exact: true,
    build: (source) => ({
      params: { ...shape, epilogue },
      inputs: {
        a: source.floats(m * k, "integers"),
        b: source.floats(k * n, "integers"),
        extra: source.floats(m * n, "integers"),
      },
      lengths: { c: m * n },
    }),
  };
}

function gemv({ m, k }: { readonly m: number; readonly k: number }): LongCase {
  return {
    kernel: "gemv",
    note: JSON.stringify({ m, k }),
    exact: true,
    build: (source) => ({
      params: { m, k, epilogue: EPILOGUE.bias },
      inputs: {
        a: source.floats(m * k, "integers"),
        x: source.floats(k, "integers"),
        extra: source.floats(m, "integers"),
      },
      lengths: { y: m },
    }),
  };
}

interface ProductShape {
  readonly rows: number;
  readonly columns: number;
  readonly height: number;
  readonly width: number;
}

/** A product of lists that hold every input. */
function product(
  kernel: string,
  { rows, columns, height, width }: ProductShape,
  epilogue: number,
): LongCase {
  const units = kernel === "spmm" ? {} : { height, ...(!kernel.startsWith("group") && { width }) };
  const transposed = kernel === "group_spmm_transposed";
  // A result for every input takes the oracle long.
  const inputs = transposed ? TERMS + 3 : ENTRIES;
  const [from, to] = transposed ? [rows, inputs] : [inputs, rows];
  return {
    kernel,
    note: JSON.stringify({ rows, columns, height, width, epilogue }),
    exact: true,
    build: (source) => {
      const { span, index } = fullLists(rows / height, inputs / width);
      const capacity = index.length;
      const shape = { rows, inputs, ...(kernel !== "spmv" && { columns }) };
      return {
        params: { ...shape, capacity, wide: 1, epilogue, ...units },
        inputs: {
          span,
          index: pack(index, 1),
          values: source.floats(capacity * height * width, "integers"),
          x: source.floats(from * columns, "integers"),
          extra: source.floats(to * columns, "integers"),
        },
        lengths: { y: to * columns },
      };
    },
  };
}

/** More rows than a dimension of a dispatch has invocations. */
function manyRows(): LongCase {
  return {
    kernel: "spmv",
    note: `${MANY} rows`,
    exact: true,
    build: (source) => {
      const shape = { rows: MANY, inputs: 1, capacity: 4 * MANY, wide: 0 };
      return {
        params: { ...shape, epilogue: EPILOGUE.none, height: 1, width: 1 },
        inputs: {
          span: Uint32Array.from({ length: 2 * MANY }, (_, i) => 4 * (i >> 1) + i % 2),
          index: new Uint32Array(2 * MANY),
          values: source.floats(4 * MANY, "integers"),
          x: source.floats(1, "integers"),
          extra: new Float32Array(4),
        },
        lengths: { y: MANY },
      };
    },
  };
}

function gradient(
  kernel: string,
  { rows, inputs, columns, height, width }: ProductShape & { readonly inputs: number },
): LongCase {
  return {
    kernel,
    note: JSON.stringify({ rows, inputs, columns, height, width }),
    exact: true,
    build: (source) => {
      const { span, index } = fullLists(rows / height, inputs / width);
      const capacity = index.length;
      const units = kernel === "sddmm" ? {} : { height, width };
      return {
        params: { rows, inputs, columns, capacity, wide: 1, ...units },
        inputs: {
          span,
          index: pack(index, 1),
          dy: source.floats(rows * columns, "integers"),
          x: source.floats(inputs * columns, "integers"),
        },
        lengths: { gradient: capacity * height * width },
      };
    },
  };
}

/** Windows of one pixel, of many channels or rows. */
function convolution(kernel: string): LongCase {
  const transposed = kernel.endsWith("transposed");
  // Of units: group slots of four rows, of which a loop takes one at a time.
  const height = kernel.includes("block") ? 4 : 1;
  const entries = ENTRIES / height;
  const [rows, channels] = transposed ? [ENTRIES, 1] : [height, entries];
  return {
    kernel,
    note: JSON.stringify({ rows, channels }),
    exact: true,
    build: (source) => {
      const { span, index } = fullLists(1, entries);
      const image = { height: 1, width: 1, outHeight: 1, outWidth: 1, columns: 32 };
      const window = { kernelHeight: 1, kernelWidth: 1, stride: 1, padding: 0 };
      const params = { rows, channels, ...image, ...window, capacity: index.length, wide: 1 };
      const unit = height > 1 ? { unitHeight: height, unitWidth: 1 } : {};
      const out = transposed ? 1 : rows;
      return {
        params: { ...params, epilogue: GATE, ...unit },
        inputs: {
          span,
          index: pack(index, 1),
          ...(height > 1 && transposed ? { slot: Uint32Array.from(index.keys()) } : {}),
          values: source.floats(ENTRIES, "integers"),
          [transposed ? "dy" : "x"]: source.floats((transposed ? rows : channels) * 32, "integers"),
          extra: source.floats(out * 32, "integers"),
        },
        lengths: { [transposed ? "dx" : "y"]: out * 32 },
      };
    },
  };
}

function growth(
  { inputs, columns, width, segment }: Readonly<
    Record<"inputs" | "columns" | "width" | "segment", number>
  >,
): LongCase {
  const lists = 2;
  return {
    kernel: "growth_candidates",
    note: JSON.stringify({ inputs, columns, width, segment }),
    exact: true,
    build: (source) => {
      // A list of one connection, and one of all inputs but the first two.
      const entries = inputs - 2;
      const index = new Uint32Array(4 + 4 * Math.ceil(entries / 4));
      for (let i = 0; i < entries; i++) index[4 + i] = i + 2;
      const shape = { rows: lists, inputs, columns, wide: 1, count: 2, height: 1, width, segment };
      return {
        params: { ...shape, norm: NORM.l1 },
        inputs: {
          span: new Uint32Array([0, 1, 4, 4 + entries]),
          index,
          dy: source.floats(lists * columns, "integers"),
          x: source.floats(inputs * columns, "integers"),
        },
        lengths: { input: 2 * lists, score: 2 * lists },
      };
    },
  };
}

function loss(
  kernel: string,
  { classes, columns, smoothing }: Readonly<Record<"classes" | "columns" | "smoothing", number>>,
): LongCase {
  const correct = kernel === "correct";
  const shares = { labelShare: 1 - smoothing, classShare: smoothing / classes };
  const written = { cross_entropy: "losses", correct: "out" }[kernel] ?? "dlogits";
  return {
    kernel,
    note: `${classes} classes, ${columns} columns, smoothed by ${smoothing}`,
    build: (source) => ({
      params: { classes, columns, ...(!correct && shares) },
      inputs: {
        logits: source.floats(classes * columns),
        labels: source.integers(columns, classes),
        ...(written === "dlogits" && { upstream: source.floats(columns) }),
      },
      lengths: { [written]: written === "dlogits" ? classes * columns : columns },
    }),
  };
}
