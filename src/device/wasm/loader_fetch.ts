/**
 * The two builds of the WebAssembly module as a page has them: fetched from beside this file, each once. Bundlers know such
 * addresses and take the files along. What is built for pages has this module in the place of `loader.js`.
 *
 * @module
 */

/** What was fetched. A fetch that failed is tried again by whoever asks next. */
const fetched = new Map<string, Promise<WebAssembly.Module>>();

/** SIMD, one thread, own memory: runs everywhere. */
export function loadPlain(): Promise<WebAssembly.Module> {
  return once(new URL("../../../wasm/pkg/filigree_bg.wasm", import.meta.url));
}

/** Relaxed SIMD, shared memory that the host brings. */
export function loadRelaxed(): Promise<WebAssembly.Module> {
  return once(new URL("../../../wasm/pkg-threads/filigree_bg.wasm", import.meta.url));
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
