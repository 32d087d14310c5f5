/**
 * What an executable takes on the device besides the buffers that it is given: one uniform buffer
 * with a slot per set of parameters, and one scratch buffer that its calls share.
 *
 * @module
 */
import { deviceBytes, type KernelCallShape } from "../backend.ts";
import { encodeParam } from "../call.ts";
import type { Dispatch, Kernel, Traits } from "../kernel.ts";

/** Offsets in a uniform buffer are multiples of this on every adapter. */
const SLOT_TILE = 256;

/** One dispatch of one call. */
export interface Step {
  /** Number of the call. */
  readonly call: number;
  /** What to dispatch. */
  readonly dispatch: Dispatch;
  /** Its slot: dispatches of a call that have no parameters of their own share one. */
  readonly slot: number;
}

/** The steps of a list of calls, and what they take. */
export interface Layout {
  /** Every dispatch, in order. */
  readonly steps: readonly Step[];
  /** Words of the parameters by slot. */
  readonly slots: readonly Uint32Array<ArrayBuffer>[];
  /** Where each slot begins in the uniform buffer. */
  readonly offsets: readonly number[];
  /** Bytes of the uniform buffer; 0 if no kernel has parameters. */
  readonly uniformBytes: number;
  /** Bytes of the scratch buffer; 0 if no kernel has one. */
  readonly scratchBytes: number;
  /** Both together. */
  readonly bytes: number;
}

/** Whether a kernel has a uniform. */
export function hasParams({ params, gpu }: Kernel): boolean {
  return params.length + (gpu.dispatchParams?.length ?? 0) > 0;
}

/**
 * Lays a list of calls out.
 *
 * @throws {TypeError} if a parameter is missing.
 * @throws {RangeError} if a parameter or a number of workgroups is not to be had, or loops are too long for software.
 */
export function layOut(calls: readonly KernelCallShape[], traits: Traits): Layout {
  const steps: Step[] = [];
  const slots: Uint32Array<ArrayBuffer>[] = [];
  let scratchBytes = 0;
  calls.forEach(({ kernel, params }, call) => {
    const { gpu } = kernel;
    if (gpu.scratch !== undefined) {
      scratchBytes = Math.max(scratchBytes, deviceBytes(gpu.scratch(params, traits)));
    }
    let shared: number | undefined;
    for (const dispatch of gpu.dispatches(params, traits)) {
      if (!hasWork(kernel, dispatch, traits)) continue;
      checkSteps(kernel, dispatch, traits);
      const own = gpu.dispatchParams !== undefined;
      if (own || shared === undefined) {
        shared = slots.push(wordsOf({ kernel, params }, dispatch)) - 1;
      }
      steps.push({ call, dispatch, slot: shared });
    }
  });
  const offsets: number[] = [];
  let uniformBytes = 0;
  for (const words of slots) {
    offsets.push(uniformBytes);
    uniformBytes += Math.ceil(words.byteLength / SLOT_TILE) * SLOT_TILE;
  }
  return { steps, slots, offsets, uniformBytes, scratchBytes, bytes: uniformBytes + scratchBytes };
}

/** The content of the uniform buffer. */
export function uniformWords({ slots, offsets, uniformBytes }: Layout): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(uniformBytes / 4);
  slots.forEach((slot, i) => words.set(slot, offsets[i] / 4));
  return words;
}

/** The words of a slot, filled up to a multiple of 16 bytes. */
function wordsOf(
  { kernel, params }: KernelCallShape,
  dispatch: Dispatch,
): Uint32Array<ArrayBuffer> {
  const own = kernel.gpu.dispatchParams ?? [];
  const count = kernel.params.length + own.length;
  const words = new Uint32Array(Math.ceil(count / 4) * 4);
  words.set([
    ...kernel.params.map((param) => encodeParam(kernel, param, params[param.name])),
    ...own.map((param) => encodeParam(kernel, param, dispatch.params?.[param.name])),
  ]);
  return words;
}

/** Steps after which llvmpipe leaves every loop of an invocation, and says nothing. */
const SOFTWARE_STEPS = 65_535;

/** Refuses loops that software would not finish. */
function checkSteps({ name }: Kernel, { entry, steps = 0 }: Dispatch, { software }: Traits): void {
  if (!software || steps <= SOFTWARE_STEPS) return;
  throw new RangeError(
    `Cannot compile kernel "${name}": the loops of "${entry}" take ${steps} steps, which software rendering does not ` +
      `finish; expected at most ${SOFTWARE_STEPS}, of smaller shapes, or device "wasm"`,
  );
}

/** Whether a dispatch has any workgroups; throws if it has too many. */
function hasWork({ name }: Kernel, { entry, groups }: Dispatch, { maxGroups }: Traits): boolean {
  for (const count of groups) {
    if (!Number.isInteger(count) || count < 0 || count > maxGroups) {
      throw new RangeError(
        `Cannot compile kernel "${name}": "${entry}" has ${groups.join(" x ")} workgroups; ` +
          `expected integers up to ${maxGroups}`,
      );
    }
  }
  return groups.every((count) => count > 0);
}
