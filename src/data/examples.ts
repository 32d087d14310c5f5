/**
 * Examples for a trained model, out of whatever a training reads.
 *
 * @module
 */
import { type ArrayHead, ELEMENTS, examplesOf, readArray } from "./arrays.ts";
import { readCifarFiles } from "./cifar.ts";
import type { Examples } from "./dataset.ts";
import { DataFormatError } from "./errors.ts";
import { type DataSource, fileSource, headOf, lengthOf } from "./files.ts";
import { idxHead, isIdx } from "./idx.ts";
import { isNpy, npyHead } from "./npy.ts";
import { type Preparation, prepareLike } from "./preparation.ts";
import { readTableFeatures } from "./table.ts";

/** Bytes of a file that tell what it is. */
const TELLING = 512;

/** Bytes of the labels and the picture of a record of CIFAR. */
const CIFAR_RECORDS = [{ record: 3073, labels: [10] }, { record: 3074, labels: [20, 100] }];

/**
 * Reads examples for a trained model, and prepares them as those of its training: an IDX or `.npy` file of features, a table
 * with or without the columns of what was to be learnt, a file of CIFAR's records, or a raw file of little-endian f32; each
 * plain or in gzip. What the examples are in truth is not read.
 *
 * @param path A path or a `file:` URL.
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {DataFormatError} if the file is damaged, or holds no examples.
 * @throws {RangeError} if they are not what the model reads: other features, pictures of another size.
 * @example
 * ```ts
 * import { preparationOf } from "@filigree/filigree";
 * import { loadData, readExamples } from "@filigree/filigree/files";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(path, "width,height,kind\n1,2,ant\n3,4,bee\n");
 * const preparation = preparationOf((await loadData(path)).train);
 * // Columns are found by their names.
 * await Deno.writeTextFile(path, "height,width\n2,3\n");
 * const { features } = await readExamples(path, preparation);
 * console.assert(features[0] === 3 && features[1] === 2);
 * await Deno.remove(path);
 * ```
 */
export async function readExamples(
  path: string | URL,
  preparation: Preparation,
): Promise<Examples> {
  return prepareLike(await readUnprepared(await fileSource(path), preparation), preparation);
}

async function readUnprepared(source: DataSource, preparation: Preparation): Promise<Examples> {
  const { inputs, table } = preparation;
  const head = await headOf(source, TELLING);
  const name = source.file.replace(/\.gz$/, "");
  if (isNpy(head)) return await readFeatures(await npyHead(source), preparation);
  if (isIdx(head)) return await readFeatures(await idxHead(source), preparation);
  if (/\.csv$/.test(name) || isText(head)) return await readTableFeatures(source, inputs, table);
  const cifar = await readCifarRecords(source, name, preparation);
  if (cifar !== undefined) return cifar;
  return await readRaw(source, inputs);
}

/** The features of a file of one array; a single row of the right length is one example. */
async function readFeatures(head: ArrayHead, { inputs }: Preparation): Promise<Examples> {
  const [first, ...others] = head.shape;
  const shape = others.length === 0 && first === inputs ? [1, first] : head.shape;
  return examplesOf(await readArray({ ...head, shape }, "features"));
}

/** Records of CIFAR, if a file has the name and the length of such and the model reads their pictures. */
async function readCifarRecords(
  source: DataSource,
  name: string,
  { image }: Preparation,
): Promise<Examples | undefined> {
  const { channels, height, width } = image ?? { channels: 0, height: 0, width: 0 };
  if (!name.endsWith(".bin") || channels !== 3 || height !== 32 || width !== 32) return undefined;
  const length = await lengthOf(source, Infinity);
  for (const { record, labels } of CIFAR_RECORDS) {
    if (length === 0 || length % record !== 0) continue;
    const { labels: _, classes: __, ...examples } = await readCifarFiles([source], {
      labels,
      wanted: 0,
    });
    return examples;
  }
  return undefined;
}

/** A raw file of f32. */
async function readRaw(source: DataSource, inputs: number): Promise<Examples> {
  const length = await lengthOf(source, Infinity);
  const examples = length / (4 * inputs);
  if (length % 4 !== 0) {
    throw new DataFormatError(
      source.file,
      length,
      `the file has ${length} bytes; expected an IDX, .npy or .csv file, records of CIFAR, or f32 of 4 bytes each`,
    );
  }
  if (examples === 0 || !Number.isInteger(examples)) {
    throw new DataFormatError(
      source.file,
      0,
      `it has ${length / 4} features; expected a multiple of the ${inputs} that the model reads`,
    );
  }
  return examplesOf(
    await readArray({
      ...{ source, shape: [examples, inputs], element: ELEMENTS.f4, little: true, offset: 0 },
    }, "features"),
  );
}

/** Whether bytes are those of a text: no others than printable ones, and ends of lines. */
function isText(bytes: Uint8Array): boolean {
  return bytes.length > 0 &&
    bytes.every((byte) =>
      byte >= 0x20 && byte !== 0x7f || byte === 0x0a || byte === 0x0d || byte === 0x09
    );
}
