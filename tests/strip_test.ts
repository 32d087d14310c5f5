/**
 * The committed WebAssembly modules have no names of functions, and nothing else was taken out of modules with them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withoutNames } from "../wasm/strip.ts";

/** Magic number and version. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A custom section: kind, length, name with its length, content. */
function section(name: string, ...content: number[]): number[] {
  const text = [...new TextEncoder().encode(name)];
  return [0, 1 + text.length + content.length, text.length, ...text, ...content];
}

Deno.test("withoutNames() takes the section of names out, and no other", () => {
  const [before, after] = [section("producers", 1, 2), section("named", 3)];
  const module = Uint8Array.from([...HEADER, ...before, ...section("name", 4, 5), ...after]);
  assert.deepEqual([...withoutNames(module)], [...HEADER, ...before, ...after]);
});

Deno.test("withoutNames() refuses what is no whole module", () => {
  assert.throws(() => withoutNames(Uint8Array.of(1, 2, 3)), /does not begin as/);
  const cut = Uint8Array.from([...HEADER, ...section("name", 4, 5)].slice(0, -1));
  assert.throws(() => withoutNames(cut), /cut short/);
  const endless = [...HEADER, 0, ...new Array(6).fill(0xff)];
  assert.throws(() => withoutNames(Uint8Array.from(endless)), /no end/);
});

Deno.test("the committed modules have no names", async () => {
  for (const build of ["pkg", "pkg-threads"]) {
    const url = new URL(`../wasm/${build}/filigree_bg.wasm`, import.meta.url);
    const module = await WebAssembly.compile(await Deno.readFile(url));
    assert.deepEqual(WebAssembly.Module.customSections(module, "name"), []);
    assert.equal(WebAssembly.Module.customSections(module, "producers").length, 1);
  }
});
