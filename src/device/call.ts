/**
 * What every backend checks of a kernel call before it compiles it.
 *
 * @module
 */
import type { BufferView, DeviceBuffer, KernelCall } from "./backend.ts";
import type { Kernel, Param } from "./kernel.ts";

/**
 * Checks that there is a view per binding, each an aligned part of its buffer, and that nothing is written under two names.
 *
 * @param alignment The backend's.
 * @throws {TypeError} if there are too few or too many, or what is written appears twice.
 * @throws {RangeError} if one is no aligned part of its buffer.
 */
export function checkBindings(
  { kernel, buffers }: Pick<KernelCall, "kernel" | "buffers">,
  alignment: number,
): void {
  const { name, bindings } = kernel;
  if (buffers.length !== bindings.length) {
    throw new TypeError(
      `Cannot compile kernel "${name}": got ${buffers.length} buffers; expected ${bindings.length} (${
        bindings.map((binding) => binding.name).join(", ")
      })`,
    );
  }
  buffers.forEach((view, i) => checkView(`${name}.${bindings[i].name}`, view, alignment));
  bindings.forEach((binding, i) => {
    if (binding.access === "read") return;
    const twin = buffers.findIndex((view, j) =>
      j !== i && view.buffer === buffers[i].buffer &&
      (bindings[j].access === "read" || overlap(view, buffers[i]))
    );
    if (twin < 0) return;
    const { buffer: { label } } = buffers[i];
    const why = overlap(buffers[twin], buffers[i])
      ? `the same buffer ("${label}"); a written buffer may appear once`
      : `parts of one buffer ("${label}"); a call reads a buffer or writes it`;
    throw new TypeError(
      `Cannot compile kernel "${name}": "${binding.name}" and "${bindings[twin].name}" are ${why}`,
    );
  });
}

/** Refuses what is no aligned part of its buffer. */
function checkView(
  binding: string,
  { buffer, offset, bytes }: BufferView,
  alignment: number,
): void {
  const inside = offset >= 0 && bytes > 0 && offset + bytes <= buffer.bytes;
  if (inside && offset % alignment === 0 && bytes % 4 === 0) return;
  throw new RangeError(
    `Cannot bind "${binding}" to ${bytes} bytes at ${offset} of "${buffer.label}": ` +
      `expected a part of its ${buffer.bytes} bytes that begins at a multiple of ${alignment}`,
  );
}

/**
 * Checks that bytes to copy are whole words of a buffer.
 *
 * @param action What is done with them, for errors: "write".
 * @throws {RangeError} if they are not.
 */
export function checkPart(
  { label, bytes: size }: DeviceBuffer,
  byteOffset: number,
  bytes: number,
  action: string,
): void {
  const what = `Cannot ${action} ${bytes} bytes at ${byteOffset} of "${label}"`;
  if (byteOffset % 4 !== 0 || bytes % 4 !== 0) {
    throw new RangeError(`${what}: they are not whole words; expected multiples of 4`);
  }
  if (!(byteOffset >= 0 && bytes >= 0 && byteOffset + bytes <= size)) {
    throw new RangeError(`${what}: they lie outside; expected a part of its ${size} bytes`);
  }
}

function overlap(a: BufferView, b: BufferView): boolean {
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
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
