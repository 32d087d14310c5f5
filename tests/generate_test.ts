/**
 * Generated files are what `deno task generate` writes, and the four files of a kernel are all there is of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { FOLDERS, generated } from "./generate/mod.ts";
import { type Folders, registries } from "./generate/registries.ts";

Deno.test("generated() is what is committed", async () => {
  for (const [path, text] of Object.entries(await generated())) {
    const committed = await Deno.readTextFile(new URL(`../${path}`, import.meta.url));
    // Not `equal` of the texts, whose difference is long.
    assert(committed === text, `${path} is old: run \`deno task generate\` and commit it`);
  }
});

Deno.test("registries() list a kernel when its four files are there", () => {
  const files = ["wgsl/new_one.wgsl", "src/ops/kernels/new_one.ts"];
  const beside = ["wasm/src/kernels/new_one.rs", "tests/oracle/new_one.ts"];
  const found = registries(withFiles([...files, ...beside]));
  const before = registries(FOLDERS);
  const added = Object.entries(found).map(([path, text]) => {
    const old = new Set(before[path].split("\n"));
    return text.split("\n").filter((line) => !old.has(line));
  });
  assert.deepEqual(added, [
    ['import { newOne } from "./new_one.ts";', "  newOne,", "  newOne,"],
    [],
    [String.raw`  new_one: "//! use grid\n\nfn main() {} // none",`],
    ["pub mod new_one;", '    ("new_one", new_one::new_one),'],
    ['import { newOne } from "./new_one.ts";', "  new_one: newOne,"],
  ]);
  for (const one of beside) {
    assert.throws(
      () => registries(withFiles([...files, ...beside.filter((path) => path !== one)])),
      /new_one has no file/,
    );
  }
});

Deno.test("registries() list no kernel for a file without a .wgsl of its name", () => {
  const found = registries(withFiles(["src/ops/kernels/helper.ts", "tests/oracle/helper.ts"]));
  assert.deepEqual(found, registries(FOLDERS));
});

/** The folders of this checkout, with files that are not there. */
function withFiles(paths: readonly string[]): Folders {
  return {
    names(folder, extension) {
      const more = paths.filter((path) => path.startsWith(`${folder}/`) && path.endsWith(extension))
        .map((path) => path.slice(folder.length + 1, -extension.length));
      return [...FOLDERS.names(folder, extension), ...more].sort();
    },
    text(path) {
      return paths.includes(path)
        ? "//! use grid\n// A comment.\nfn main() {} // none"
        : FOLDERS.text(path);
    },
  };
}
