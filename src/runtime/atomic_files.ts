/**
 * Files that are either the old ones or the new ones, whatever fails in between.
 *
 * @module
 */
import { builtIn } from "./built_in.ts";
import { type Files, filesFor, isMissing, type OpenFile } from "./files.ts";
import { isGranted } from "./granted.ts";
import { operatingSystem } from "./machine.ts";
import { FileWriteError } from "./file_write_error.ts";

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
export async function openAtomically(place: string | URL, what: string): Promise<AtomicFile> {
  const path = place instanceof URL ? pathOf(place) : place;
  const files = filesFor(`save the ${what} to "${path}"`, "the bytes of it to be asked for");
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const file = await files.open(temporary, "wx");
    return new AtomicFile(files, file, { temporary, path, what });
  } catch (cause) {
    throw new FileWriteError(`save the ${what} to`, path, cause);
  }
}

/** A file that takes the place of an earlier one when it is whole; see {@linkcode openAtomically}. */
export class AtomicFile implements AsyncDisposable {
  readonly #files: Files;
  readonly #file: OpenFile;
  readonly #temporary: string;
  readonly #path: string;
  readonly #what: string;
  #bytes = 0;
  #isOpen = true;
  #isWhole = false;

  /** Wraps a file that is open under a temporary name. */
  constructor(
    files: Files,
    file: OpenFile,
    { temporary, path, what }: {
      readonly temporary: string;
      readonly path: string;
      readonly what: string;
    },
  ) {
    this.#files = files;
    this.#file = file;
    this.#temporary = temporary;
    this.#path = path;
    this.#what = what;
  }

  /** Appends bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#try(async () => {
      for (let done = 0; done < bytes.length;) {
        done += (await this.#file.write(bytes.subarray(done))).bytesWritten;
      }
    });
    this.#bytes += bytes.length;
  }

  /** Puts the file in its place; returns the number of its bytes. */
  async commit(): Promise<number> {
    await this.#try(async () => {
      await this.#file.sync();
      await this.#close();
      await this.#files.rename(this.#temporary, this.#path);
      this.#isWhole = true;
      await syncFolder(this.#files, folderOf(this.#path));
    });
    return this.#bytes;
  }

  /** Removes what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    if (!this.#isWhole) await this.#files.unlink(this.#temporary).catch(() => undefined);
    this.#isWhole = true;
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
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
async function syncFolder(files: Files, path: string): Promise<void> {
  if (operatingSystem() === "windows" || !isGranted({ name: "read", path })) return;
  const folder = await files.open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(code)) throw error;
  } finally {
    await folder.close();
  }
}

/** The path that an address of a file stands for. */
function pathOf(address: URL): string {
  const url = builtIn<{ fileURLToPath(address: URL): string }>("node:url");
  return url?.fileURLToPath(address) ?? address.pathname;
}

/** The folder in which a path lies. */
function folderOf(path: string): string {
  return path.replace(/[^/]*$/, "") || ".";
}

/** Removes from a folder what was being written when a program was killed. */
export async function removeUnfinished(folder: string): Promise<void> {
  const { readdir, unlink } = filesFor(`tidy up "${folder}"`, "a runtime that has files");
  for (const name of await readdir(folder)) {
    if (UNFINISHED.test(name)) await unlink(`${folder}/${name}`);
  }
}

/** Whether there is a file or folder of that name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await filesFor(`look for "${path}"`, "a runtime that has files").stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
