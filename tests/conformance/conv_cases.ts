/**
 * Cases of the convolutions, dense and of single connections.
 *
 * @module
 */
import fc from "fast-check";
import { EPILOGUE } from "../../src/ops/kernels/constants.ts";
import {
  drawLists,
  drawValues,
  extents,
  type Lists,
  pack,
  type PatternShape,
  type Source,
  type Style,
  styles,
  transpose,
} from "../arbitraries.ts";
import { type Family, family } from "./family.ts";
import { drawExtra, EPILOGUES, epiloguesOf, STYLES } from "./product_cases.ts";

/** The windows of an image. */
export interface WindowOptions {
  /** Channels of the result. */
  readonly rows: number;
  /** Channels of the image. */
  readonly channels: number;
  /** Pixels of the image. */
  readonly size: readonly [height: number, width: number];
  /** Pixels of a window. */
  readonly kernel: readonly [height: number, width: number];
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Zeros around the image. */
  readonly padding: number;
  /** Examples. */
  readonly columns: number;
}

/** A convolution, whatever its weight. */
export interface DenseOptions extends WindowOptions {
  /** A form and an operation. */
  readonly epilogue: number;
  /** How numbers lie. */
  readonly style: Style;
}

interface SparseOptions extends DenseOptions, Pick<PatternShape, "k" | "empty" | "tail"> {
  readonly wide: number;
}

/** Windows of every kind. */
export const windows: readonly WindowOptions[] = [
  window(1, 1, [1, 1], [1, 1], 1, 0, 32),
  window(3, 5, [4, 3], [1, 1], 1, 0, 64),
  window(5, 2, [5, 6], [1, 1], 2, 0, 32),
  window(4, 3, [6, 6], [3, 3], 1, 1, 32),
  window(9, 4, [5, 7], [3, 3], 1, 0, 96),
  window(6, 3, [7, 5], [3, 3], 2, 1, 32),
  window(6, 3, [8, 6], [3, 3], 2, 1, 64),
  window(2, 2, [9, 8], [5, 5], 1, 2, 32),
  window(7, 1, [8, 9], [5, 5], 3, 1, 32),
  // Rows of pixels whose last are in no window.
  window(3, 2, [8, 10], [2, 2], 3, 0, 32),
  window(3, 2, [7, 6], [1, 3], 1, 1, 32),
  window(3, 2, [6, 7], [4, 2], 2, 1, 32),
  // Windows larger than the image, and windows that see padding alone.
  window(5, 3, [2, 3], [5, 5], 1, 2, 32),
  window(2, 3, [1, 1], [3, 3], 1, 2, 32),
  window(2, 2, [3, 3], [1, 1], 1, 1, 32),
  // Several tiles of columns, of which one is a part.
  window(17, 2, [3, 3], [3, 3], 1, 1, 288),
  window(70, 18, [2, 2], [3, 3], 1, 1, 32),
  window(3, 130, [2, 3], [2, 2], 1, 0, 32),
];

/** Lists: all inputs, few, none in some rows, none at all. */
const patterns: readonly Pick<SparseOptions, "k" | "empty" | "tail" | "wide">[] = [
  { k: "ragged", wide: 0 },
  { k: 1, wide: 1, tail: 8 },
  { k: "ragged", wide: 0, empty: 0.4, tail: 64 },
  { k: 1, wide: 0, empty: 1 },
];

const denseEdges: readonly DenseOptions[] = windows.flatMap((options, i) =>
  epiloguesOf(i).map((epilogue, j) => ({ ...options, epilogue, style: STYLES[(i + j) % 3] }))
);

const sparseEdges: readonly SparseOptions[] = [
  ...denseEdges.map((options, i) => {
    const pattern = patterns[(i + Math.floor(i / patterns.length)) % patterns.length];
    return { ...options, ...pattern };
  }),
  // Every input is connected; more inputs than 16 bits count.
  { ...denseEdges[9], k: 27, wide: 0 },
  ...[7281, 7282].map((channels, i) => ({
    ...window(3, channels, [2, 2], [3, 3], 1, 1, 32),
    epilogue: EPILOGUE.bias,
    style: "normal" as const,
    k: 20,
    wide: i,
  })),
];

/** The families of the convolutions. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  conv: family(denseEdges, denseOptions(), (source, options) => {
    const { params, image, result } = geometryOf(options);
    return {
      params: { ...params, epilogue: options.epilogue },
      inputs: {
        weight: source.floats(options.rows * inputsOf(options), options.style),
        x: source.floats(options.channels * image, options.style),
        extra: drawExtra(source, options.epilogue, options.rows, result),
      },
      lengths: { y: options.rows * result },
    };
  }),
  conv_transposed: family(denseEdges, denseOptions(), (source, options) => {
    const { params, image, result } = geometryOf(options);
    return {
      params: { ...params, epilogue: options.epilogue },
      inputs: {
        weight: source.floats(options.rows * inputsOf(options), options.style),
        dy: source.floats(options.rows * result, options.style),
        extra: drawExtra(source, options.epilogue, options.channels, image),
      },
      lengths: { dx: options.channels * image },
    };
  }),
  conv_gradient: family(denseEdges, denseOptions(), (source, options) => {
    const { params } = geometryOf(options);
    const lengths = { gradient: options.rows * inputsOf(options) };
    return { params, inputs: drawImages(source, options), lengths };
  }),
  conv_spmm: family(sparseEdges, sparseOptions(), (source, options) => {
    const { params, image, result } = geometryOf(options);
    const { lists, drawn } = drawRows(source, options);
    return {
      params: {
        ...params,
        capacity: lists.index.length,
        wide: options.wide,
        epilogue: options.epilogue,
      },
      inputs: {
        ...drawn,
        values: drawValues(source, lists, options.style),
        x: source.floats(options.channels * image, options.style),
        extra: drawExtra(source, options.epilogue, options.rows, result),
      },
      lengths: { y: options.rows * result },
    };
  }),
  conv_spmm_transposed: family(sparseEdges, sparseOptions(), (source, options) => {
    const { params, image, result } = geometryOf(options);
    const view = transpose(drawRows(source, options).lists, options.tail);
    return {
      params: {
        ...params,
        capacity: view.index.length,
        wide: options.wide,
        epilogue: options.epilogue,
      },
      inputs: {
        span: view.span,
        index: pack(view.index, options.wide),
        values: drawValues(source, view, options.style),
        dy: source.floats(options.rows * result, options.style),
        extra: drawExtra(source, options.epilogue, options.channels, image),
      },
      lengths: { dx: options.channels * image },
    };
  }),
  conv_sddmm: family(sparseEdges, sparseOptions(), (source, options) => {
    const { lists, drawn } = drawRows(source, options);
    const capacity = lists.index.length;
    return {
      params: { ...geometryOf(options).params, capacity, wide: options.wide },
      inputs: { ...drawn, ...drawImages(source, options) },
      lengths: { gradient: capacity },
    };
  }),
};

/** Windows by their sizes. */
export function window(
  rows: number,
  channels: number,
  size: readonly [number, number],
  kernel: readonly [number, number],
  stride: number,
  padding: number,
  columns: number,
): WindowOptions {
  return { rows, channels, size, kernel, stride, padding, columns };
}

/** Inputs of the matrix. */
export function inputsOf({ channels, kernel: [height, width] }: WindowOptions): number {
  return channels * height * width;
}

/** The parameters that all kernels share, and the elements of a channel of the image and of a row of the result. */
export function geometryOf(options: WindowOptions): {
  readonly params: Readonly<Record<string, number>>;
  readonly image: number;
  readonly result: number;
} {
  const { rows, channels, size: [height, width], kernel, stride, padding, columns } = options;
  const [outHeight, outWidth] = [height, width].map((extent, i) =>
    Math.floor((extent + 2 * padding - kernel[i]) / stride) + 1
  );
  const [kernelHeight, kernelWidth] = kernel;
  return {
    params: {
      ...{ rows, channels, height, width, kernelHeight, kernelWidth, stride, padding },
      ...{ outHeight, outWidth, columns },
    },
    image: height * width * columns,
    result: outHeight * outWidth * columns,
  };
}

/** Images of both sides. */
export function drawImages(
  source: Source,
  options: WindowOptions & Pick<DenseOptions, "style">,
): { dy: Float32Array; x: Float32Array } {
  const { image, result } = geometryOf(options);
  return {
    dy: source.floats(options.rows * result, options.style),
    x: source.floats(options.channels * image, options.style),
  };
}

function drawRows(
  source: Source,
  options: SparseOptions,
): { readonly lists: Lists; readonly drawn: { span: Uint32Array; index: Uint32Array } } {
  const lists = drawLists(source, { ...options, inputs: inputsOf(options) });
  return { lists, drawn: { span: lists.span, index: pack(lists.index, options.wide) } };
}

/** Convolutions at random. */
export function denseOptions(): fc.Arbitrary<DenseOptions> {
  const sides = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
  const taps = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }));
  return fc.record({
    rows: extents(20),
    channels: extents(9),
    size: sides,
    kernel: taps,
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.integer({ min: 0, max: 3 }),
    columns: fc.constantFrom(32, 32, 32, 64, 96),
    epilogue: fc.constantFrom(...EPILOGUES),
    style: styles(),
  }).map((options) => {
    // A padded image has room for a window.
    const least = options.kernel.map((taps, i) => Math.ceil((taps - options.size[i]) / 2));
    return { ...options, padding: Math.max(options.padding, ...least) };
  });
}

function sparseOptions(): fc.Arbitrary<SparseOptions> {
  return denseOptions().chain((options) =>
    fc.record({
      k: fc.oneof(
        fc.integer({ min: 0, max: Math.min(inputsOf(options), 16) }),
        fc.constant("ragged" as const),
      ),
      empty: fc.constantFrom(0, 0.1, 0.9),
      tail: fc.constantFrom(0, 4, 64),
      wide: fc.constantFrom(0, 1),
    }).map((pattern) => ({ ...options, ...pattern }))
  );
}
