/**
 * The drawing part of the plain build of the WebAssembly module.
 *
 * @module
 */

/** Its module. */
export function load() {
  return import.source("../../../../../wasm/pkg/filigree_drawing.wasm");
}
