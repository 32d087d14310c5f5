/**
 * The IDX format of MNIST and its kin: a magic number that tells type and rank, the sizes, the
 * elements; big-endian; often inside gzip.
 *
 * @module
 */
import {
  type ArrayHead,
  classDataset,
  type Element,
  ELEMENTS,
  type FileArray,
  readArray,
} from "./arrays.ts";
import type { ClassDataset, TestedDataset } from "./dataset.ts";
import { hex } from "./digest.ts";
import { DataFormatError } from "./errors.ts";
import { bytesSource, type DataPlace, type DataSource, folderSource, headOf } from "./files.ts";

/** The content of an IDX file. */
export interface IdxArray {
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** The elements in row-major order: bytes as they are, other numbers as f32. */
  readonly data: Uint8Array | Float32Array;
  /** Bytes of an element in the file; 1 by default. */
  readonly elementSize?: number;
}

/** What elements are, by the third byte of a file. */
const TYPES: Readonly<Record<number, Element>> = {
  0x08: ELEMENTS.u1,
  0x09: ELEMENTS.i1,
  0x0b: ELEMENTS.i2,
  0x0c: ELEMENTS.i4,
  0x0d: ELEMENTS.f4,
  0x0e: ELEMENTS.f8,
};

/** Whether a file begins like one in IDX format. */
export function isIdx([first, second, type, rank]: Uint8Array): boolean {
  return first === 0 && second === 0 && type in TYPES && rank > 0 && rank < 9;
}

/**
 * What the header of an IDX file says.
 *
 * @throws {DataFormatError} if the magic number, the type or the sizes are wrong.
 */
export async function idxHead(source: DataSource): Promise<ArrayHead> {
  const fail = (at: number, why: string): never => {
    throw new DataFormatError(source.file, at, why);
  };
  const magic = await headOf(source, 4);
  if (magic.length < 4) {
    fail(0, `the file has ${magic.length} bytes; expected at least 4 of magic number`);
  }
  const [zero, one, type, rank] = magic;
  if (zero !== 0 || one !== 0 || rank === 0) {
    fail(0, `the magic number is ${hex(magic)}; expected 0000, a type and a rank of at least 1`);
  }
  if (!(type in TYPES)) {
    fail(
      2,
      `the type is ${hex(magic.subarray(2, 3))}; expected 08 (unsigned bytes), 09 (bytes), ` +
        "0b (i16), 0c (i32), 0d (f32) or 0e (f64)",
    );
  }
  const offset = 4 + 4 * rank;
  const head = await headOf(source, offset);
  if (head.length < offset) {
    fail(4, `the file ends after ${head.length} bytes; expected ${rank} sizes of 4 bytes each`);
  }
  const view = new DataView(head.buffer);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  return { source, shape, element: TYPES[type], little: false, offset };
}

/**
 * Parses an IDX file, decompressing it if it is in gzip.
 *
 * @param bytes The file.
 * @param name Its name, for errors.
 * @throws {DataFormatError} if the magic number, the type, the sizes or the length are wrong, or a number is not finite.
 * @example
 * ```ts
 * import { readIdx } from "@filigree/filigree/files";
 *
 * // Two bytes of magic, type 8, rank 1; one size of four bytes; the elements.
 * const { shape, data } = await readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9), "labels");
 * console.assert(shape[0] === 2 && data[1] === 9);
 * ```
 */
export async function readIdx(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<IdxArray> {
  const head = await idxHead(bytesSource(bytes, name));
  const { shape, data, elementSize } = await readArray(head, "features");
  return {
    shape,
    data: data instanceof Uint8Array || data instanceof Float32Array
      ? data
      : Float32Array.from(data),
    elementSize,
  };
}

/** The two IDX files of one part of a data set. */
export interface IdxPart {
  /** `[examples, ...]`, rank 2 or more. */
  readonly images: IdxArray;
  /** Name of the file of images, for errors. */
  readonly imagesFile: string;
  /** `[examples]`. */
  readonly labels: IdxArray;
  /** Name of the file of labels, for errors. */
  readonly labelsFile: string;
}

/**
 * A data set out of images and labels.
 *
 * @param classes Number of classes; by default one more than the highest label.
 * @throws {DataFormatError} if the ranks, the counts or a label do not fit.
 * @example
 * ```ts
 * import { idxDataset } from "@filigree/filigree/files";
 *
 * const images = { shape: [2, 1, 3], data: Uint8Array.of(9, 8, 7, 6, 5, 4) };
 * const labels = { shape: [2], data: Uint8Array.of(0, 1) };
 * const files = { imagesFile: "images.idx", labelsFile: "labels.idx" };
 * const data = idxDataset({ images, labels, ...files });
 * console.assert(data.examples === 2 && data.inputs === 3 && data.classes === 2);
 * ```
 */
export function idxDataset(part: IdxPart, classes?: number): ClassDataset {
  const { images, imagesFile, labels, labelsFile } = part;
  const fileArray = ({ shape, data, elementSize = 1 }: IdxArray, file: string): FileArray => (
    { file, shape, data, offset: 4 + 4 * shape.length, elementSize }
  );
  return classDataset(fileArray(images, imagesFile), fileArray(labels, labelsFile), classes);
}

/**
 * Reads the four IDX files of MNIST, Fashion-MNIST or a set of the same build from a folder, or from memory:
 * `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
 * `t10k-labels-idx1-ubyte`, each plain or with `.gz`. A folder needs read permission.
 *
 * @param folder A path, a `file:` URL, or files in memory by their names.
 * @throws {Deno.errors.NotFound} if a file is missing; names the folder and the file.
 * @throws {DataFormatError} if a file is damaged or the files do not fit each other.
 * @example
 * ```ts
 * import { loadIdxFolder } from "@filigree/filigree/files";
 *
 * const folder = await Deno.makeTempDir();
 * for (const part of ["train", "t10k"]) {
 *   // Two pictures of 1 x 3, and their classes.
 *   const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 9, 8, 7, 6, 5, 4);
 *   await Deno.writeFile(`${folder}/${part}-images-idx3-ubyte`, images);
 *   const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 0, 1);
 *   await Deno.writeFile(`${folder}/${part}-labels-idx1-ubyte`, labels);
 * }
 * const { train } = await loadIdxFolder(folder);
 * console.assert(train.image?.width === 3 && train.classes === 2);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadIdxFolder(folder: DataPlace): Promise<TestedDataset<ClassDataset>> {
  const sources = async (part: string): Promise<DataSource[]> =>
    await Promise.all(
      [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`]
        .map((name) => folderSource(folder, name)),
    );
  const read = async ([images, labels]: DataSource[], classes?: number): Promise<ClassDataset> =>
    classDataset(
      await readArray(await idxHead(images), "features"),
      await readArray(await idxHead(labels), "labels"),
      classes,
    );
  const train = await read(await sources("train"));
  const tested = await sources("t10k");
  const test = await read(tested, train.classes);
  if (test.inputs !== train.inputs) {
    throw new DataFormatError(
      tested[0].file,
      8,
      `an image has ${test.inputs} pixels; expected ${train.inputs} as in the training images`,
    );
  }
  return { train, test };
}
