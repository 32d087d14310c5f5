/**
 * Convolutions in float64, as lists of connections, with the obvious loops: see `src/ops/kernels/convolution.ts`.
 *
 * @module
 */
import { Sum } from "./bounds.ts";
import { finish } from "./epilogue.ts";
import { indexAt } from "./lists.ts";
import { type Expected, expected, type HostArray, type Inputs } from "./types.ts";

/** Parameters of a kernel by name. */
type Numbers = Readonly<Record<string, number>>;

/** A connection of a weight matrix. */
export interface Connection {
  /** The row that it belongs to. */
  readonly row: number;
  /** The input of the window that it reads. */
  readonly input: number;
  /** Where its value lies. */
  readonly slot: number;
}

/** Every connection of a dense matrix. */
export function dense({ rows, channels, kernelHeight, kernelWidth }: Numbers): Connection[] {
  const inputs = channels * kernelHeight * kernelWidth;
  return Array.from({ length: rows * inputs }, (_, slot) => {
    return { row: Math.floor(slot / inputs), input: slot % inputs, slot };
  });
}

/** The connections that lists of inputs hold, one list a row. */
export function ofRows({ span, index }: Inputs, { wide }: Numbers): Connection[] {
  return entries(span, index, wide).map(([row, input, slot]) => ({ row, input, slot }));
}

/** The connections that lists of rows hold, one list an input. */
export function ofInputs({ span, index }: Inputs, { wide }: Numbers): Connection[] {
  return entries(span, index, wide).map(([input, row, slot]) => ({ row, input, slot }));
}

/** The connections of the units that lists of columns of units hold, one list a row of units; those inside the matrix. */
export function ofUnits({ span, index }: Inputs, p: Numbers): Connection[] {
  const { rows, wide, unitHeight: height, unitWidth: width } = p;
  const inputs = p.channels * p.kernelHeight * p.kernelWidth;
  return entries(span, index, wide).flatMap(([list, entry, slot]) =>
    Array.from({ length: height * width }, (_, at) => ({
      row: list * height + at % height,
      input: entry * width + Math.floor(at / height),
      slot: slot * height * width + at,
    }))
  ).filter(({ row, input }) => row < rows && input < inputs);
}

/** The same of lists of rows of units, one list a column of units, with the unit of each entry. */
export function ofUnitColumns({ span, index, slot: slots }: Inputs, p: Numbers): Connection[] {
  const { rows, wide, unitHeight: height, unitWidth: width } = p;
  const inputs = p.channels * p.kernelHeight * p.kernelWidth;
  return entries(span, index, wide).flatMap(([list, entry, at]) =>
    Array.from({ length: height * width }, (_, place) => ({
      row: entry * height + place % height,
      input: list * width + Math.floor(place / height),
      slot: slots[at] * height * width + place,
    }))
  ).filter(({ row, input }) => row < rows && input < inputs);
}

function entries(span: HostArray, index: HostArray, wide: number): [number, number, number][] {
  const all: [number, number, number][] = [];
  for (let list = 0; list < span.length / 2; list++) {
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      all.push([list, indexAt(index, slot, wide), slot]);
    }
  }
  return all;
}

/** y[row, p] collects value * x[source of p] over the connections of the row, then the epilogue. */
export function convolve(
  connections: readonly Connection[],
  values: HostArray,
  x: HostArray,
  extra: HostArray,
  p: Numbers,
): Expected {
  const elements = p.outHeight * p.outWidth * p.columns;
  const sums = Array.from({ length: p.rows * elements }, () => new Sum());
  for (const connection of connections) {
    for (const [result, image] of pixels(connection.input, p)) {
      const to = connection.row * elements + result * p.columns;
      for (let column = 0; column < p.columns; column++) {
        sums[to + column].product(values[connection.slot], x[image * p.columns + column]);
      }
    }
  }
  return finishAll(sums, elements, p.epilogue, extra);
}

/** dx[source of p] collects value * dy[row, p] over all connections, then the epilogue. */
export function convolveTransposed(
  connections: readonly Connection[],
  values: HostArray,
  dy: HostArray,
  extra: HostArray,
  p: Numbers,
): Expected {
  const elements = p.outHeight * p.outWidth * p.columns;
  const channel = p.height * p.width * p.columns;
  const sums = Array.from({ length: p.channels * channel }, () => new Sum());
  for (const connection of connections) {
    for (const [result, image] of pixels(connection.input, p)) {
      const from = connection.row * elements + result * p.columns;
      for (let column = 0; column < p.columns; column++) {
        sums[image * p.columns + column].product(values[connection.slot], dy[from + column]);
      }
    }
  }
  return finishAll(sums, channel, p.epilogue, extra);
}

/** The dot product of dy[row] and the input of all windows, for one connection. */
export function gradientOf(
  { row, input }: Omit<Connection, "slot">,
  dy: HostArray,
  x: HostArray,
  p: Numbers,
): Sum {
  const sum = new Sum();
  for (const [result, image] of pixels(input, p)) {
    const from = (row * p.outHeight * p.outWidth + result) * p.columns;
    for (let column = 0; column < p.columns; column++) {
      sum.product(dy[from + column], x[image * p.columns + column]);
    }
  }
  return sum;
}

/** The gradients of connections, where their values lie; exactly 0 elsewhere. */
export function gradients(
  connections: readonly Connection[],
  length: number,
  { dy, x }: Inputs,
  p: Numbers,
): Expected {
  const gradient = expected(length);
  for (const connection of connections) {
    const sum = gradientOf(connection, dy, x, p);
    gradient.value[connection.slot] = sum.value;
    gradient.bound[connection.slot] = sum.bound;
  }
  return gradient;
}

/** The matrix of windows, written down: `[inputs, pixels, columns]`, 0 outside the image. */
export function windowsOf(x: HostArray, p: Numbers): Float32Array {
  const elements = p.outHeight * p.outWidth * p.columns;
  const inputs = p.channels * p.kernelHeight * p.kernelWidth;
  const windows = new Float32Array(inputs * elements);
  for (let input = 0; input < inputs; input++) {
    for (const [result, image] of pixels(input, p)) {
      const to = input * elements + result * p.columns;
      for (let column = 0; column < p.columns; column++) {
        windows[to + column] = x[image * p.columns + column];
      }
    }
  }
  return windows;
}

/** Every pixel of the result whose window has `input` inside the image, and the pixel of x that it is there. */
function pixels(input: number, p: Numbers): [result: number, image: number][] {
  const across = input % p.kernelWidth;
  const down = Math.floor(input / p.kernelWidth) % p.kernelHeight;
  const channel = Math.floor(input / (p.kernelWidth * p.kernelHeight));
  const all: [number, number][] = [];
  for (let outY = 0; outY < p.outHeight; outY++) {
    for (let outX = 0; outX < p.outWidth; outX++) {
      const y = outY * p.stride + down - p.padding;
      const x = outX * p.stride + across - p.padding;
      if (y < 0 || y >= p.height || x < 0 || x >= p.width) continue;
      all.push([outY * p.outWidth + outX, (channel * p.height + y) * p.width + x]);
    }
  }
  return all;
}

function finishAll(
  sums: readonly Sum[],
  elements: number,
  epilogue: number,
  extra: HostArray,
): Expected {
  const out = expected(sums.length);
  sums.forEach((sum, at) => finish(sum, epilogue, extra, Math.floor(at / elements), at, out));
  return out;
}
