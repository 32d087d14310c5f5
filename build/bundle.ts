/**
 * Modules for pages: minified, in as few files as can be loaded apart, with the WASM beside them.
 *
 * Each entry is built by itself, so that it has nothing that another one alone takes; what a program imports when it needs it
 * (the WebGPU backend with its WGSL, what reads and writes checkpoints) is fetched then.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin, stop } from "esbuild";
import { merge } from "./merge.ts";
import { type Built, filesIn } from "./folder.ts";
import { PARTS } from "../src/device/wasm/parts.ts";

const ROOT = new URL("../", import.meta.url);

/** The builds of the WASM, and their names beside a module. */
const BUILDS = { "wasm/pkg": "filigree", "wasm/pkg-threads": "filigree-threads" } as const;

/** The files of the WASM by the names that they have beside a module: the rest of each build, and its parts. */
export const WASM: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(BUILDS).flatMap(([folder, name]) => [
    [`${name}.wasm`, `${folder}/filigree_bg.wasm`],
    ...Object.keys(PARTS).map((
      part,
    ) => [`${name}-${part}.wasm`, `${folder}/filigree_${part}.wasm`]),
  ]),
);

/**
 * The modules that are built: everything, what a first training takes, models that were trained, and a thread for pages that may
 * not make workers of a text.
 */
export const ENTRIES = {
  filigree: "build/everything.ts",
  core: "core.ts",
  inference: "build/inference.ts",
  thread: "src/device/wasm/worker.ts",
} as const;

/** How modules are built. */
export interface BundleOptions {
  /**
   * Whether modules share what they have in common, for programs that take several. By default each has what it takes and nothing
   * else, and a program takes one of them.
   */
  readonly together?: boolean;
}

/**
 * Builds modules for pages into a folder, which is made anew.
 *
 * @param entries Files of the project by the names of their modules, without an ending.
 * @throws {Error} if something cannot be built; esbuild says what on the terminal.
 */
export async function bundle(
  entries: Readonly<Record<string, string>>,
  folder: string,
  { together = false }: BundleOptions = {},
): Promise<Built[]> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(folder, { recursive: true });
  const groups = together
    ? [entries]
    : Object.entries(entries).map(([name, path]) => ({ [name]: path }));
  try {
    for (const group of groups) {
      await buildModules(group, folder, FOR_PAGES, together ? [] : Object.keys(group));
    }
  } finally {
    await stop();
  }
  for (const [file, path] of Object.entries(WASM)) {
    await Deno.copyFile(new URL(path, ROOT), join(folder, file));
  }
  return await filesIn(folder);
}

/**
 * Builds modules that share what they have in common into a folder.
 *
 * @param whole Of which of them all that is imported at once is to be one file.
 */
export async function buildModules(
  entries: Readonly<Record<string, string>>,
  folder: string,
  plugin: Plugin,
  whole: readonly string[],
): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(ROOT),
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, path]) => [name, fileURLToPath(new URL(path, ROOT))]),
    ),
    outdir: folder,
    // Files of modules that are built apart may have the same content, but import others.
    chunkNames: [...whole, "[name]-[hash]"].join("-"),
    ...{ bundle: true, splitting: true, minify: true, metafile: true },
    format: "esm",
    platform: "browser",
    // No browser has `using` in all its versions of two years.
    target: "es2022",
    loader: { ".wgsl": "text" },
    logLevel: "error",
    plugins: [plugin],
  });
  for (const name of whole) await merge(folder, name, metafile.outputs);
}

/** Puts the loader that fetches in the place of Deno's, with the WASM beside the module. */
const FOR_PAGES: Plugin = {
  name: "for pages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/loader\.js$/ }, ({ resolveDir, path }) => ({
      path: join(resolveDir, dirname(path), "loader_fetch.ts"),
    }));
    onResolve({ filter: /^@filigree\/filigree(\/\w+)?$/ }, ({ path }) => ({
      path: join(fileURLToPath(ROOT), `${path.split("/")[2] ?? "mod"}.ts`),
    }));
    onLoad({ filter: /wasm\/addresses\.ts$/ }, async ({ path }) => {
      let contents = await Deno.readTextFile(path);
      for (const [file, source] of Object.entries(WASM)) {
        if (!contents.includes(`"../../../${source}"`)) {
          throw new Error(
            `Cannot build for pages: ${path} does not have ${source}; expected it to`,
          );
        }
        contents = contents.replace(`"../../../${source}"`, `"./${file}"`);
      }
      return { contents, loader: "ts" };
    });
  },
};
