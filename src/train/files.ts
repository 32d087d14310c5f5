/**
 * Files that are either the old ones or the new ones, whatever fails in between.
 *
 * @module
 */

/** A file cannot be written: the disk is full, the folder is read-only or has gone. */
export class FileWriteError extends Error {
  /** The name of the class. */
  override readonly name: string = "FileWriteError";
  /** The file. */
  readonly path: string;

  /** Makes the error of an action, such as "save the checkpoint to", on a file. */
  constructor(action: string, path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `Cannot ${action} "${path}": ${why}; expected a writable folder with enough space`,
      { cause },
    );
    this.path = path;
  }
}

/**
 * Writes a file under a temporary name in the same folder, syncs it and renames it, so that an earlier file survives any
 * failure and no half of one is ever seen.
 *
 * @param what What the file is, for the error.
 * @throws {FileWriteError} if the file cannot be written; nothing is left behind.
 */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string,
  what = "file",
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => undefined);
    throw new FileWriteError(`save the ${what} to`, path, cause);
  }
}
