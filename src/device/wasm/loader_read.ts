/**
 * The two builds of the WebAssembly module as Node and Bun have them: read from beside this file. What is built for them has
 * this module in the place of `loader.js`.
 *
 * @module
 */
import { filesFor } from "../../runtime/files.ts";

/** SIMD, one thread, own memory: runs everywhere. */
export function loadPlain(): Promise<WebAssembly.Module> {
  return read(new URL("../../../wasm/pkg/filigree_bg.wasm", import.meta.url));
}

/** Relaxed SIMD, shared memory that the host brings. */
export function loadRelaxed(): Promise<WebAssembly.Module> {
  return read(new URL("../../../wasm/pkg-threads/filigree_bg.wasm", import.meta.url));
}

/** The WebGPU backend, with all its WGSL. */
export function loadWebgpu(): Promise<typeof import("../webgpu/open.ts")> {
  return import("../webgpu/open.ts");
}

async function read(url: URL): Promise<WebAssembly.Module> {
  const { readFile } = filesFor(`load ${url}`, "the build for pages, which fetches it");
  return await WebAssembly.compile(await readFile(url));
}
