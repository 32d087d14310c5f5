/**
 * Carries one kernel call out on a backend and compares what it wrote with the oracle.
 *
 * Every written buffer starts as poison (NaN, and a number that no kernel writes where it holds integers), so that a skipped
 * dispatch and a missed edge show. Poison lies around every buffer: behind its last element, and on WASM, where a kernel
 * reaches all of linear memory, before its first one too. What a kernel reads there spoils its result; what it writes there
 * is found. Some drivers drop a write beyond the end, others put it on the last element of the binding: that is poison too.
 * Scratch memory holds poison as well, as after any other kernel.
 *
 * @module
 */
import type { Backend } from "../../src/device/backend.ts";
import type { Binding, Kernel } from "../../src/device/kernel.ts";
import { ORACLES } from "../oracle/mod.ts";
import type { Expected, HostArray, Inputs, Outputs } from "../oracle/types.ts";
import { Memory, POISON } from "./memory.ts";
import { compilePoisoned } from "./scratch.ts";

export { POISON } from "./memory.ts";

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

/** Carries a case out. `execute` may be replaced to see the harness fail. */
export async function runKernel(
  backend: Backend,
  kernel: Kernel,
  given: Case,
  execute: (run: () => void) => void = (run) => run(),
): Promise<Written> {
  const memories = kernel.bindings.map((binding) =>
    new Memory(backend, `${kernel.name}.${binding.name}`, contentOf(binding, given))
  );
  try {
    const buffers = memories.map(({ buffer }) => buffer);
    const { executable, checkScratch, release } = await compilePoisoned(backend, {
      kernel,
      buffers,
      params: given.params,
    });
    try {
      let ran = false;
      execute(() => {
        backend.run(executable);
        ran = true;
      });
      const written: Record<string, HostArray> = {};
      for (const [i, binding] of kernel.bindings.entries()) {
        const words = await memories[i].check(kernel, binding);
        if (words === undefined) continue;
        written[binding.name] = binding.type === "f32"
          ? new Float32Array(words.buffer, words.byteOffset, words.length)
          : words;
      }
      if (ran) await checkScratch();
      return written;
    } finally {
      release();
    }
  } finally {
    for (const memory of memories) memory.free();
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

/** The words of a binding before the call. */
function contentOf(binding: Binding, given: Case): Uint32Array {
  const content = given.inputs[binding.name];
  const length = content?.length ?? given.lengths[binding.name];
  if (length === undefined || (content === undefined) !== (binding.access === "write")) {
    throw new TypeError(
      `Cannot run case "${given.note}": binding "${binding.name}" is ${binding.access}; expected ` +
        (binding.access === "write" ? "its length" : "its content"),
    );
  }
  return content === undefined ? new Uint32Array(length).fill(POISON) : bitsOf(content);
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
