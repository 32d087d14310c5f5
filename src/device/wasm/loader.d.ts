/**
 * Types of `loader.js`, and of what takes its place.
 *
 * @module
 */

/** SIMD, one thread, own memory: runs everywhere. */
export function loadPlain(): Promise<WebAssembly.Module>;

/** Relaxed SIMD, shared memory that the host brings. */
export function loadRelaxed(): Promise<WebAssembly.Module>;
