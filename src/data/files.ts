/**
 * Files of data sets: plain or in gzip, in a folder or behind a `file:` URL.
 *
 * @module
 */
import { DataFormatError } from "./errors.ts";

/** A file as it lies on the disk, with its name for errors. */
export interface DataFile {
  /** Its bytes, still in gzip if it is. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its path. */
  readonly file: string;
}

/**
 * Reads `name` or `name.gz` of a folder.
 *
 * @throws {Deno.errors.NotFound} if there is neither.
 */
export async function readDataFile(folder: string | URL, name: string): Promise<DataFile> {
  for (const candidate of [name, `${name}.gz`]) {
    const path = join(folder, candidate);
    try {
      return { bytes: await Deno.readFile(path), file: path.toString() };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Deno.errors.NotFound(
    `Cannot read the data set in "${folder}": there is no "${name}"; expected it plain or with ".gz"`,
  );
}

/** Whether a folder has `name` or `name.gz`; does not read it. */
export async function hasDataFile(folder: string | URL, name: string): Promise<boolean> {
  for (const candidate of [name, `${name}.gz`]) {
    try {
      await Deno.stat(join(folder, candidate));
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return false;
}

/** The path of a file in a folder. */
export function join(folder: string | URL, name: string): string | URL {
  return folder instanceof URL
    ? new URL(name, folder.href.replace(/\/?$/, "/"))
    : `${folder.replace(/[/\\]$/, "")}/${name}`;
}

/**
 * Bytes out of gzip, if they are in it.
 *
 * @throws {DataFormatError} if the stream is damaged.
 */
export async function unzipped(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new DataFormatError(name, 0, "the gzip stream is damaged; expected a whole one", {
      cause,
    });
  }
}
