/**
 * WebGPU as this runtime has it. What is built for Node and Bun has `npm/gpu.ts` in the place of this file.
 *
 * @module
 */

/** The runtime's WebGPU; undefined where it has none. */
export function ownGpu(): Promise<GPU | undefined> {
  return Promise.resolve(typeof navigator === "undefined" ? undefined : navigator.gpu);
}
