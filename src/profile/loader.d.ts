/**
 * Types of `loader.js`.
 *
 * @module
 */

/** The loops that only multiply and add. */
export function loadPeak(): Promise<WebAssembly.Module>;
