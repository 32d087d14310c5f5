/**
 * What a first training takes, for Deno: by URL it is what `core.ts` is, in one file that was minified and what is needed later.
 *
 * The WASM is that of the modules for pages, beside whose folder this one lies, by source-phase imports: they need no permission
 * but that to import the module. Deno fetches what it sees that a module may import later; what most trainings do without is
 * named so that it cannot, as in the sources (`src/device/wasm/loader.js`).
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, stop, transform } from "esbuild";
import { typesOf } from "../npm/compile.ts";
import { buildModules, WASM } from "./bundle.ts";
import { type Built, filesIn } from "./folder.ts";

const ROOT = new URL("../", import.meta.url);

/** Where the loader and what it loads lie in the sources. */
const LOADER = "src/device/wasm";

/** The types of the WASM, which no compiler writes. */
const WASM_TYPES = "wasm/pkg/filigree_bg.wasm.d.ts";

/** The folder in that of the modules for pages. */
const FOLDER = "deno";

/**
 * Builds `core.js`, with its types, into the folder `deno` of one that `bundle` has made.
 *
 * @throws {Error} if something cannot be built; esbuild says what on the terminal.
 */
export async function bundleForDeno(pages: string): Promise<Built[]> {
  const folder = join(pages, FOLDER);
  const entries = { core: "core.ts", webgpu: "src/device/webgpu/open.ts" };
  try {
    await buildModules(entries, folder, LOADER_APART, ["core"]);
    await copyLoader(folder);
  } finally {
    await stop();
  }
  const functions = await Deno.readTextFile(new URL(WASM_TYPES, ROOT));
  for (const [path, text] of [...await typesOf(["core.ts"]), [WASM_TYPES, functions]]) {
    const file = join(folder, "types", path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  const core = join(folder, "core.js");
  const types = `// @ts-self-types="./types/core.d.ts"\n`;
  await Deno.writeTextFile(core, types + await Deno.readTextFile(core));
  return (await filesIn(folder)).map(({ file, bytes }) => ({ file: join(FOLDER, file), bytes }));
}

/** Leaves the loader a file of its own, because the bundler would take in what it names. */
const LOADER_APART: Plugin = {
  name: "loader apart",
  setup({ onResolve }) {
    onResolve({ filter: /\/loader\.js$/ }, () => ({ path: "./loader.js", external: true }));
  },
};

/** The loader and what it loads, with the paths of what was built in the place of the sources'. */
async function copyLoader(folder: string): Promise<void> {
  const paths = new Map(
    Object.entries(WASM).map(([file, path]) => [`../../../../../${path}`, `../../../${file}`]),
  );
  paths.set("../../webgpu/open.ts", "../webgpu.js");
  const source = fileURLToPath(new URL(LOADER, ROOT));
  const later = (await filesIn(source, "later")).map(({ file }) => file);
  for (const file of ["loader.js", ...later]) {
    const text = await Deno.readTextFile(join(source, file));
    const { code } = await transform(text, { minify: true, format: "esm", target: "esnext" });
    const named = code.replace(/"(\.\.\/[^"]+)"/g, (_, path: string) => {
      const built = paths.get(path);
      if (built !== undefined) return JSON.stringify(built);
      throw new Error(`Cannot build for Deno: ${file} imports ${path}; expected what is built`);
    });
    await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
    await Deno.writeTextFile(join(folder, file), named);
  }
}
