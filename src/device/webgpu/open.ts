/**
 * Opening the WebGPU backend: an adapter, a device on it, and what was measured there.
 *
 * @module
 */
import { openDevice } from "./adapter.ts";
import { type ReadOptions, WebgpuBackend } from "./backend.ts";
import { chooser, readChoices } from "./tuning.ts";

export { type AdapterDescription, describeAdapter } from "./adapter.ts";

/** Options of {@linkcode openWebgpu}. */
export interface WebgpuOptions extends ReadOptions {
  /** Whether a software adapter will do. Default `true`. */
  readonly software?: boolean;
  /** Whether variants that `filigree tune` found are taken. Default `true`. */
  readonly tuned?: boolean;
}

/**
 * Opens the WebGPU backend on the fastest adapter.
 *
 * @throws {Error} if there is no adapter, or only a software one that is not wanted.
 * @example
 * ```ts
 * import { describeAdapter, openWebgpu } from "./open.ts";
 *
 * if (await describeAdapter() !== null) {
 *   const backend = await openWebgpu();
 *   const buffer = backend.allocate(16, "four numbers");
 *   backend.write(buffer, Float32Array.of(1, 2, 3, 4));
 *   console.assert(new Float32Array(await backend.read(buffer))[3] === 4);
 *   backend.close();
 * }
 * ```
 */
export async function openWebgpu(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const opened = await openDevice(options.software ?? true);
  const choices = options.tuned === false ? undefined : await readChoices(opened.adapter.name);
  const traits = { ...opened.traits, ...(choices && { choose: chooser(choices) }) };
  return new WebgpuBackend({ ...opened, traits }, options);
}
