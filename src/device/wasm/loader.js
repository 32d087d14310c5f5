/**
 * Fetches the two builds of the WebAssembly module, each only when it is asked for. Source-phase
 * imports give a compiled `WebAssembly.Module` from `file:` and `http:` URLs alike and need no
 * permission; TypeScript does not know the syntax yet, hence this file. Other runtimes do not know it either: what is built
 * for pages has `loader_fetch.ts` in its place, what is built for Node and Bun `loader_read.ts`.
 *
 * @module
 */
// @ts-self-types="./loader.d.ts"

/** SIMD, one thread, own memory: runs everywhere. */
export function loadPlain() {
  return import.source("../../../wasm/pkg/filigree_bg.wasm");
}

/** Relaxed SIMD, shared memory that the host brings. */
export function loadRelaxed() {
  return import.source("../../../wasm/pkg-threads/filigree_bg.wasm");
}
