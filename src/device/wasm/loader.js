/**
 * Fetches what a device is made of, each piece only when it is asked for: the two builds of the WebAssembly module in parts, and
 * the WebGPU backend. Source-phase imports give a compiled `WebAssembly.Module` from `file:` and `http:` URLs alike and need no
 * permission; TypeScript does not know the syntax yet, hence this file. Other runtimes do not know it either: what is built
 * for pages has `loader_fetch.ts` in its place, what is built for Node and Bun `loader_read.ts`.
 *
 * Deno fetches what a module may import later together with it, whoever needs it, but for specifiers that are put together
 * as here: of a disk it knows then every file that could be meant, which needs no permission; over HTTP it waits.
 *
 * @module
 */
// @ts-self-types="./loader.d.ts"

/** What a file of `later/` loads. */
async function load(name) {
  const { load } = await import(`./later/${name}.js`);
  return await load();
}

/** The rest of a build of the WebAssembly module, or one of its parts. */
export function loadWasm(build, piece) {
  return load(`${build}/${piece}`);
}

/** The WebGPU backend. */
export function loadWebgpu() {
  return load("webgpu");
}
