/**
 * What no WGSL file may say although both compilers take it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { expandKernel } from "../src/device/webgpu/pipelines.ts";
import { KERNELS } from "../src/ops/kernels/mod.ts";

/** A variable of a function, from `var` to its semicolon, without an initial value. Those of the module have an address space. */
const WITHOUT_VALUE = /\bvar(?:\s*<\s*function\s*>)?\s+[^=;<]+(?:<[^=;]*)?;/g;

Deno.test("wgsl/ gives every variable of a function an initial value", () => {
  // Within a loop Naga and Tint keep what the variable held at the end of the turn before.
  const texts: [name: string, text: string][] = [...files("wgsl/")].map((
    path,
  ) => [path.pathname, Deno.readTextFileSync(path)]);
  assert(texts.length >= KERNELS.length, `${texts.length} files`);
  for (const kernel of KERNELS) {
    for (const module of [undefined, ...kernel.gpu.modules ?? []]) {
      texts.push([`${kernel.name}, expanded`, expandKernel(kernel, module).code]);
    }
  }
  assert.deepEqual(
    texts.flatMap(([name, text]) => withoutValue(text).map((v) => `${name}: ${v}`)),
    [],
  );
});

Deno.test("withoutValue() finds variables of functions without an initial value, and no others", () => {
  const text = `
var<workgroup> tile: array<f32, 4>;
var<private> kept: u32;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
fn main() {
  var a = 1.0; // var b: f32;
  /* var c: f32; */
  var d: f32 = 1.0;
  for (var i = 0u; i < 4u; i++) {
    var e: f32;
    var f: array<vec4<f32>, 4>;
    var<function> g: u32;
    var h
      : vec4f;
    var sum\${4*i}: vec4f;
    var j: array<f32, 2> = array<f32, 2>();
  }
}`;
  assert.deepEqual(withoutValue(text), [
    "var e: f32;",
    "var f: array<vec4<f32>, 4>;",
    "var<function> g: u32;",
    "var h : vec4f;",
    "var sum${4*i}: vec4f;",
  ]);
});

function withoutValue(text: string): string[] {
  const code = text.replaceAll(/\/\/.*$/gm, "").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(WITHOUT_VALUE)].map(([found]) => found.replaceAll(/\s+/g, " "));
}

function* files(folder: string): Generator<URL> {
  const root = new URL(`../${folder}`, import.meta.url);
  for (const { name, isDirectory } of Deno.readDirSync(root)) {
    if (isDirectory) yield* files(`${folder}${name}/`);
    else if (name.endsWith(".wgsl")) yield new URL(name, root);
  }
}
