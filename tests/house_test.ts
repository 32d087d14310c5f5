/**
 * The rules of the house that no linter knows: imports point down, packages stay at the edge, files
 * stay short, every module says what it is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Where the order of folders is written: `src/` from the top to the bottom, siblings on one line. */
const PLAN = "docs/architecture.md";

const ORDER: readonly (readonly string[])[] = order();

/** The files that others import or run. */
const ENTRIES: readonly string[] = [
  "mod.ts",
  "core.ts",
  "files.ts",
  "parallel.ts",
  "runs.ts",
  "tokens.ts",
  "cli.ts",
];

/** Most lines of a source file. */
const LONGEST = 400;

/** The only file that may name packages. */
const PACKAGES = "src/cli/deps.ts";

interface Source {
  readonly path: string;
  readonly text: string;
}

const SOURCES: readonly Source[] = sources();

Deno.test("the order of folders is that of the documentation", () => {
  assert.ok(ORDER.length > 5, `${PLAN} names ${ORDER.length} levels of folders`);
  assert.deepEqual(ORDER[0], ["cli"]);
  assert.equal(new Set(ORDER.flat()).size, ORDER.flat().length, "a folder has two places");
});

Deno.test("imports point down the order of folders", () => {
  const wrong = imports().filter(({ from, to }) => {
    const [above, below] = [levelOf(from), levelOf(to)];
    if (above === undefined || below === undefined) return false;
    return above > below || (above === below && folderOf(from) !== folderOf(to));
  });
  assert.deepEqual(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

Deno.test("every folder of src/ has its place in the order", () => {
  const known = ORDER.flat();
  const folders = new Set(SOURCES.flatMap(({ path }) => folderOf(path) ?? []));
  assert.deepEqual([...folders].filter((folder) => !known.includes(folder)), []);
});

Deno.test("files whose name starts with _ are imported by their own folder only", () => {
  const wrong = imports().filter(({ from, to }) =>
    to.split("/").at(-1)?.startsWith("_") && dirname(from) !== dirname(to)
  );
  assert.deepEqual(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

Deno.test("packages are named in one file only", () => {
  const wrong = imports().filter(({ from, to }) =>
    (from.startsWith("src/") || ENTRIES.includes(from)) && from !== PACKAGES &&
    !to.startsWith("src/") && !/^(wgsl|wasm)\/|^deno\.json$/.test(to)
  );
  assert.deepEqual(wrong.map(({ from, to }) => `${from} imports ${to}`), []);
});

for (const entry of ENTRIES.filter((each) => each !== "cli.ts")) {
  Deno.test(`${entry} reaches files of the project only`, async () => {
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-config", join(ROOT, entry)],
    }).output();
    assert.ok(success);
    const graph = JSON.parse(new TextDecoder().decode(stdout));
    const specifiers: string[] = graph.modules.map((module: { specifier: string }) =>
      module.specifier
    );
    const root = new URL("..", import.meta.url).href;
    assert.deepEqual(specifiers.filter((specifier) => !specifier.startsWith(root)), []);
    const cli = specifiers.filter((specifier) => specifier.startsWith(`${root}src/cli/`));
    assert.deepEqual(cli, []);
  });
}

Deno.test(`no source file has more than ${LONGEST} lines`, () => {
  const long = sources(["src", "wgsl", "wasm/src", "tests", "benches", "vendor"]).filter((
    { text },
  ) => text.split("\n").length - 1 > LONGEST);
  assert.deepEqual(long.map(({ path }) => path), []);
});

Deno.test("every module starts with what it is", () => {
  const bare = SOURCES.filter(({ path, text }) =>
    path.endsWith(".ts") && !/^\/\*\*\n(?: \*.*\n)* \* @module\n \*\/\n/.test(text)
  );
  assert.deepEqual(bare.map(({ path }) => path), []);
});

Deno.test("there are no enums and no default exports", () => {
  const faults = SOURCES.filter(({ path }) => path.endsWith(".ts")).filter(({ text }) =>
    /^\s*(export )?(const )?enum |^export default\b/m.test(text)
  );
  assert.deepEqual(faults.map(({ path }) => path), []);
});

Deno.test("nothing is marked as unfinished", () => {
  const marks = ["TO-DO", "FIX-ME", "XX-X", "HA-CK"].map((mark) => mark.replace("-", ""));
  const left = sources(["src", "wgsl", "wasm/src", "tests", "benches", "vendor", "examples"])
    .filter(({ text }) => marks.some((mark) => new RegExp(`\\b${mark}\\b`).test(text)));
  assert.deepEqual(left.map(({ path }) => path), []);
});

/** The folders that each line of the house names. */
function order(): string[][] {
  const [, house] =
    /## The house\n\n```text\n([^`]*)```/.exec(Deno.readTextFileSync(join(ROOT, PLAN))) ?? [];
  assert.ok(house, `${PLAN} has no text block under "The house"`);
  return house.split("\n")
    .map((line) => [...line.matchAll(/src\/(\w+)\/(?!\w)/g)].map(([, folder]) => folder))
    .filter((folders) => folders.length > 0);
}

/** Sources under folders; by default `src/` and the entry points. */
function sources(folders: readonly string[] = ["src", ...ENTRIES]): Source[] {
  return folders.flatMap((folder) => files(join(ROOT, folder)))
    .filter((path) => /\.(ts|js|rs|wgsl)$/.test(path) && !/(peers|\.venv)\//.test(path))
    .map((path) => ({
      path: relative(ROOT, path).replaceAll("\\", "/"),
      text: Deno.readTextFileSync(path),
    }));
}

function files(path: string): string[] {
  if (!exists(path)) return [];
  if (Deno.statSync(path).isFile) return [path];
  return [...Deno.readDirSync(path)].filter(({ name }) => !name.startsWith("."))
    .flatMap(({ name }) => files(join(path, name)));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Every import of {@linkcode SOURCES}; relative ones as paths from the root. */
function imports(): { from: string; to: string }[] {
  const pattern =
    /^(?:import|export)\b[^;"'`]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport(?:\.source)?\(\s*"([^"]+)"/gm;
  return SOURCES.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(([, from, bare, dynamic]) => {
      const to = from ?? bare ?? dynamic ?? "";
      return { from: path, to: to.startsWith(".") ? join(dirname(path), to) : to };
    })
  );
}

function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function levelOf(path: string): number | undefined {
  const folder = folderOf(path);
  const level = ORDER.findIndex((folders) => folders.includes(folder ?? ""));
  return level < 0 ? undefined : level;
}
