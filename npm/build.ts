/**
 * `deno task npm`: builds the npm package and packs it: `npm/out/package` and the tarball beside it.
 *
 * Each module that an entry reaches becomes JavaScript at the same place, with its types beside it: `using` is lowered, endings
 * of imports are `.js`. What differs between runtimes is chosen by conditions of `package.json` ({@linkcode CHOSEN}). The
 * same sources give the same bytes, wherever they are built.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { PARTS } from "../src/device/wasm/parts.ts";
import { compile, run } from "./compile.ts";

const ROOT = new URL("../", import.meta.url);

/** Where the package and its tarball are put. */
export const OUT = new URL("out/", import.meta.url);

/** Entries of the package by what they are imported as. */
const ENTRIES = { ".": "mod.ts" } as const;

/**
 * Modules of which runtimes have one each, by the specifier within the package; the conditions in the order in which they are
 * tried. Bun has those of Node.
 */
const CHOSEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "#loader": {
    deno: "src/device/wasm/loader.js",
    browser: "src/device/wasm/loader_fetch.ts",
    node: "src/device/wasm/loader_read.ts",
    default: "src/device/wasm/loader_fetch.ts",
  },
  "#gpu": {
    deno: "src/runtime/gpu.ts",
    browser: "src/runtime/gpu.ts",
    node: "npm/gpu.ts",
    default: "src/runtime/gpu.ts",
  },
};

/** What Deno's loader imports by names that no compiler sees. */
const LATER = [
  "webgpu",
  ...["plain", "relaxed"].flatMap((build) =>
    ["rest", ...Object.keys(PARTS)].map((piece) => `${build}/${piece}`)
  ),
].map((name) => `src/device/wasm/later/${name}.js`);

/** How those modules are imported in the sources. */
const CHOSEN_IMPORTS: readonly (readonly [RegExp, string])[] = [
  [/from "\.[^"]*\/loader\.js"/g, 'from "#loader"'],
  [/from "[./]+\/runtime\/gpu\.js"/g, 'from "#gpu"'],
];

/** Files that are taken as they are: what programs load, and types of it. */
const FILES = [
  "LICENSE",
  "wasm/pkg/filigree_bg.wasm.d.ts",
  ...["wasm/pkg", "wasm/pkg-threads"].flatMap((folder) =>
    ["bg", ...Object.keys(PARTS)].map((piece) => `${folder}/filigree_${piece}.wasm`)
  ),
];

/**
 * Builds the package in a folder.
 *
 * @throws {Error} if a module uses `Deno`, which other runtimes have not.
 */
export async function buildPackage(folder: string): Promise<void> {
  const put = async (path: string, content: string): Promise<void> => {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), content);
  };
  const chosen = Object.values(CHOSEN).flatMap((paths) => Object.values(paths));
  const paths = new Set([...Object.values(ENTRIES), ...chosen, ...LATER]);
  for (const [path, text] of await compile([...paths])) await put(path, ofPackage(text));
  for (const path of FILES) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.copyFile(new URL(path, ROOT), join(folder, path));
  }
  await Deno.copyFile(new URL("npm/README.md", ROOT), join(folder, "README.md"));
  await put("package.json", `${JSON.stringify(manifest(), null, 2)}\n`);
}

/** Packs the package of a folder into a tarball in another one; returns its path. */
export async function packPackage(folder: string, into: string): Promise<string> {
  const said = await run("npm", ["pack", "--json", "--pack-destination", into], folder);
  const [{ filename }]: { filename: string }[] = JSON.parse(said);
  return join(into, filename);
}

/** A module as the package has it: imports in types end in `.js` too, and what is chosen is named by what chooses. */
function ofPackage(text: string): string {
  const named = text.replace(/(from |import\()"(\.[^"]+?)(?<!\.d)\.ts"/g, '$1"$2.js"');
  return CHOSEN_IMPORTS.reduce((text, [from, to]) => text.replace(from, to), named);
}

function manifest(): object {
  const { name, version, license } = config;
  const built = (path: string, ending: string) => `./${path.replace(/\.[jt]s$/, ending)}`;
  const exports = Object.entries(ENTRIES).map(([as, path]) =>
    [as, { types: built(path, ".d.ts"), default: built(path, ".js") }] as const
  );
  const imports = Object.entries(CHOSEN).map((
    [as, paths],
  ) => [
    as,
    Object.fromEntries(Object.entries(paths).map(([when, path]) => [when, built(path, ".js")])),
  ]);
  return {
    ...{ name, version, license },
    description:
      "Neural networks whose weights are sparse while they train: WebGPU and WebAssembly",
    type: "module",
    exports: Object.fromEntries(exports),
    imports: Object.fromEntries(imports),
    sideEffects: false,
    // The first with `process.getBuiltinModule`.
    engines: { node: ">=20.16" },
    peerDependencies: { webgpu: "^0.6.2" },
    peerDependenciesMeta: { webgpu: { optional: true } },
  };
}

if (import.meta.main) {
  const out = fileURLToPath(OUT);
  await Deno.remove(out, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const folder = join(out, "package");
  await buildPackage(folder);
  console.log(await packPackage(folder, out));
}
