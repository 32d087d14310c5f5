/**
 * Writes a list of kernel calls as the words that `wasm/src/runtime.rs` executes.
 *
 * @module
 */
import type { BufferView, KernelCall, KernelCallShape } from "../backend.ts";
import { checkBindings, encodeParam } from "../call.ts";
import { roundUp } from "../kernel.ts";
import type { WasmModule } from "./module.ts";

/** Bytes that views are aligned to: a vector. */
export const VIEW_TILE = 16;

/** Words in front of the first command: count, scratch base, scratch stride. */
const HEADER_WORDS = 3;

/** Which of them is the scratch base; the address is filled in once the memory is there. */
export const SCRATCH_WORD = 1;

/** Words in front of a command's own: the kernel's number, and in the upper half how many words follow. */
const COMMAND_WORDS = 1;

/** Alignment of a thread's scratch memory: a cache line. */
const SCRATCH_TILE = 64;

/** Words of a program of these calls. */
export function programWords(calls: readonly KernelCallShape[]): number {
  return calls.reduce(
    (words, { kernel }) => words + COMMAND_WORDS + kernel.bindings.length + kernel.params.length,
    HEADER_WORDS,
  );
}

/** Bytes of scratch memory that one thread needs for these calls. */
export function scratchStride(calls: readonly KernelCallShape[]): number {
  const most = calls.reduce(
    (bytes, { kernel, params }) => Math.max(bytes, kernel.scratch?.(params) ?? 0),
    0,
  );
  return roundUp(most, SCRATCH_TILE);
}

/** The numbers by which the module knows its kernels. */
export function kernelNumbers(module: WasmModule): ReadonlyMap<string, number> {
  const { exports } = module;
  const numbers = new Map<string, number>();
  for (let number = 0; number < exports.kernel_count(); number++) {
    const name = module.text(exports.kernel_name(number), exports.kernel_name_length(number));
    numbers.set(name, number);
  }
  return numbers;
}

/**
 * The words of a program, all but the address of its scratch memory.
 *
 * @param calls What to do, in order.
 * @param numbers The module's kernels.
 * @param addressOf Where a call's view lies.
 * @param stride Bytes of scratch memory per thread.
 * @throws {TypeError} if a call does not fit its kernel's declaration.
 */
export function encodeProgram(
  calls: readonly KernelCall[],
  numbers: ReadonlyMap<string, number>,
  addressOf: (view: BufferView) => number,
  stride: number,
): Uint32Array {
  const words = new Uint32Array(programWords(calls));
  words.set([calls.length, 0, stride]);
  let at = HEADER_WORDS;
  for (const call of calls) {
    const { kernel, buffers, params } = call;
    checkBindings(call, VIEW_TILE);
    const number = numbers.get(kernel.name);
    if (number === undefined) {
      throw new TypeError(
        `Cannot compile kernel "${kernel.name}": the WASM module has no such kernel; it has ${
          [...numbers.keys()].join(", ")
        }`,
      );
    }
    words[at++] = number + 0x10000 * (buffers.length + kernel.params.length);
    for (const view of buffers) words[at++] = addressOf(view);
    for (const param of kernel.params) words[at++] = encodeParam(kernel, param, params[param.name]);
  }
  return words;
}

/** Splits the words of a program into programs of one command each, in order. */
export function splitProgram(words: Uint32Array): Uint32Array[] {
  const [count, base, stride] = words;
  let at = HEADER_WORDS;
  return Array.from({ length: count }, () => {
    const end = at + COMMAND_WORDS + (words[at] >>> 16);
    const single = Uint32Array.of(1, base, stride, ...words.subarray(at, end));
    at = end;
    return single;
  });
}
