/**
 * Carries one kernel call out on a backend and compares what it wrote with the oracle.
 *
 * Every written buffer starts as NaN (a number that no kernel writes where it holds integers) and is followed by a guard,
 * so that a skipped dispatch, a missed edge and a write beyond the end all show.
 *
 * @module
 */
import type { Backend, DeviceBuffer } from "../../src/device/backend.ts";
import type { Binding, Kernel } from "../../src/device/kernel.ts";
import { ORACLES } from "../oracle/mod.ts";
import type { Expected, HostArray, Inputs, Outputs } from "../oracle/types.ts";

/** One kernel call with its data. */
export interface Case {
  /** What is special about it; appears in failures. */
  readonly note: string;
  /** A value per parameter. */
  readonly params: Readonly<Record<string, number>>;
  /** Content of every binding that is read. */
  readonly inputs: Inputs;
  /** Elements of every binding that is only written. */
  readonly lengths: Readonly<Record<string, number>>;
}

/** What a kernel wrote, by binding. */
export type Written = Readonly<Record<string, HostArray>>;

/** What an integer output holds before the call. */
export const POISON = 0x7fc0dead;

/** Elements behind the end of each buffer that must stay as they are. */
const GUARD = 16;

/** Carries a case out. `execute` may be replaced to see the harness fail. */
export async function runKernel(
  backend: Backend,
  kernel: Kernel,
  given: Case,
  execute: (run: () => void) => void = (run) => run(),
): Promise<Written> {
  const contents = kernel.bindings.map((binding) => guarded(binding, given));
  const buffers: DeviceBuffer[] = kernel.bindings.map((binding, i) => {
    const buffer = backend.allocate(contents[i].byteLength, `${kernel.name}.${binding.name}`);
    backend.write(buffer, contents[i]);
    return buffer;
  });
  const executable = await backend.compile([{ kernel, buffers, params: given.params }]);
  try {
    execute(() => backend.run(executable));
    const written: Record<string, HostArray> = {};
    for (const [i, binding] of kernel.bindings.entries()) {
      if (binding.access === "read") continue;
      const bytes = await backend.read(buffers[i], 0, contents[i].byteLength);
      const all = binding.type === "f32" ? new Float32Array(bytes) : new Uint32Array(bytes);
      checkGuard(kernel, binding, all);
      written[binding.name] = all.subarray(0, all.length - GUARD);
    }
    return written;
  } finally {
    backend.release(executable);
    buffers.forEach((buffer) => backend.free(buffer));
  }
}

/** What the oracle says of a case. */
export function expectedOf(kernel: Kernel, given: Case): Outputs {
  const params = Object.fromEntries(
    kernel.params.map(({ name, type }) => [
      name,
      type === "f32" ? Math.fround(given.params[name]) : given.params[name],
    ]),
  );
  return ORACLES[kernel.name](given.inputs, params);
}

/** What is wrong with what a kernel wrote, or `undefined` if nothing is. */
export function difference(outputs: Outputs, written: Written): string | undefined {
  for (const [name, expected] of Object.entries(outputs)) {
    const found = differenceOf(expected, written[name]);
    if (found !== undefined) return `"${name}": ${found}`;
  }
  return undefined;
}

/** Whether two runs wrote the same bits; names the first binding that differs. */
export function differentBits(a: Written, b: Written): string | undefined {
  for (const name of Object.keys(a)) {
    const [left, right] = [bitsOf(a[name]), bitsOf(b[name])];
    const at = left.findIndex((bits, i) => bits !== right[i]);
    if (at >= 0 || left.length !== right.length) {
      return `"${name}"[${at}]: ${a[name][at]} and ${b[name][at]}`;
    }
  }
  return undefined;
}

function guarded(binding: Binding, given: Case): HostArray {
  const content = given.inputs[binding.name];
  const length = content?.length ?? given.lengths[binding.name];
  if (length === undefined || (content === undefined) !== (binding.access === "write")) {
    throw new TypeError(
      `Cannot run case "${given.note}": binding "${binding.name}" is ${binding.access}; expected ` +
        (binding.access === "write" ? "its length" : "its content"),
    );
  }
  const array = binding.type === "f32"
    ? new Float32Array(length + GUARD).fill(NaN)
    : new Uint32Array(length + GUARD).fill(POISON);
  if (content !== undefined) array.set(content);
  return array;
}

function checkGuard(kernel: Kernel, binding: Binding, all: HostArray): void {
  const length = all.length - GUARD;
  const at = all.subarray(length).findIndex((x) =>
    binding.type === "f32" ? !Number.isNaN(x) : x !== POISON
  );
  if (at >= 0) {
    throw new RangeError(
      `Kernel "${kernel.name}" wrote ${all[length + at]} to "${binding.name}"[${
        length + at
      }]; it has ${length} elements`,
    );
  }
}

function differenceOf({ value, bound }: Expected, got: HostArray): string | undefined {
  if (got.length !== value.length) return `got ${got.length} elements; expected ${value.length}`;
  let first = -1;
  let wrong = 0;
  for (let i = 0; i < value.length; i++) {
    if (Math.abs(got[i] - value[i]) <= bound[i]) continue; // False for NaN too.
    if (first < 0) first = i;
    wrong++;
  }
  if (first < 0) return undefined;
  return `element ${first} is ${got[first]}; expected ${value[first]} within ${bound[first]} ` +
    `(${wrong} of ${value.length} elements are wrong)`;
}

function bitsOf(array: HostArray): Uint32Array {
  return new Uint32Array(array.buffer, array.byteOffset, array.length);
}
