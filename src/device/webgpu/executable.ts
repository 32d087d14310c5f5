/**
 * A compiled list of kernel calls: pipelines, bind groups and numbers of workgroups, in order.
 *
 * @module
 */
import { groupBy } from "../../runtime/group_by.ts";
import type { BufferView, Executable, KernelCall } from "../backend.ts";
import { NONE_REPLACED, Replaced, type Replacements } from "../replace.ts";
import type { WebgpuBuffer } from "./buffer.ts";
import { hasParams, type Layout } from "./layout.ts";
import type { CompiledPipeline } from "./pipelines.ts";

/** One dispatch, ready to be encoded. */
export interface BoundDispatch {
  /** Number of the kernel call that it belongs to. */
  readonly call: number;
  /** What runs. */
  readonly pipeline: GPUComputePipeline;
  /** On what. */
  readonly bindings: GPUBindGroup;
  /** In how many workgroups. */
  readonly groups: readonly [number, number, number];
}

/** What a {@linkcode WebgpuExecutable} is made of. */
export interface ExecutableParts {
  /** Number of kernel calls. */
  readonly length: number;
  /** The dispatches, in order, with other views in the place of buffers. */
  bind(replaced: Replacements): readonly BoundDispatch[];
  /** Every buffer that a call was given. */
  readonly buffers: ReadonlySet<WebgpuBuffer>;
  /** Uniforms and scratch memory. */
  readonly own: readonly GPUBuffer[];
  /** Bytes of `own`. */
  readonly bytes: number;
}

/** See the module comment. */
export class WebgpuExecutable implements Executable {
  /** Number of kernel calls. */
  readonly length: number;
  /** Bytes of uniforms and scratch memory. */
  readonly bytes: number;
  /** Whose it is. */
  readonly device: GPUDevice;
  /** Every buffer that a call was given. */
  readonly buffers: ReadonlySet<WebgpuBuffer>;
  /** The backend's count of freed buffers when `buffers` were last seen alive. */
  checked = 0;
  /** What a run takes at most, by what was seen last: the time between two waits for the device, shared among its runs there. */
  milliseconds = Infinity;
  readonly #own: readonly GPUBuffer[];
  readonly #bind: ExecutableParts["bind"];
  readonly #replaced = new Replaced<readonly BoundDispatch[]>();
  #dispatches: readonly BoundDispatch[] | undefined;

  /** Made by the backend. */
  constructor(device: GPUDevice, { length, bytes, buffers, own, bind }: ExecutableParts) {
    this.device = device;
    this.length = length;
    this.bytes = bytes;
    this.buffers = buffers;
    this.#own = own;
    this.#bind = bind;
    this.#dispatches = bind(NONE_REPLACED);
  }

  /** Whether it was released. */
  get released(): boolean {
    return this.#dispatches === undefined;
  }

  /** `calls` calls from number `first` on, a pass for each; the i-th lies between the timestamps `2 * i` and `2 * i + 1`. */
  encodeMeasured(
    first: number,
    calls: number,
    querySet: GPUQuerySet,
    stamps: GPUBuffer,
    replaced: Replacements,
  ): GPUCommandBuffer {
    const dispatches = groupBy(this.bound(replaced), ({ call }) => call);
    const encoder = this.device.createCommandEncoder({ label: "measured program" });
    for (let i = 0; i < calls; i++) {
      const timestampWrites = {
        querySet,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      };
      const pass = encoder.beginComputePass({ timestampWrites });
      encodeDispatches(pass, dispatches.get(first + i) ?? []);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, 2 * calls, stamps, 0);
    return encoder.finish();
  }

  /** The dispatches, in order, with other views in the place of buffers. */
  bound(replaced: Replacements): readonly BoundDispatch[] {
    if (replaced.size === 0) return this.#dispatches ?? [];
    return this.#replaced.of(replaced, () => this.#bind(replaced));
  }

  /** Gives the memory back. */
  destroy(): void {
    for (const buffer of this.#own) buffer.destroy();
    this.#dispatches = undefined;
  }
}

/**
 * The executable as what it is here.
 *
 * @throws {TypeError} if it is another backend's.
 */
export function ownExecutable(
  executable: Executable,
  device: GPUDevice,
  action: string,
): WebgpuExecutable {
  if (executable instanceof WebgpuExecutable && executable.device === device) return executable;
  throw new TypeError(
    `Cannot ${action} the executable: it belongs to another backend; expected one of this one`,
  );
}

/**
 * The executable, unless it was released.
 *
 * @throws {ReferenceError} if it was.
 */
export function liveExecutable(executable: WebgpuExecutable, action: string): WebgpuExecutable {
  if (!executable.released) return executable;
  throw new ReferenceError(
    `Cannot ${action} the executable: it was released; expected a live one`,
  );
}

/** Records dispatches in a pass. */
export function encodeDispatches(
  pass: GPUComputePassEncoder,
  dispatches: readonly BoundDispatch[],
): void {
  let current: GPUComputePipeline | undefined;
  for (const { pipeline, bindings, groups } of dispatches) {
    if (pipeline !== current) pass.setPipeline(pipeline);
    current = pipeline;
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(...groups);
  }
}

/** What the steps of a list are bound to. */
export interface Memory {
  /** Scratch memory, if a kernel has any. */
  readonly scratch: GPUBuffer | undefined;
  /** Uniforms, if a kernel has parameters. */
  readonly uniforms: GPUBuffer | undefined;
  /** What a call's view is on the GPU. */
  bindingOf(view: BufferView): GPUBufferBinding;
}

/** Binds every step of a layout; steps that share a slot share a bind group. */
export function bindSteps(
  device: GPUDevice,
  calls: readonly KernelCall[],
  { steps, slots, offsets }: Layout,
  pipelines: readonly CompiledPipeline[],
  { scratch, uniforms, bindingOf }: Memory,
): BoundDispatch[] {
  const bound = new Map<number, GPUBindGroup>();
  return steps.map(({ call, slot, dispatch: { groups } }, i) => {
    const { pipeline, layout } = pipelines[i];
    let bindings = bound.get(slot);
    if (bindings === undefined) {
      const { kernel, buffers } = calls[call];
      const resources = buffers.map(bindingOf);
      if (kernel.gpu.scratch !== undefined && scratch !== undefined) {
        resources.push({ buffer: scratch });
      }
      if (hasParams(kernel) && uniforms !== undefined) {
        resources.push({ buffer: uniforms, offset: offsets[slot], size: slots[slot].byteLength });
      }
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      bindings = device.createBindGroup({ label: kernel.name, layout, entries });
      bound.set(slot, bindings);
    }
    return { call, pipeline, bindings, groups };
  });
}
