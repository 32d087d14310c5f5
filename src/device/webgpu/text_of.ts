/**
 * The WGSL of kernels.
 *
 * @module
 */
import type { Kernel } from "../kernel.ts";
import { TEXTS } from "./texts.ts";

/**
 * The text of a kernel's module as it was written: its own, or that of the file of its name; empty if there is none.
 *
 * @param module One of `gpu.modules`; its main one by default.
 */
export function textOf({ name, gpu }: Pick<Kernel, "name" | "gpu">, module?: string): string {
  if (module === undefined && gpu.wgsl !== undefined) return gpu.wgsl;
  const file = module === undefined ? name : `${name}_${module}`;
  return Object.hasOwn(TEXTS, file) ? TEXTS[file] : "";
}

/**
 * What a measured choice is kept under: the kernel, the text that was measured, the class of the shape. A kernel that was
 * written anew is measured anew.
 */
export function variantKey(kernel: Pick<Kernel, "name" | "gpu">, shapeClass: string): string {
  // FNV-1a, of 32 bits.
  let hash = 0x811c9dc5;
  for (const module of [undefined, ...kernel.gpu.modules ?? []]) {
    const text = textOf(kernel, module);
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
  }
  return `${kernel.name}-${(hash >>> 0).toString(16).padStart(8, "0")} ${shapeClass}`;
}
