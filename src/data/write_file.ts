/**
 * Files that appear when all of them is on the disk.
 *
 * @module
 */

/** Appends bytes to a file. */
export type Append = (bytes: Uint8Array) => Promise<void>;

/**
 * Writes a file in the place of another one, if there is one.
 *
 * @param body Writes what is to be in it. If it fails, nothing is left behind.
 */
export async function replaceFile(
  path: string | URL,
  body: (append: Append) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  const place = path instanceof URL ? new URL(temporary) : temporary;
  try {
    {
      using file = await Deno.open(place, { write: true, createNew: true });
      await body(async (bytes) => {
        for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      });
      await file.sync();
    }
    await Deno.rename(place, path);
  } catch (error) {
    // What is half written is of no use; why it is, is.
    await Deno.remove(place).catch(() => undefined);
    throw error;
  }
}
