/**
 * The WebGPU backend, with all its WGSL.
 *
 * @module
 */

/** Its modules. */
export function load() {
  return import("../../webgpu/open.ts");
}
