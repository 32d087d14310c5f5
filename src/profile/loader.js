/**
 * Fetches the loops of `wasm/peak.wat`. A source-phase import gives a compiled module that threads can share and needs no
 * permission; TypeScript does not know the syntax yet, hence this file.
 *
 * @module
 */
// @ts-self-types="./loader.d.ts"

/** The loops that only multiply and add. */
export function loadPeak() {
  return import.source("../../wasm/peak.wasm");
}
