/**
 * The IDX format of MNIST and its kin: a magic number that tells type and rank, the sizes, the
 * elements; big-endian; often inside gzip.
 *
 * @module
 */
import type { ClassDataset, TestedDataset } from "./dataset.ts";
import { DataFormatError } from "./errors.ts";
import { join, readDataFile, unzipped } from "./files.ts";

/** The content of an IDX file of bytes. */
export interface IdxArray {
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** The elements in row-major order. */
  readonly data: Uint8Array;
}

/** Type number of unsigned bytes, the only one that image sets use. */
const UNSIGNED_BYTE = 0x08;

/**
 * Parses an IDX file of unsigned bytes, decompressing it if it is in gzip.
 *
 * @param bytes The file.
 * @param name Its name, for errors.
 * @throws {DataFormatError} if the magic number, the type, the sizes or the length are wrong.
 * @example
 * ```ts
 * import { readIdx } from "./idx.ts";
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
  const file = await unzipped(bytes, name);
  if (file.length < 4) {
    throw new DataFormatError(
      name,
      0,
      `the file has ${file.length} bytes; expected at least 4 of magic number`,
    );
  }
  const [zero, one, type, rank] = file;
  if (zero !== 0 || one !== 0 || rank === 0) {
    throw new DataFormatError(
      name,
      0,
      `the magic number is ${
        hex(file.subarray(0, 4))
      }; expected 0000, a type and a rank of at least 1`,
    );
  }
  if (type !== UNSIGNED_BYTE) {
    throw new DataFormatError(
      name,
      2,
      `the type is ${hex(file.subarray(2, 3))}; expected 08 (unsigned bytes)`,
    );
  }
  const header = 4 + 4 * rank;
  if (file.length < header) {
    throw new DataFormatError(
      name,
      4,
      `the file ends after ${file.length} bytes; expected ${rank} sizes of 4 bytes each`,
    );
  }
  const view = new DataView(file.buffer, file.byteOffset);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const length = shape.reduce((product, size) => product * size, 1);
  if (file.length !== header + length) {
    throw new DataFormatError(
      name,
      header,
      `${file.length - header} bytes of elements follow; expected ${shape.join(" x ")} = ${length}`,
    );
  }
  return { shape, data: file.subarray(header) };
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
 */
export function idxDataset(part: IdxPart, classes?: number): ClassDataset {
  const { images, imagesFile, labels, labelsFile } = part;
  if (images.shape.length < 2) {
    throw new DataFormatError(
      imagesFile,
      3,
      `the rank is ${images.shape.length}; expected at least 2 (examples, then the sizes of an image)`,
    );
  }
  if (labels.shape.length !== 1) {
    throw new DataFormatError(labelsFile, 3, `the rank is ${labels.shape.length}; expected 1`);
  }
  const [examples, ...sizes] = images.shape;
  const inputs = sizes.reduce((product, size) => product * size, 1);
  if (examples === 0 || inputs === 0) {
    throw new DataFormatError(
      imagesFile,
      4,
      `the sizes are ${
        images.shape.join(" x ")
      }; expected at least one image of at least one pixel`,
    );
  }
  if (labels.shape[0] !== examples) {
    throw new DataFormatError(
      labelsFile,
      4,
      `there are ${labels.shape[0]} labels; expected ${examples}, one per image of "${imagesFile}"`,
    );
  }
  const highest = labels.data.reduce((most, label) => Math.max(most, label), 0);
  const limit = classes ?? highest + 1;
  const wrong = labels.data.findIndex((label) => label >= limit);
  if (wrong >= 0) {
    throw new DataFormatError(
      labelsFile,
      8 + wrong,
      `label ${wrong} is ${labels.data[wrong]}; expected a class below ${limit}`,
    );
  }
  const data = { features: images.data, labels: labels.data, examples, inputs, classes: limit };
  const [height, width, ...others] = sizes;
  if (width === undefined || others.length > 0) return data;
  return { ...data, image: { channels: 1, height, width } };
}

/**
 * Reads the four IDX files of MNIST, Fashion-MNIST or a set of the same build from a folder:
 * `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
 * `t10k-labels-idx1-ubyte`, each plain or with `.gz`. Needs read permission for the folder.
 *
 * @param folder A path or a `file:` URL.
 * @throws {Deno.errors.NotFound} if a file is missing; names the folder and the file.
 * @throws {DataFormatError} if a file is damaged or the files do not fit each other.
 */
export async function loadIdxFolder(folder: string | URL): Promise<TestedDataset<ClassDataset>> {
  const base = folder instanceof URL ? new URL(`${folder.href.replace(/\/?$/, "/")}`) : folder;
  const train = idxDataset(await readPart(base, "train"));
  const test = idxDataset(await readPart(base, "t10k"), train.classes);
  if (test.inputs !== train.inputs) {
    throw new DataFormatError(
      join(base, "t10k-images-idx3-ubyte").toString(),
      8,
      `an image has ${test.inputs} pixels; expected ${train.inputs} as in the training images`,
    );
  }
  return { train, test };
}

async function readPart(folder: string | URL, part: "train" | "t10k"): Promise<IdxPart> {
  const [images, labels] = await Promise.all([
    readDataFile(folder, `${part}-images-idx3-ubyte`),
    readDataFile(folder, `${part}-labels-idx1-ubyte`),
  ]);
  return {
    images: await readIdx(images.bytes, images.file),
    imagesFile: images.file,
    labels: await readIdx(labels.bytes, labels.file),
    labelsFile: labels.file,
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
