/**
 * What runtimes have each: the module names none of them, and what takes the place of a part of it does the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as own from "../src/device/wasm/loader.js";
import * as fetching from "../src/device/wasm/loader_fetch.ts";
import * as reading from "../src/device/wasm/loader_read.ts";
import { type PartName, PARTS, type WasmBuild } from "../src/device/wasm/parts.ts";
import { nameOf } from "../src/device/webgpu/adapter.ts";
import { cores, mayWait, operatingSystem } from "../src/runtime/machine.ts";
import { filesFor, isMissing, missingFile } from "../src/runtime/files.ts";
import { runScript } from "./scripts.ts";

const ROOT = new URL("..", import.meta.url);

const BUILDS = ["plain", "relaxed"] as const satisfies readonly WasmBuild[];

/** The only modules that may know which runtime it is. */
const KNOWING = /^src\/runtime\/|^src\/device\/wasm\/(loader\.js$|later\/)/;

Deno.test("mod.ts reaches nothing that only one runtime has", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fileURLToPath(new URL("mod.ts", ROOT))],
  }).output();
  const { modules }: { modules: { specifier: string }[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const paths = modules.map(({ specifier }) => specifier.replace(ROOT.href, ""))
    .filter((path) => /\.(ts|js)$/.test(path));
  assert.ok(paths.length > 100 && paths.some((path) => KNOWING.test(path)));
  const found = paths.filter((path) => !KNOWING.test(path)).filter((path) => {
    const text = Deno.readTextFileSync(new URL(path, ROOT)).replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    return /\bDeno\b|\bprocess\.|"node:(?!worker_threads)|import\.source|navigator\.(?!gpu)/.test(
      text,
    );
  });
  assert.deepEqual(found, []);
});

Deno.test("every loader gives the same builds", async () => {
  const pieces = ["rest", ...Object.keys(PARTS) as PartName[]] as const;
  for (const [build, piece] of BUILDS.flatMap((build) => pieces.map((p) => [build, p] as const))) {
    const modules = await Promise.all(
      [own, fetching, reading].map(({ loadWasm }) => loadWasm(build, piece)),
    );
    const [expected, ...others] = modules.map((module) => [
      WebAssembly.Module.imports(module),
      WebAssembly.Module.exports(module),
    ]);
    for (const other of others) assert.deepEqual(other, expected);
    assert.equal(expected[1].length > 10, piece === "rest" || piece === "rewiring");
    assert.equal(await fetching.loadWasm(build, piece), modules[1], "a piece is fetched once");
  }
});

Deno.test("a fetch that failed is tried again", async () => {
  const script = `
    const answers = [new Response("", { status: 503 }), new TypeError("no network")];
    const { fetch } = globalThis;
    globalThis.fetch = (url) => {
      const answer = answers.shift();
      if (answer === undefined) return fetch(url);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const { loadWasm } = await import("${new URL("src/device/wasm/loader_fetch.ts", ROOT)}");
    for (let i = 0; i < 3; i++) {
      console.log(await loadWasm("plain", "rest").then((module) => module.constructor.name, ({ message }) => message));
    }`;
  const lines = (await runScript(script, ["--allow-read"])).trim().split("\n");
  assert.match(
    lines[0],
    /^Cannot load file:.*filigree_bg\.wasm: the server answered 503; expected/,
  );
  assert.match(lines[1], /^Cannot load .*: it is not to be had; expected it beside the module$/);
  assert.equal(lines[2], "Module");
});

Deno.test("an adapter is called by its card, or by who made it and what it is of", () => {
  const none = { description: "", vendor: "", architecture: "", device: "" };
  assert.equal(nameOf({ ...none, description: "NVIDIA H200", vendor: "4318" }), "NVIDIA H200");
  assert.equal(nameOf({ ...none, vendor: "nvidia", architecture: "hopper" }), "nvidia hopper");
  assert.equal(nameOf({ ...none, vendor: "apple" }), "apple");
  assert.equal(nameOf(none), "unnamed adapter");
});

Deno.test("a runtime says what it has", async () => {
  assert.ok(Number.isInteger(cores()) && cores() >= 1);
  assert.equal(operatingSystem(), Deno.build.os);
  assert.equal(mayWait(), true);
  const { stat } = filesFor("look", "nothing");
  assert.equal((await stat(fileURLToPath(ROOT))).isDirectory(), true);
  await assert.rejects(stat(fileURLToPath(new URL("none", ROOT))), isMissing);
  await assert.rejects(stat(fileURLToPath(new URL("mod.ts/none", ROOT))), isMissing);
  assert.ok(missingFile("none") instanceof Deno.errors.NotFound && isMissing(missingFile("none")));
  assert.equal(isMissing(new TypeError("none")), false);
});
