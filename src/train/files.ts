/**
 * Files that are either the old ones or the new ones, whatever fails in between.
 *
 * @module
 */

import { FileWriteError } from "./errors.ts";

/** What a file is called while it is written. One that is left was of a program that was killed. */
const UNFINISHED = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/**
 * Writes a file under a temporary name in the same folder, syncs it, renames it and syncs the folder, so that an earlier file
 * survives any failure, a power failure included, and no half of one is ever seen.
 *
 * @param what What the file is, for the error.
 * @throws {FileWriteError} if the file cannot be written; nothing is left behind.
 */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string,
  what = "file",
): Promise<void> {
  await using file = await openAtomically(path, what);
  await file.write(typeof content === "string" ? new TextEncoder().encode(content) : content);
  await file.commit();
}

/** Begins what {@linkcode writeAtomically} does in one go. Dispose of the result to leave nothing behind. */
export async function openAtomically(path: string, what: string): Promise<AtomicFile> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const file = await Deno.open(temporary, { write: true, createNew: true });
    return new AtomicFile(file, temporary, path, what);
  } catch (cause) {
    throw new FileWriteError(`save the ${what} to`, path, cause);
  }
}

/** A file that takes the place of an earlier one when it is whole; see {@linkcode openAtomically}. */
export class AtomicFile implements AsyncDisposable {
  readonly #file: Deno.FsFile;
  readonly #temporary: string;
  readonly #path: string;
  readonly #what: string;
  #bytes = 0;
  #isOpen = true;
  #isWhole = false;

  /** Wraps a file that is open under a temporary name. */
  constructor(file: Deno.FsFile, temporary: string, path: string, what: string) {
    this.#file = file;
    this.#temporary = temporary;
    this.#path = path;
    this.#what = what;
  }

  /** Appends bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#try(async () => {
      for (let done = 0; done < bytes.length;) {
        done += await this.#file.write(bytes.subarray(done));
      }
    });
    this.#bytes += bytes.length;
  }

  /** Puts the file in its place; returns the number of its bytes. */
  async commit(): Promise<number> {
    await this.#try(async () => {
      await this.#file.sync();
      this.#close();
      await Deno.rename(this.#temporary, this.#path);
      this.#isWhole = true;
      await syncFolder(folderOf(this.#path));
    });
    return this.#bytes;
  }

  /** Removes what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    if (!this.#isWhole) await Deno.remove(this.#temporary).catch(() => undefined);
    this.#isWhole = true;
  }

  #close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }

  async #try(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (cause) {
      throw new FileWriteError(`save the ${this.#what} to`, this.#path, cause);
    }
  }
}

/**
 * Makes the names in a folder as lasting as the files behind them. Windows opens no folder and some file systems sync none:
 * there the system alone says when a name is safe. A program that may not read the folder cannot sync it either.
 */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  if ((await Deno.permissions.query({ name: "read", path })).state !== "granted") return;
  try {
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(code)) throw error;
  }
}

/** The folder in which a path lies. */
function folderOf(path: string): string {
  return path.replace(/[^/]*$/, "") || ".";
}

/** Removes from a folder what was being written when a program was killed. */
export async function removeUnfinished(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (UNFINISHED.test(name)) await Deno.remove(`${folder}/${name}`);
  }
}

/** Whether there is a file or folder of that name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    // What lies under a file does not exist either.
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return false;
    throw error;
  }
}
