/**
 * Writes what is made of other files (`deno task generate`): the registries of kernels, and what the pointwise operations are
 * on each device.
 *
 * `tests/generate_test.ts` fails where a committed file is not what this writes.
 *
 * @module
 */
import type { Pointwise } from "../../src/ops/expression.ts";
import { inOrder, type OperationFile, pointwiseFiles } from "./pointwise.ts";
import { type Folders, registries } from "./registries.ts";

const ROOT = new URL("../../", import.meta.url);

/** Files of `src/ops/pointwise` that are generated. */
const GENERATED = ["mod", "numbers"];

/** The folders of this checkout. */
export const FOLDERS: Folders = {
  names: (folder, extension) =>
    [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].map(({ name }) => name)
      .filter((name) => name.endsWith(extension))
      .map((name) => name.slice(0, -extension.length)).sort(),
  text: (path) => Deno.readTextFileSync(new URL(path, ROOT)),
};

/** The files of pointwise operations of this checkout. */
export async function operationFiles(): Promise<readonly OperationFile[]> {
  const names = FOLDERS.names("src/ops/pointwise", ".ts");
  return await Promise.all(
    names.filter((name) => !GENERATED.includes(name)).map(async (name) => {
      const url = new URL(`src/ops/pointwise/${name}.ts`, ROOT);
      const exported: Record<string, unknown> = await import(url.href);
      const operations = Object.values(exported).flatMap(operationsIn);
      return { name, text: await Deno.readTextFile(url), operations };
    }),
  );
}

/** The pointwise operations: number `i + 1` is that of element i. */
export async function definitions(): Promise<readonly Pointwise[]> {
  return inOrder(await operationFiles());
}

/** Every generated file: path from the root, and text. */
export async function generated(): Promise<Record<string, string>> {
  return { ...pointwiseFiles(await operationFiles()), ...registries(FOLDERS) };
}

/** An operation, or those of a record. */
function operationsIn(value: unknown): readonly Pointwise[] {
  if (isPointwise(value)) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter(isPointwise);
}

function isPointwise(value: unknown): value is Pointwise {
  return typeof value === "object" && value !== null && "value" in value && "gradient" in value;
}

if (import.meta.main) {
  // The operations import the kernels, so their list comes first; what is made of the operations is listed in the end.
  await write(registries(FOLDERS));
  await write(pointwiseFiles(await operationFiles()));
  await write(registries(FOLDERS));
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = new URL(path, ROOT);
    if (await textOf(file) === text) continue;
    await Deno.writeTextFile(file, text);
    console.log(`${path} is written anew`);
  }
}

async function textOf(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
