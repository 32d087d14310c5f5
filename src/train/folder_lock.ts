/**
 * One writer for a folder: a lock of the operating system on a file in it, which ends with the process that holds it, also
 * where that is killed.
 *
 * @module
 */
import { FileWriteError } from "./errors.ts";

/** A folder is written by another process, or by another part of this one. */
export class FolderInUseError extends Error {
  /** The name of the class. */
  override readonly name: string = "FolderInUseError";
  /** The folder. */
  readonly folder: string;

  /** Makes the error of a folder; `holder` says who writes it, `what` what it is. */
  constructor(folder: string, holder: string, what: string) {
    super(
      `Cannot write the ${what} "${folder}": ${holder} writes it; expected one writer at a time: ` +
        "wait for its end, or stop it",
    );
    this.folder = folder;
  }
}

/** Holds a folder until it is disposed of, or the process ends. */
export class FolderLock implements Disposable {
  /** Whether it keeps others away: some network file systems know no locks. */
  readonly holds: boolean;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #held = true;

  /** Wraps a locked file; see {@linkcode lockFolder}. */
  constructor(file: Deno.FsFile, path: string, holds = true) {
    this.holds = holds;
    this.#file = file;
    this.#path = path;
  }

  /** Gives the folder back. */
  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    try {
      // While it is still locked: whoever opened it meanwhile sees that it has gone, and opens another.
      Deno.removeSync(this.#path);
    } catch {
      // The folder may have gone or be closed by now. A file that is left is no lock: whoever comes next takes it over.
    } finally {
      this.#file.close();
    }
  }
}

/**
 * Takes a folder to write it, if nobody else does. Those who only read need no lock.
 *
 * @param what What the folder is, for errors.
 * @throws {FolderInUseError} if another writes it; says which process, as far as it is known.
 * @returns The lock; on a file system that knows none one that does not hold.
 * @throws {FileWriteError} if the folder cannot be written.
 * @example
 * ```ts
 * import { FolderInUseError, lockFolder } from "@filigree/filigree/runs";
 *
 * const folder = await Deno.makeTempDir();
 * {
 *   using _lock = await lockFolder(folder);
 *   const error = await lockFolder(folder).catch((error) => error);
 *   console.assert(error instanceof FolderInUseError && error.folder === folder);
 * }
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function lockFolder(folder: string, what = "run folder"): Promise<FolderLock> {
  const path = `${folder}/writer.lock`;
  for (;;) {
    const file = await open(path, folder, what);
    try {
      const taken = await tryLock(file);
      if (taken === false) throw new FolderInUseError(folder, await holderOf(path), what);
      if (await isAt(file, path)) {
        await describeHolder(file);
        return new FolderLock(file, path, taken === true);
      }
      // The one who held it has just removed it.
      file.close();
    } catch (cause) {
      file.close();
      if (cause instanceof FolderInUseError) throw cause;
      throw new FileWriteError("lock", path, cause);
    }
  }
}

async function open(path: string, folder: string, what: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (cause) {
    throw new FileWriteError(`write the ${what}`, folder, cause);
  }
}

/** Whether a file could be locked; undefined where its file system knows no locks. */
async function tryLock(file: Deno.FsFile): Promise<boolean | undefined> {
  try {
    return await file.tryLock(true);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (["ENOSYS", "ENOTSUP", "EOPNOTSUPP", "ENOLCK"].includes(code)) return undefined;
    throw error;
  }
}

/** Whether an open file is the one that a path names. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [opened, named] = [await file.stat(), await Deno.stat(path)];
    return opened.ino === named.ino && opened.dev === named.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function describeHolder(file: Deno.FsFile): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "sys", kind: "hostname" });
  const host = state === "granted" ? ` on ${Deno.hostname()}` : "";
  const since = new Date().toISOString();
  await file.truncate();
  await file.write(new TextEncoder().encode(`process ${Deno.pid}${host}, since ${since}`));
}

/** What the holder of a lock wrote; Windows lets nobody else read it. */
async function holderOf(path: string): Promise<string> {
  try {
    const text = (await Deno.readTextFile(path)).trim();
    return /^process \d[ -~]{0,200}$/.test(text) ? `${text},` : "another process";
  } catch {
    // The refusal that it would explain is told in any case.
    return "another process";
  }
}
