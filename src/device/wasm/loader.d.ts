/**
 * Types of `loader.js`, and of what takes its place.
 *
 * @module
 */

/** SIMD, one thread, own memory: runs everywhere. */
export function loadPlain(): Promise<WebAssembly.Module>;

/** Relaxed SIMD, shared memory that the host brings. */
export function loadRelaxed(): Promise<WebAssembly.Module>;

/** The WebGPU backend, with all its WGSL. */
export function loadWebgpu(): Promise<typeof import("../webgpu/open.ts")>;
