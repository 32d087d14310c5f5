/**
 * The drawing part of the relaxed build of the WebAssembly module.
 *
 * @module
 */

/** Its module. */
export function load() {
  return import.source("../../../../../wasm/pkg-threads/filigree_drawing.wasm");
}
