/**
 * The builds of the WebAssembly module as Node and Bun have them: read from beside this file. What is built for them has
 * this module in the place of `loader.js`.
 *
 * @module
 */
import { filesFor } from "../../runtime/files.ts";
import { ADDRESSES } from "./addresses.ts";
import type { PieceName, WasmBuild } from "./parts.ts";

/** The rest of a build of the WebAssembly module, or one of its parts. */
export function loadWasm(build: WasmBuild, piece: PieceName): Promise<WebAssembly.Module> {
  return read(ADDRESSES[build][piece]);
}

/** The WebGPU backend, with all its WGSL. */
export function loadWebgpu(): Promise<typeof import("../webgpu/open.ts")> {
  return import("../webgpu/open.ts");
}

async function read(url: URL): Promise<WebAssembly.Module> {
  const { readFile } = filesFor(`load ${url}`, "the build for pages, which fetches it");
  return await WebAssembly.compile(await readFile(url));
}
