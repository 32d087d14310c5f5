/**
 * The compiler: types and JavaScript of modules of the project, for those who have not Deno or not the sources.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesIn } from "../build/folder.ts";

const ROOT = new URL("../", import.meta.url);

/** The compiler, native: it checks and writes all in seconds. */
export const COMPILER = "npm:typescript@7.0.2/tsc";

/** What the compiler is told of a folder with what it may not find elsewhere. */
const OPTIONS = {
  target: "ES2022",
  // Those of Node 20: what it has not is an error, and so is all that Deno alone has.
  lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
  types: [],
  module: "ESNext",
  moduleResolution: "bundler",
  allowJs: true,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
};

/** What the compiler's libraries lack of WebGPU, and what the optional package has. */
const AMBIENT = `
declare const GPUBufferUsage: Record<string, number>;
declare const GPUShaderStage: Record<string, number>;
declare const GPUMapMode: Record<string, number>;
declare module "webgpu" {
  export function create(options: string[]): GPU;
  export const globals: object;
}
`;

/** What the compiler is to write; comments are for those who read the types. */
const TYPES = { declaration: true, emitDeclarationOnly: true };
const JAVASCRIPT = { removeComments: true, noCheck: true };

/** The JavaScript and the types of every module that some reach, by their paths. */
export function compile(paths: readonly string[]): Promise<Map<string, string>> {
  return written(paths, [TYPES, JAVASCRIPT]);
}

/** The types of every module that some reach, by their paths, for Deno, which takes imports by the names that files have. */
export async function typesOf(paths: readonly string[]): Promise<Map<string, string>> {
  const types = [...await written(paths, [TYPES])].filter(([path]) => path.endsWith(".d.ts"));
  return new Map(types.map(([path, text]) => [
    path,
    text.replace(/(from |import\()"(\.[^"]+?)(?:\.d)?\.ts"/g, '$1"$2.d.ts"'),
  ]));
}

/** What runs of the compiler write about modules and all that they reach. */
async function written(
  paths: readonly string[],
  runs: readonly object[],
): Promise<Map<string, string>> {
  const rootDir = fileURLToPath(ROOT);
  const work = await Deno.makeTempDir({ prefix: "filigree-npm-" });
  try {
    await Deno.writeTextFile(join(work, "ambient.d.ts"), AMBIENT);
    const files = ["ambient.d.ts", ...paths.map((path) => join(rootDir, path))];
    const written = new Map<string, string>();
    for (const [i, options] of runs.entries()) {
      const outDir = join(work, String(i));
      const compilerOptions = { ...OPTIONS, ...options, rootDir, outDir };
      await Deno.writeTextFile(`${outDir}.json`, JSON.stringify({ compilerOptions, files }));
      await run(Deno.execPath(), ["run", "--quiet", "-A", COMPILER, "-p", `${outDir}.json`]);
      for (const { file } of await filesIn(outDir)) {
        written.set(file, await Deno.readTextFile(join(outDir, file)));
      }
    }
    return written;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** What a program printed. */
export async function run(program: string, args: string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env: { NO_COLOR: "1" },
  }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (success) return said;
  throw new Error(
    `Cannot build the package: ${program} ${args[0]} ended with ${complained}${said}`,
  );
}
