/**
 * Types of `loader.js`, and of what takes its place.
 *
 * @module
 */
import type { PieceName, WasmBuild } from "./parts.ts";

/** The rest of a build of the WebAssembly module, or one of its parts. */
export function loadWasm(build: WasmBuild, piece: PieceName): Promise<WebAssembly.Module>;

/** The WebGPU backend, with all its WGSL. */
export function loadWebgpu(): Promise<typeof import("../webgpu/open.ts")>;
