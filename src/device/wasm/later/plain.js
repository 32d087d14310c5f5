/**
 * The plain build of the WebAssembly module.
 *
 * @module
 */

/** SIMD, one thread, own memory: runs everywhere. */
export function load() {
  return import.source("../../../../wasm/pkg/filigree_bg.wasm");
}
