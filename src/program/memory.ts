/**
 * The device memory of a program: which part of which buffer a tensor is.
 *
 * @module
 */
import { type BufferView, type DeviceBuffer, type KernelCall, viewOf } from "../device/backend.ts";
import { roundUp } from "../device/kernel.ts";
import { written } from "./effects.ts";
import type { HeldOutput, Holds } from "./holds.ts";
import type { TracedProgram } from "./program.ts";
import type { Resource } from "./resource.ts";
import { STEP, type Tensor } from "./trace.ts";

/** Keeps programs of one device apart where one of them takes longer than a call. */
export interface Gate {
  /** What a program does that others have to wait for, since they share its memory; nothing if absent. */
  busy: string | undefined;
}

/** The device memory of a program; made by `Device`. */
export interface ProgramMemory {
  /** Buffer of each resource. */
  resource(resource: Resource): DeviceBuffer;
  /** Buffers of the inputs. */
  readonly inputs: readonly DeviceBuffer[];
  /** Buffer of each slot of the plan. */
  readonly slots: readonly DeviceBuffer[];
  /** Shared by the programs of a device. */
  readonly gate: Gate;
  /** What of the device's memory is held. */
  readonly holds: Holds;
  /** Keeps what a tensor lies in from being overwritten and given back. */
  hold(tensor: Tensor, view: BufferView): HeldOutput;
  /** Gives back what only this program uses, its executables among it. */
  release(): void;
}

/** The views of a traced program's calls, ready for `Backend.compile`. */
export function bindCalls(program: TracedProgram, memory: ProgramMemory): KernelCall[] {
  return program.order.map(({ kernel, tensors, params }) => ({
    kernel,
    buffers: tensors.map((tensor) => locate(tensor, program, memory)),
    params,
  }));
}

/** What is bound in the place of a program's inputs, by their numbers. */
export type GivenInputs = ReadonlyMap<number, HeldOutput>;

const NONE_GIVEN: GivenInputs = new Map();

/** Where a tensor lies: all of what its root has, or the part that it shows. */
export function locate(
  tensor: Tensor,
  program: TracedProgram,
  memory: ProgramMemory,
  given: GivenInputs = NONE_GIVEN,
): BufferView {
  const { root, offset, elements } = tensor;
  const whole = viewOfRoot(root, program, memory, given);
  // Kernels may touch all of the last vector.
  const bytes = roundUp(4 * elements, 16);
  return tensor.isWhole ? whole : viewOf(whole.buffer, whole.offset + 4 * offset, bytes);
}

function viewOfRoot(
  root: Tensor,
  { slots }: TracedProgram,
  memory: ProgramMemory,
  given: GivenInputs,
): BufferView {
  const { storage } = root;
  if (storage.kind === "resource") return memory.resource(storage.resource);
  if (storage.kind === "input") {
    return given.get(storage.index)?.view ?? memory.inputs[storage.index];
  }
  return memory.slots[slots.findIndex((slot) => slot.tensors.includes(root))];
}

/** Buffers that a run changes and that something may hold: outputs, and the resources that its kernels and the host write. */
export function overwritten(program: TracedProgram, memory: ProgramMemory): DeviceBuffer[] {
  const roots = new Set(program.order.flatMap(written).map(({ root }) => root));
  const resources = [...roots].flatMap(({ storage }) =>
    storage.kind === "resource" ? [memory.resource(storage.resource)] : []
  );
  const own = program.slots.flatMap(({ own }, i) => own === true ? [memory.slots[i]] : []);
  const step = program.resources.includes(STEP) ? [memory.resource(STEP)] : [];
  return [...new Set([...own, ...resources, ...step])];
}

/** Numbers of the inputs that kernels of a program change. */
export function changedInputs(program: TracedProgram): ReadonlySet<number> {
  return new Set(
    program.order.flatMap(written).flatMap(({ root: { storage } }) =>
      storage.kind === "input" ? [storage.index] : []
    ),
  );
}
