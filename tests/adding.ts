/**
 * What `docs/adding.md` shows, as files: the blocks whose fence names one.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The checkout, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A block of the page. */
export interface Block {
  /** The file that it is the end of, from the root. */
  readonly file: string;
  /** Its text. */
  readonly text: string;
}

/** The blocks of the page, in order. */
export const BLOCKS: readonly Block[] = [
  ...Deno.readTextFileSync(`${ROOT}/docs/adding.md`)
    .matchAll(/^```\w+ ignore (\S+)\n(.*?)^```$/gms),
].map(([, file, text]) => ({ file, text }));

/** What the program and its tests are made of. */
const PARTS = [
  "src",
  "wgsl",
  "wasm",
  "vendor",
  "docs",
  "tests",
  "mod.ts",
  "core.ts",
  "files.ts",
  "parallel.ts",
  "runs.ts",
  "tokens.ts",
  "cli.ts",
  "deno.json",
];

/** Folders of those that are built, or are another program's. */
const LEFT_OUT = ["target", ".venv", ".swiftshader", "node_modules"];

/**
 * Carries out a file of the page as if it lay in this checkout.
 *
 * @throws {Error} When the page has no such file.
 */
export async function carryOut(file: string): Promise<void> {
  const block = BLOCKS.find((each) => each.file === file);
  if (block === undefined) throw new Error(`Cannot carry out ${file}: docs/adding.md has none`);
  const from = new URL(`../${file}`, import.meta.url);
  const text = block.text.replaceAll(
    / from "(\.[^"]+)"/g,
    (_, path: string) => ` from "${new URL(path, from)}"`,
  );
  await import(`data:application/typescript,${encodeURIComponent(text)}`);
}

/** A copy of the sources in a folder, with the blocks at the end of their files. */
export async function copyWithBlocks(folder: string): Promise<void> {
  for (const part of PARTS) await copy(`${ROOT}/${part}`, `${folder}/${part}`);
  for (const { file, text } of BLOCKS) {
    await Deno.writeTextFile(`${folder}/${file}`, text, { append: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    if (!LEFT_OUT.includes(name)) await copy(`${from}/${name}`, `${to}/${name}`);
  }
}
