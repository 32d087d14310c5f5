/**
 * The builds of the WebAssembly module as a page has them: fetched from beside this file, each part once. What is built for pages has this module in the place of `loader.js`.
 *
 * @module
 */

import { ADDRESSES } from "./addresses.ts";
import type { PieceName, WasmBuild } from "./parts.ts";

/** What was fetched. A fetch that failed is tried again by whoever asks next. */
const fetched = new Map<string, Promise<WebAssembly.Module>>();

/** The rest of a build of the WebAssembly module, or one of its parts. */
export function loadWasm(build: WasmBuild, piece: PieceName): Promise<WebAssembly.Module> {
  return once(ADDRESSES[build][piece]);
}

/** The WebGPU backend, with all its WGSL. */
export function loadWebgpu(): Promise<typeof import("../webgpu/open.ts")> {
  return import("../webgpu/open.ts");
}

function once({ href }: URL): Promise<WebAssembly.Module> {
  let module = fetched.get(href);
  if (module === undefined) {
    module = compile(href);
    fetched.set(href, module);
    module.catch(() => fetched.delete(href));
  }
  return module;
}

async function compile(href: string): Promise<WebAssembly.Module> {
  let response: Response;
  try {
    response = await fetch(href);
  } catch (cause) {
    throw new Error(`Cannot load ${href}: it is not to be had; expected it beside the module`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new Error(
      `Cannot load ${href}: the server answered ${response.status}; expected it beside the module`,
    );
  }
  // Not as a stream, which is refused where a server does not know the type of the file.
  return await WebAssembly.compile(await response.arrayBuffer());
}
