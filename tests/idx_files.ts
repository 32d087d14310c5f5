/**
 * Small files of data for tests.
 *
 * @module
 */
import { ELEMENTS } from "../src/data/arrays.ts";
import { Random } from "../src/device/random.ts";

/** An IDX file of unsigned bytes. */
export function idx(shape: readonly number[], data: Iterable<number>): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint16(2, 0x0800 + shape.length);
  shape.forEach((size, i) => header.setUint32(4 + 4 * i, size));
  return Uint8Array.from([...new Uint8Array(header.buffer), ...data]);
}

/** Bytes in gzip. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** What {@linkcode writeIdxFolder} writes. */
export interface IdxFolderOptions {
  /** Examples to train with. */
  readonly train: number;
  /** Examples to test with. */
  readonly test: number;
  /** Width and height of an image. */
  readonly size: number;
  /** Number of classes, each a bright pixel in noise; at most `size * size`. */
  readonly classes: number;
  /** Whether the files are in gzip. */
  readonly compressed?: boolean;
}

/** Writes the four files of a data set that a linear model can learn. */
export async function writeIdxFolder(folder: string, options: IdxFolderOptions): Promise<void> {
  const { size, classes, compressed = false } = options;
  const random = new Random({ seed: 1, use: "noise" });
  const write = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> =>
    compressed
      ? await Deno.writeFile(`${folder}/${name}.gz`, await gzip(bytes))
      : await Deno.writeFile(`${folder}/${name}`, bytes);
  for (const [part, examples] of [["train", options.train], ["t10k", options.test]] as const) {
    const labels = Array.from({ length: examples }, (_, i) => i % classes);
    const pixels = labels.flatMap((label) =>
      Array.from({ length: size * size }, (_, i) => i === label ? 250 : random.below(60))
    );
    await write(`${part}-images-idx3-ubyte`, idx([examples, size, size], pixels));
    await write(`${part}-labels-idx1-ubyte`, idx([examples], labels));
  }
}

/** How {@linkcode npy} writes. */
export interface NpyOptions {
  /** Whether the lowest byte comes first; true by default. */
  readonly little?: boolean;
  /** 1 by default. */
  readonly version?: number;
  /** Changes the header's text. */
  readonly change?: (text: string) => string;
}

/** A `.npy` file, as NumPy writes it: the header is padded so that elements begin at a multiple of 64 bytes. */
export function npy(
  shape: readonly number[],
  kind: keyof typeof ELEMENTS,
  values: readonly number[],
  { little = true, version = 1, change = (text) => text }: NpyOptions = {},
): Uint8Array<ArrayBuffer> {
  const order = ELEMENTS[kind].size === 1 ? "|" : little ? "<" : ">";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = change(
    `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': (${sizes}), }`,
  );
  const begin = version === 1 ? 10 : 12;
  const padded = text.padEnd(Math.ceil((begin + text.length + 1) / 64) * 64 - begin - 1) + "\n";
  const head = new DataView(new ArrayBuffer(begin));
  [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0].forEach((byte, i) => head.setUint8(i, byte));
  if (version === 1) head.setUint16(8, padded.length, true);
  else head.setUint32(8, padded.length, true);
  return Uint8Array.from([
    ...new Uint8Array(head.buffer),
    ...new TextEncoder().encode(padded),
    ...numbers(kind, values, little),
  ]);
}

/** The bytes of numbers. */
export function numbers(
  kind: keyof typeof ELEMENTS,
  values: readonly number[],
  little: boolean,
): Uint8Array<ArrayBuffer> {
  const { size } = ELEMENTS[kind];
  const view = new DataView(new ArrayBuffer(size * values.length));
  values.forEach((value, i) => {
    const at = i * size;
    if (kind === "f2") view.setFloat16(at, value, little);
    else if (kind === "f4") view.setFloat32(at, value, little);
    else if (kind === "f8") view.setFloat64(at, value, little);
    else if (size === 8) view.setBigInt64(at, BigInt(value), little);
    else if (size === 4) view.setInt32(at, value, little);
    else if (size === 2) view.setInt16(at, value, little);
    else view.setInt8(at, value);
  });
  return new Uint8Array(view.buffer);
}
