/**
 * Files that are either the old ones or the new ones, whatever fails in between.
 *
 * @module
 */

/**
 * Writes a file under a temporary name in the same folder, syncs it and renames it, so that an earlier file survives any
 * failure and no half of one is ever seen.
 *
 * @param what What the file is, for the error.
 * @throws {Error} if the file cannot be written; nothing is left behind.
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
    throw new Error(
      `Cannot save the ${what} to "${path}": ${cause instanceof Error ? cause.message : cause}; ` +
        "expected a writable folder with enough space",
      { cause },
    );
  }
}
