/**
 * `import/...`: how long `import("./mod.ts")` takes in a fresh process, and how many bytes are fetched for it.
 *
 * @module
 */
import { type BenchCase, plain, relaxed, round } from "./case.ts";
import { median } from "./measure.ts";

const ROOT = new URL("../", import.meta.url);

/** What `deno info --json` says, as far as it matters here. */
interface ModuleGraph {
  readonly modules: readonly { readonly local?: string; readonly error?: string }[];
}

/** The benches of this file. */
export function* importCases(): Generator<BenchCase> {
  yield {
    name: "import/mod.ts",
    unit: "ms of import in a fresh process (50 at most)",
    open: plain,
    run: measureImport,
  };
  for (const [build, open] of [["plain", plain], ["relaxed", relaxed]] as const) {
    yield {
      name: `import/bytes/${build}`,
      unit: "kB, each file by gzip (300 at most)",
      open,
      run: () => countBytes(build === "plain" ? "pkg" : "pkg-threads"),
    };
  }
}

/** Median of fresh processes that have Deno's cache; beside it one that has to check and transpile everything first. */
async function measureImport(): ReturnType<BenchCase["run"]> {
  const cache = await Deno.makeTempDir({ prefix: "filigree-import-" });
  try {
    const cold = await importOnce(cache);
    await importOnce(cache);
    const times: number[] = [];
    for (let round = 0; round < 15; round++) times.push(await importOnce(cache));
    return { ratio: median(times), details: { emptyCacheMs: round(cold) } };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** Milliseconds of the import as a program sees them. */
async function importOnce(cache: string): Promise<number> {
  const code = `const start = performance.now();
    const { createDevice } = await import(${JSON.stringify(new URL("mod.ts", ROOT).href)});
    const end = performance.now();
    console.log(typeof createDevice === "function" ? end - start : NaN);`;
  const main = `${cache}/main.ts`;
  await Deno.writeTextFile(main, code);
  const milliseconds = Number(await deno(["run", "--quiet", "--no-check", main], cache));
  if (Number.isFinite(milliseconds)) return milliseconds;
  throw new Error("Cannot measure: the import did not give what it should");
}

/** Every module that can be reached from `mod.ts`, the WASM builds aside, and the build that is loaded. */
async function countBytes(wanted: "pkg" | "pkg-threads"): ReturnType<BenchCase["run"]> {
  const graph: ModuleGraph = JSON.parse(await deno(["info", "--json", "mod.ts"]));
  let [bytes, raw, files, wasm] = [0, 0, 0, 0];
  for (const { local, error } of graph.modules) {
    if (local === undefined || error !== undefined) {
      throw new Error(`Cannot count the bytes of a module: ${error ?? "it has no file"}`);
    }
    const build = /wasm\/(pkg[^/]*)\/.*\.wasm$/.exec(local)?.[1];
    if (build !== undefined && build !== wanted) continue;
    const content = await Deno.readFile(local);
    const packed = await gzipBytes(content);
    if (build !== undefined) wasm += packed;
    bytes += packed;
    raw += content.length;
    files++;
  }
  if (wasm === 0) throw new Error(`Cannot count the bytes: mod.ts does not reach wasm/${wanted}`);
  return { ratio: bytes / 1000, details: { bytes, uncompressed: raw, files, wasmBytes: wasm } };
}

async function gzipBytes(content: Uint8Array<ArrayBuffer>): Promise<number> {
  const packed = new Blob([content]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).arrayBuffer()).byteLength;
}

/** What a run of Deno prints; with a cache of its own, if one is given. */
async function deno(args: string[], cache?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: cache === undefined ? {} : { DENO_DIR: cache },
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot run deno ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
