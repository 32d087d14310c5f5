/**
 * Small IDX files for tests.
 *
 * @module
 */
import { Random } from "../src/device/random.ts";

/** An IDX file of unsigned bytes. */
export function idx(shape: readonly number[], data: Iterable<number>): Uint8Array<ArrayBuffer> {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint16(2, 0x0800 + shape.length);
  shape.forEach((size, i) => header.setUint32(4 + 4 * i, size));
  return Uint8Array.of(...new Uint8Array(header.buffer), ...data);
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
