/**
 * What a kernel is: a name, its buffers in binding order and its parameters in order.
 *
 * The same declaration serves every backend. WGSL binds `bindings[i]` at `@group(0) @binding(i)`,
 * then the scratch buffer (if any), then the parameters as one uniform struct of 4-byte words in
 * the order of `params`. Rust receives one list of words: a pointer per binding, then the
 * parameters (an f32 parameter as its bits). A test compares the three.
 *
 * @module
 */

/** A buffer that a kernel takes. */
export interface Binding {
  /** Name, the same in WGSL, Rust and the oracle. */
  readonly name: string;
  /** What the kernel does with it; a `write` binding has every element written. */
  readonly access: "read" | "write" | "readwrite";
  /** Type of one element. */
  readonly type: "f32" | "u32";
}

/** A number given to a kernel when its program is compiled. */
export interface Param {
  /** Name, the same in WGSL, Rust and the oracle. */
  readonly name: string;
  /** Type of the word. */
  readonly type: "f32" | "u32";
}

/** Values of a kernel's parameters by name. */
export type Params = Readonly<Record<string, number>>;

/** What a kernel may know of the adapter when it chooses among its variants. */
export interface Traits {
  /** Whether the adapter is software: registers are fast, shared memory and barriers slow. */
  readonly software: boolean;
  /** Most workgroups along one dimension of a dispatch. */
  readonly maxGroups: number;
  /** Most invocations in one workgroup. */
  readonly maxInvocations: number;
  /** Most bytes of workgroup memory. */
  readonly maxWorkgroupBytes: number;
}

/** One dispatch of a kernel on WebGPU. */
export interface Dispatch {
  /** Entry point in the kernel's module. */
  readonly entry: string;
  /** Number of workgroups in x, y, z. */
  readonly groups: readonly [number, number, number];
  /** Values of the module's `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Parameters of this dispatch alone; names listed in `GpuKernel.dispatchParams`. */
  readonly params?: Params;
}

/** The WebGPU half of a kernel. */
export interface GpuKernel {
  /** Text of `wgsl/NAME.wgsl`, before the repeat blocks are expanded. */
  readonly wgsl: string;
  /** Parameters that differ between the dispatches of one call; they follow `Kernel.params` in the uniform. */
  readonly dispatchParams?: readonly Param[];
  /** The dispatches of one call, in order. */
  dispatches(params: Params, traits: Traits): readonly Dispatch[];
  /** Bytes of the scratch buffer that the dispatches share, if any. */
  scratch?(params: Params, traits: Traits): number;
}

/** A kernel, declared once for all backends. */
export interface Kernel {
  /** snake_case; the name of the `.wgsl`, `.rs`, `.ts` and oracle files. */
  readonly name: string;
  /** The buffers in binding order. */
  readonly bindings: readonly Binding[];
  /** The parameters in order. */
  readonly params: readonly Param[];
  /** WebGPU: module text and dispatches. */
  readonly gpu: GpuKernel;
  /** WASM: bytes of scratch memory that one thread needs. */
  scratch?(params: Params): number;
  /** Floating-point operations of one call (a multiply-add counts two), for reports. */
  flops?(params: Params): number;
}

/** Columns (examples) are padded to a multiple of this in every activation. */
export const COLUMN_TILE = 32;

/** Lists of connections start at multiples of this and are padded to it. */
export const LIST_TILE = 4;

/** `n` rounded up to a multiple of `tile`. */
export function roundUp(n: number, tile: number): number {
  return Math.ceil(n / tile) * tile;
}
