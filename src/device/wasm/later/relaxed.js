/**
 * The relaxed build of the WebAssembly module.
 *
 * @module
 */

/** Relaxed SIMD, shared memory that the host brings. */
export function load() {
  return import.source("../../../../wasm/pkg-threads/filigree_bg.wasm");
}
