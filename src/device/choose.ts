/**
 * Chooses where programs run: WebGPU on a hardware adapter, otherwise WASM.
 *
 * @module
 */
import { ownGpu } from "../runtime/gpu.ts";
import type { Backend, BackendName } from "./backend.ts";
import { openWasm, type WasmOptions } from "./wasm/backend.ts";
import { loadWebgpu } from "./wasm/loader.js";

/** Options of {@linkcode openBackend}. */
export interface BackendOptions extends WasmOptions {
  /** Which backend to take: `auto` is WebGPU on a hardware adapter, else WASM. Default `auto`. */
  readonly prefer?: "auto" | BackendName;
}

/** A backend, and why it is this one. */
export interface ChosenBackend {
  /** The backend. */
  readonly backend: Backend;
  /** Why it was taken, in plain words. */
  readonly reason: string;
}

/**
 * Opens a backend. A software adapter loses to WASM, which is faster, unless `webgpu` is asked for
 * by name. Only the code of the chosen backend is loaded.
 *
 * @throws {RangeError} if the WASM options contradict each other.
 * @example
 * ```ts
 * import { openBackend } from "./choose.ts";
 *
 * const { backend, reason } = await openBackend({ prefer: "wasm", threads: 1 });
 * console.assert(backend.name === "wasm" && reason.includes("asked for"));
 * backend.close();
 * ```
 */
export async function openBackend(options: BackendOptions = {}): Promise<ChosenBackend> {
  const { prefer = "auto", ...wasm } = options;
  switch (prefer) {
    case "webgpu": {
      const { openWebgpu } = await loadWebgpu();
      return { backend: await openWebgpu({ software: true }), reason: "WebGPU was asked for" };
    }
    case "wasm":
      return await chooseWasm(wasm, "WASM was asked for");
    case "auto":
      return await chooseAutomatically(wasm);
    default:
      throw new TypeError(
        `Cannot open backend "${prefer}": there is no such backend; expected auto, webgpu or wasm`,
      );
  }
}

async function chooseAutomatically(wasm: WasmOptions): Promise<ChosenBackend> {
  const obstacle = await webgpuObstacle();
  if (obstacle !== undefined) return await chooseWasm(wasm, obstacle);
  const { openWebgpu } = await loadWebgpu();
  const backend = await openWebgpu({ software: false });
  return { backend, reason: `there is a hardware adapter: ${backend.info.description}` };
}

/** Why WebGPU would be no better than WASM here. */
async function webgpuObstacle(): Promise<string | undefined> {
  if (await ownGpu() === undefined) return "this runtime has no WebGPU";
  const { describeAdapter } = await import("./webgpu/adapter.ts");
  const adapter = await describeAdapter();
  if (adapter === null) return "WebGPU finds no adapter";
  if (!adapter.software) return undefined;
  return `WebGPU has only a software adapter (${adapter.name}), which is slower than WASM`;
}

async function chooseWasm(options: WasmOptions, reason: string): Promise<ChosenBackend> {
  const backend = await openWasm(options);
  const { fallback } = backend.info.details;
  const build = fallback === undefined ? "" : `; on one thread, because ${fallback}`;
  return { backend, reason: reason + build };
}
