/**
 * A folder of files for the time of a test.
 *
 * @module
 */

/** Files by name: their text or their bytes. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** Calls `body` with a folder of files, removed at the end. */
export async function inFolder(
  files: Files,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === "string") await Deno.writeTextFile(`${folder}/${name}`, content);
      else await Deno.writeFile(`${folder}/${name}`, content);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
