/**
 * Keeps what was read of large files, so that it is there at once the next time: one binary file for all files of a set, by what is
 * in them.
 *
 * @module
 */
import { cachePath } from "../../device/cache_folder.ts";
import { grantedVariable } from "../../runtime/granted.ts";
import { DIGEST_PIECE, sha256 } from "../digest.ts";
import { fill, join } from "../files.ts";
import type { ManyLabelSet } from "./parts.ts";
import { readSet, SET_FORMAT, writeSet } from "./set_file.ts";

/** Where what was read is kept, and of what it is. */
export interface SetCache {
  /** The folder, or `true` for ours in the user's cache folder. */
  readonly folder: string | URL | true;
  /** The files. */
  readonly files: readonly (string | URL)[];
  /** How they are read; plain JSON. */
  readonly how: unknown;
  /** Told why nothing is kept. */
  readonly warn: (message: string) => void;
}

/** Hexadecimal digits of a key. */
const DIGITS = 32;

/**
 * What was kept of files, or what `read` gives, which is kept. A file that is damaged is written anew. Where nothing can be kept,
 * that is said and no more.
 */
export async function cachedSet(
  cache: SetCache,
  read: () => Promise<ManyLabelSet>,
): Promise<ManyLabelSet> {
  const { warn } = cache;
  const key = await keyOf(cache);
  const fail = (error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error);
    warn(
      `Cannot keep what was read of "${
        cache.files[0]
      }": ${why}; it will be read again the next time`,
    );
  };
  let path: string | URL;
  try {
    path = join(folderOf(cache), `${key}.labels`);
    const kept = await setAt(path, key);
    if (kept !== undefined) return kept;
  } catch (error) {
    fail(error);
    return await read();
  }
  const set = await read();
  try {
    await Deno.mkdir(folderOf(cache), { recursive: true });
    await writeSet(path, key, set);
  } catch (error) {
    fail(error);
  }
  return set;
}

/** The set in a file; nothing if there is no file, or it is not what it should be. */
async function setAt(path: string | URL, key: string): Promise<ManyLabelSet | undefined> {
  try {
    return await readSet(path, key);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function folderOf({ folder }: SetCache): string | URL {
  if (folder !== true) return folder;
  const own = cachePath(Deno.build.os, grantedVariable, "labels");
  if (own !== undefined) return own;
  throw new RangeError(
    "the environment names no cache folder, or may not be read; expected one, or a folder to be told",
  );
}

/** A digest of all that decides what is read. */
async function keyOf({ files, how }: SetCache): Promise<string> {
  const digests: (readonly [name: string, digest: string])[] = [];
  for (const file of files) {
    digests.push([file.toString().replace(/^.*[/\\]/, ""), await digestOf(file)]);
  }
  const text = JSON.stringify({ format: SET_FORMAT, how, digests });
  return (await sha256(new TextEncoder().encode(text))).slice(0, DIGITS);
}

/** A digest of the bytes of a file, as they are on the disk. */
async function digestOf(path: string | URL): Promise<string> {
  using file = await Deno.open(path);
  const piece = new Uint8Array(DIGEST_PIECE);
  const digests: string[] = [];
  for (let read = piece.length; read === piece.length;) {
    read = await fill(file, piece);
    digests.push(await sha256(piece.subarray(0, read)));
  }
  return digests.join();
}
