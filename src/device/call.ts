/**
 * What every backend checks of a kernel call before it compiles it.
 *
 * @module
 */
import type { KernelCall } from "./backend.ts";
import type { Kernel, Param } from "./kernel.ts";

/**
 * Checks that there is a buffer per binding and that none is written under two names.
 *
 * @throws {TypeError} if not.
 */
export function checkBindings({ kernel, buffers }: Pick<KernelCall, "kernel" | "buffers">): void {
  const { name, bindings } = kernel;
  if (buffers.length !== bindings.length) {
    throw new TypeError(
      `Cannot compile kernel "${name}": got ${buffers.length} buffers; expected ${bindings.length} (${
        bindings.map((binding) => binding.name).join(", ")
      })`,
    );
  }
  bindings.forEach((binding, i) => {
    if (binding.access === "read") return;
    const twin = buffers.findIndex((buffer, j) => j !== i && buffer === buffers[i]);
    if (twin >= 0) {
      throw new TypeError(
        `Cannot compile kernel "${name}": "${binding.name}" and "${
          bindings[twin].name
        }" are the same buffer ` +
          `("${buffers[i].label}"); a written buffer may appear once`,
      );
    }
  });
}

/**
 * The word of a parameter: a u32 as it is, an f32 as its bits.
 *
 * @throws {TypeError} if the value is missing.
 * @throws {RangeError} if a u32 parameter is no u32.
 */
export function encodeParam(
  kernel: Kernel,
  { name, type }: Param,
  value: number | undefined,
): number {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot compile kernel "${kernel.name}": parameter "${name}" is missing; expected ${type}`,
    );
  }
  if (type === "f32") {
    FLOAT[0] = value;
    return FLOAT_BITS[0];
  }
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(
      `Cannot compile kernel "${kernel.name}": parameter "${name}" is ${value}; expected an integer from 0 to 4294967295`,
    );
  }
  return value;
}

const FLOAT = new Float32Array(1);
const FLOAT_BITS = new Uint32Array(FLOAT.buffer);
