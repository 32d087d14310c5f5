/**
 * Files that hold one array of numbers behind a header: the elements, and what a data set makes of them.
 *
 * @module
 */
import type { ClassDataset, Dataset, Examples } from "./dataset.ts";
import { DataFormatError } from "./errors.ts";
import { type DataSource, lengthOf } from "./files.ts";

/** A kind of number in a file. */
export interface Element {
  /** Bytes of one. */
  readonly size: number;
  /** Reads one. */
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

const TWO_TO_32 = 2 ** 32;

/** Kinds of numbers by the names that NumPy gives them. */
export const ELEMENTS = {
  u1: { size: 1, read: (view, at) => view.getUint8(at) },
  i1: { size: 1, read: (view, at) => view.getInt8(at) },
  u2: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  i2: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  u4: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  i4: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  u8: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f2: { size: 2, read: (view, at, little) => view.getFloat16(at, little) },
  f4: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
} as const satisfies Readonly<Record<string, Element>>;

/** What the header of a file says. */
export interface ArrayHead {
  /** The file. */
  readonly source: DataSource;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** What its elements are. */
  readonly element: Element;
  /** Whether their first byte is the lowest. */
  readonly little: boolean;
  /** Byte of the first one. */
  readonly offset: number;
}

/** Elements of a file in memory. */
export type FileNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Float32Array
  | Float64Array;

/** An array of a file. */
export interface FileArray {
  /** Its name, for errors. */
  readonly file: string;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** The elements, row-major. */
  readonly data: FileNumbers;
  /** Byte of the first one in the file. */
  readonly offset: number;
  /** Bytes of one in the file. */
  readonly elementSize: number;
}

/** Elements that are read and checked at a time. */
export const AT_ONCE: number = 1 << 16;

/** Whether the numbers of this machine begin with their lowest byte. */
export const LITTLE_HOST: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The elements of a file, in memory that is taken once its size is known to be true.
 *
 * @param use Features are bytes or f32; targets f32; labels of a kind that holds every class number.
 * @throws {DataFormatError} if there are more or fewer than the header says, or one is not finite or out of the range of f32.
 */
export async function readArray(
  head: ArrayHead,
  use: "features" | "labels" | "targets",
): Promise<FileArray> {
  const { source, shape, element, offset } = head;
  const count = await requireLength(head);
  const data = roomFor(element, use, count);
  using reader = await source.open();
  await reader.read(new Uint8Array(offset));
  const direct = data instanceof Uint8Array ||
    data instanceof Float32Array && element === ELEMENTS.f4 && head.little === LITTLE_HOST;
  const piece = new Uint8Array(direct ? 0 : AT_ONCE * element.size);
  const view = new DataView(piece.buffer);
  for (let first = 0; first < count; first += AT_ONCE) {
    const some = data.subarray(first, first + AT_ONCE);
    const bytes = direct
      ? new Uint8Array(some.buffer, some.byteOffset, some.byteLength)
      : piece.subarray(0, some.length * element.size);
    // The source was long enough a moment ago.
    if (await reader.read(bytes) < bytes.length) throw lengthFault(head, first);
    if (!direct) {
      for (let i = 0; i < some.length; i++) {
        some[i] = element.read(view, i * element.size, head.little);
      }
    }
    if (!(some instanceof Float32Array || some instanceof Float64Array)) continue;
    const wrong = some.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw notFinite(head, first + wrong, some[wrong]);
  }
  // In gzip the end of the stream says whether all before it was right.
  if (await reader.read(new Uint8Array(1)) > 0) throw lengthFault(head, count + 1);
  return { file: source.file, shape, data, offset, elementSize: element.size };
}

/** Memory for the elements of a file: at most four times what they take there. */
function roomFor(
  element: Element,
  use: "features" | "labels" | "targets",
  count: number,
): FileNumbers {
  if (use !== "targets" && element === ELEMENTS.u1) return new Uint8Array(count);
  if (use !== "labels") return new Float32Array(count);
  switch (element) {
    case ELEMENTS.i1:
      return new Int8Array(count);
    case ELEMENTS.u2:
      return new Uint16Array(count);
    case ELEMENTS.i2:
      return new Int16Array(count);
    default:
      return element.size < 4 ? new Float32Array(count) : new Float64Array(count);
  }
}

/**
 * Compares what a header says with what follows it; gives the number of elements.
 *
 * @throws {DataFormatError} if there are more or fewer.
 */
export async function requireLength(head: ArrayHead): Promise<number> {
  const { source, shape, element, offset } = head;
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = offset + count * element.size;
  const length = await lengthOf(source, expected);
  if (length === expected) return count;
  throw lengthFault(head, (length - offset) / element.size);
}

function lengthFault({ source, shape, element: { size }, offset }: ArrayHead, found: number) {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = size === 1 ? "" : ` elements of ${size} bytes`;
  return new DataFormatError(
    source.file,
    offset,
    `${Math.max(0, found * size)} bytes of elements follow; expected ${
      shape.join(" x ")
    } = ${count}${bytes}`,
  );
}

function notFinite({ source, shape, element, offset }: ArrayHead, at: number, value: number) {
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  return new DataFormatError(
    source.file,
    offset + at * element.size,
    `number ${at % width} of example ${Math.floor(at / width)} is ${value}; ` +
      "expected a finite number in the range of f32",
  );
}

/**
 * Examples out of features.
 *
 * @throws {DataFormatError} if they have no examples, or these have no features.
 */
export function examplesOf({ file, shape, data }: FileArray): Examples {
  if (shape.length < 2) {
    throw new DataFormatError(
      file,
      3,
      `the rank is ${shape.length}; expected at least 2 (examples, then the sizes of an image)`,
    );
  }
  const [examples, ...sizes] = shape;
  const inputs = sizes.reduce((product, size) => product * size, 1);
  if (examples === 0 || inputs === 0) {
    throw new DataFormatError(
      file,
      4,
      `the sizes are ${shape.join(" x ")}; expected at least one example of at least one feature`,
    );
  }
  const features = data instanceof Uint8Array || data instanceof Float32Array
    ? data
    : Float32Array.from(data);
  const [channels, height, width] = sizes.length === 2 ? [1, ...sizes] : sizes;
  const image = sizes.length === 2 || sizes.length === 3
    ? { image: { channels, height, width } }
    : {};
  return { features, examples, inputs, ...image };
}

/**
 * A data set out of features and class numbers.
 *
 * @param classes Number of classes; by default one more than the highest label.
 * @throws {DataFormatError} if the ranks, the counts or a label do not fit.
 */
export function classDataset(
  features: FileArray,
  labels: FileArray,
  classes?: number,
): ClassDataset {
  const examples = examplesOf(features);
  const { file, shape, data, offset, elementSize } = labels;
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    throw new DataFormatError(file, 3, `the rank is ${shape.length}; expected 1`);
  }
  requireCount(labels, "labels", examples.examples, features.file);
  let highest = 0;
  for (const label of data) highest = Math.max(highest, label);
  const limit = classes ?? highest + 1;
  const wrong = data.findIndex((label) =>
    !(label >= 0 && label < Math.min(limit, TWO_TO_32 - 1) && Number.isInteger(label))
  );
  if (wrong >= 0) {
    throw new DataFormatError(
      file,
      offset + wrong * elementSize,
      `label ${wrong} is ${data[wrong]}; expected a class below ${limit}, a whole number from 0`,
    );
  }
  return {
    ...examples,
    labels: data instanceof Uint8Array
      ? data
      : limit <= 256
      ? Uint8Array.from(data)
      : limit <= 65_536
      ? Uint16Array.from(data)
      : Uint32Array.from(data),
    classes: limit,
  };
}

/**
 * A data set out of features and numbers to predict.
 *
 * @throws {DataFormatError} if the ranks or the counts do not fit.
 */
export function targetDataset(
  features: FileArray,
  targets: FileArray,
  multiLabel: boolean,
): Dataset {
  const examples = examplesOf(features);
  const { file, shape, data, offset, elementSize } = targets;
  if (shape.length > 2 || shape[1] === 0) {
    throw new DataFormatError(
      file,
      3,
      `the sizes are ${shape.join(" x ")}; expected one number or one row of numbers per example`,
    );
  }
  requireCount(targets, "rows of targets", examples.examples, features.file);
  const numbers = data instanceof Float32Array ? data : Float32Array.from(data);
  const outputs = shape[1] ?? 1;
  const wrong = multiLabel ? numbers.findIndex((x) => x < 0 || x > 1) : -1;
  if (wrong >= 0) {
    throw new DataFormatError(
      file,
      offset + wrong * elementSize,
      `target ${wrong % outputs} of example ${Math.floor(wrong / outputs)} is ${
        numbers[wrong]
      }; expected a number from 0 (the label does not apply) to 1 (it does)`,
    );
  }
  return { ...examples, targets: numbers, outputs, ...(multiLabel ? { multiLabel } : {}) };
}

function requireCount(
  { file, shape: [count] }: FileArray,
  what: string,
  examples: number,
  features: string,
): void {
  if (count === examples) return;
  throw new DataFormatError(
    file,
    4,
    `there are ${count} ${what}; expected ${examples}, one per example of "${features}"`,
  );
}
