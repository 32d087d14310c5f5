/**
 * `import/...`: how long `import("./mod.ts")` takes in a fresh process, how many bytes `mod.ts` reaches, and how many a server
 * sends for a first training.
 *
 * `deno run -A benches/import.ts [FOLDER...]` measures other checkouts of the project beside this one, in turn.
 *
 * @module
 */
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BenchCase, plain, relaxed, round } from "./case.ts";
import { median, type Result } from "./measure.ts";
import { type Build, buildOf, BUILDS, deno, graphOf, gzip, reachedFrom } from "./module_graph.ts";
import { measureTransfer, type Place } from "./transfer.ts";
import { type BuiltModule, measureBuilt } from "./transfer_built.ts";

const ROOT = new URL("../", import.meta.url);

/**
 * Most kB that may be sent for a first training from source: what is sent today and a little more. Nearly all of it is TypeScript
 * with its documentation; it shall become less, never more unseen. Who wants less takes what is built for Deno.
 */
const MOST_SENT: Readonly<Record<Place, number>> = {
  plain: 623,
  relaxed: 639,
  webgpu: 660,
  core: 436,
};

/** The same of the modules that are built, for pages and for Deno. */
const MOST_BUILT: Readonly<Record<BuiltModule, number>> = { core: 142, inference: 70, deno: 154 };

/** Fresh processes whose times count. */
const ROUNDS = 15;

/** A figure and what it is made of. */
type Figure = Pick<Result, "ratio" | "details">;

/** The benches of this file. */
export function* importCases(): Generator<BenchCase> {
  for (const { name, unit, build, most = Infinity, measure } of figures()) {
    yield {
      ...{ name, unit, open: build === "pkg-threads" ? relaxed : plain },
      run: async () => {
        const [figure] = await measure([ROOT]);
        if (figure.ratio <= most) return figure;
        throw new RangeError(
          `Cannot pass: ${round(figure.ratio)} ${unit}; expected ${most} at most (${
            JSON.stringify(figure.details)
          })`,
        );
      },
    };
  }
}

interface ImportFigure {
  readonly name: string;
  readonly unit: string;
  readonly build?: Build;
  /** Above this the bench fails. */
  readonly most?: number;
  /** A figure for each checkout. */
  measure(roots: readonly URL[]): Promise<Figure[]>;
}

function* figures(): Generator<ImportFigure> {
  yield { name: "import/mod.ts", unit: "ms of import in a fresh process", measure: measureImports };
  for (const [label, build] of Object.entries(BUILDS)) {
    yield {
      name: `import/bytes/${label}`,
      ...{ unit: "kB that mod.ts reaches, each file by gzip", build },
      measure: (roots) => Promise.all(roots.map((root) => countBytes(root, build))),
    };
  }
  for (const [place, most] of Object.entries(MOST_SENT) as [Place, number][]) {
    yield {
      name: `import/transferred/${place}`,
      ...{ unit: "kB that a server sends for a first training, by gzip", most },
      measure: (roots) => Promise.all(roots.map((root) => measureTransfer(root, place))),
    };
  }
  for (const [module, most] of Object.entries(MOST_BUILT) as [BuiltModule, number][]) {
    yield {
      name: `import/built/${module}`,
      ...{ unit: "kB that a server sends of a built module for a first use, by gzip", most },
      measure: (roots) => Promise.all(roots.map((root) => measureBuilt(root, module))),
    };
  }
}

/** Medians of fresh processes that have Deno's cache, in turn; beside them one that has to check and transpile everything first. */
async function measureImports(roots: readonly URL[]): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "filigree-import-" });
  try {
    const caches = roots.map((_, i) => `${folder}/${i}`);
    for (const cache of caches) await Deno.mkdir(cache);
    const round = async (): Promise<number[]> => {
      const times: number[] = [];
      for (const [i, root] of roots.entries()) times.push(await importOnce(root, caches[i]));
      return times;
    };
    const cold = await round();
    await round();
    const rounds: number[][] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await round());
    return roots.map((_, i) => importFigure(rounds.map((times) => times[i]), cold[i]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function importFigure(times: number[], cold: number): Figure {
  const details = { leastMs: round(Math.min(...times)), emptyCacheMs: round(cold) };
  return { ratio: median(times), details };
}

/** Milliseconds of the import as a program sees them. */
async function importOnce(root: URL, cache: string): Promise<number> {
  const code = `const start = performance.now();
    const { createDevice } = await import(${JSON.stringify(new URL("mod.ts", root).href)});
    const end = performance.now();
    console.log(typeof createDevice === "function" ? end - start : NaN);`;
  const main = `${cache}/main.ts`;
  await Deno.writeTextFile(main, code);
  const milliseconds = Number(await deno(["run", "--quiet", "--no-check", main], root, cache));
  if (Number.isFinite(milliseconds)) return milliseconds;
  throw new Error("Cannot measure: the import did not give what it should");
}

/** Every module that can be reached from `mod.ts`, and of the WASM builds the one that is loaded. */
async function countBytes(root: URL, wanted: Build): Promise<Figure> {
  const graph = await graphOf(root, "mod.ts");
  const evaluated = reachedFrom(graph, graph.roots);
  let [bytes, raw, files, wasm, first] = [0, 0, 0, 0, 0];
  for (const { specifier } of graph.modules) {
    const build = buildOf(specifier);
    if (build !== undefined && build !== wanted) continue;
    const content = await Deno.readFile(new URL(specifier));
    const { length: packed } = await gzip(content);
    if (build !== undefined) wasm += packed;
    if (evaluated.has(specifier)) first += packed;
    bytes += packed;
    raw += content.length;
    files++;
  }
  if (wasm === 0) throw new Error(`Cannot count the bytes: mod.ts does not reach wasm/${wanted}`);
  return {
    ratio: bytes / 1000,
    details: {
      ...{ bytes, uncompressed: raw, files, wasmBytes: wasm },
      ...{ evaluatedBytes: first, evaluatedFiles: evaluated.size },
    },
  };
}

/** This checkout and others, a line for each figure of each. */
async function main(folders: readonly string[]): Promise<void> {
  const others = folders.map((folder) => new URL(`${pathToFileURL(resolve(folder)).href}/`));
  const roots = [ROOT, ...others];
  for (const { name, unit, measure } of figures()) {
    for (const [i, { ratio, details }] of (await measure(roots)).entries()) {
      const folder = fileURLToPath(roots[i]);
      console.log(JSON.stringify({ name, ratio: round(ratio), unit, folder, details }));
    }
  }
}

if (import.meta.main) await main(Deno.args);
