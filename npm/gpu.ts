/**
 * WebGPU under Node and Bun: their own, or that of npm `webgpu` where it is installed. Takes the place of
 * `src/runtime/gpu.ts` there.
 *
 * @module
 */

/** What was opened. */
let opened: Promise<GPU | undefined> | undefined;

/** The WebGPU of the runtime or of the package; undefined where there is neither. */
export function ownGpu(): Promise<GPU | undefined> {
  if (typeof navigator !== "undefined" && navigator.gpu !== undefined) {
    return Promise.resolve(navigator.gpu);
  }
  return opened ??= openPackage();
}

async function openPackage(): Promise<GPU | undefined> {
  let dawn: typeof import("webgpu");
  try {
    dawn = await import("webgpu");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  // Its names of usages and errors are global in every other runtime.
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value });
  }
  return dawn.create([]);
}

/** Whether an error says that the package is not installed, and not that it cannot be loaded. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}
