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
  /** Whether invocations of a subgroup can exchange values: the feature was granted. */
  readonly subgroups?: boolean;
  /** The variant of a kernel that was measured to be the fastest for shapes of a class, if any was. */
  readonly choose?: (
    kernel: Pick<Kernel, "name" | "gpu">,
    shapeClass: string,
  ) => string | undefined;
}

/** One dispatch of a kernel on WebGPU. */
export interface Dispatch {
  /** Entry point in the kernel's module. */
  readonly entry: string;
  /** Another module of the kernel, by its name in {@linkcode GpuKernel.modules}. */
  readonly module?: string;
  /** Number of workgroups in x, y, z. */
  readonly groups: readonly [number, number, number];
  /** Values of the module's `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Parameters of this dispatch alone; names listed in `GpuKernel.dispatchParams`. */
  readonly params?: Params;
  /** Most steps that the loops of an invocation take together, each loop one more than its turns; none by default. */
  readonly steps?: number;
}

/** One of several ways of computing a kernel on WebGPU. */
export interface Variant {
  /** Whether an adapter and a shape allow it; the others are never dispatched. */
  supports(params: Params, traits: Traits): boolean;
  /** Its dispatches, in order. */
  dispatches(params: Params, traits: Traits): readonly Dispatch[];
}

/** The ways of computing a kernel, and which one is taken where nothing was measured. */
export interface Variants {
  /** The variants by name; the first supports everything. */
  readonly all: Readonly<Record<string, Variant>>;
  /** Shapes that choose alike, in a word or two. */
  shapeClass(params: Params): string;
  /** The variant by traits; one that supports them. */
  prefer(params: Params, traits: Traits): string;
}

/** The WebGPU half of a kernel. */
export interface GpuKernel {
  /**
   * Text of its module, before the repeat blocks are expanded; by default that of `wgsl/NAME.wgsl`, which only those load
   * who open WebGPU.
   */
  readonly wgsl?: string;
  /** The modules that need a feature: `wgsl/NAME_MODULE.wgsl`; compiled only where it was granted. */
  readonly modules?: readonly string[];
  /** The ways of computing it, where there are several; `dispatches` takes one of them. */
  readonly variants?: Variants;
  /** Parameters that differ between the dispatches of one call; they follow `Kernel.params` in the uniform. */
  readonly dispatchParams?: readonly Param[];
  /** The dispatches of one call, in order. */
  dispatches(params: Params, traits: Traits): readonly Dispatch[];
  /** Bytes of the scratch buffer that the dispatches share, if any. */
  scratch?(params: Params, traits: Traits): number;
}

/**
 * A kernel with variants: it dispatches the one that was measured to be the fastest, else the one that traits prefer. For
 * one choice that is always the same.
 *
 * @param name Name of the kernel.
 */
export function withVariants(
  name: string,
  parts: Pick<GpuKernel, "wgsl" | "modules" | "dispatchParams">,
  variants: Variants,
): GpuKernel {
  const { all, shapeClass, prefer } = variants;
  const gpu: GpuKernel = {
    ...parts,
    variants,
    dispatches(params, traits) {
      const measured = traits.choose?.({ name, gpu }, shapeClass(params));
      const usable = measured !== undefined && Object.hasOwn(all, measured) &&
        all[measured].supports(params, traits);
      return all[usable ? measured : prefer(params, traits)].dispatches(params, traits);
    },
  };
  return gpu;
}

/** A kernel that may change its result before it stores it: its parameter `epilogue` says how. */
export interface KernelEpilogue {
  /** The binding of what the change reads beside the result; without one it can read nothing. */
  readonly extra?: string;
  /** The binding of the result. */
  readonly output: string;
}

/** A kernel that changes another's result element by element, as the other can do before it stores it. */
export interface KernelFollower {
  /** The binding of the result that it changes. */
  readonly operand: string;
  /** The binding of what it reads besides, if anything; as long as the result. */
  readonly extra?: string;
  /** The binding of its own result. */
  readonly output: string;
  /**
   * The epilogue of a call that does what it does to a result.
   *
   * @param before The epilogue of the call that makes the result.
   * @param params Parameters of the call that follows it.
   * @returns `undefined` if the call cannot do both.
   */
  epilogue(before: number, params: Params): number | undefined;
}

/** What a kernel does that writes `length` elements of a binding from element `to` on, and nothing else. */
export interface KernelRun {
  /** The binding that it writes. */
  readonly output: string;
  /** The binding that it copies, from element `begin` on, if it does. A program does without the copy where it can. */
  readonly source?: string;
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
  /** How it may change its result, if it can. */
  readonly epilogue?: KernelEpilogue;
  /** How another kernel may do what it does, if it can. */
  readonly follower?: KernelFollower;
  /** Which run of elements it writes, if it leaves the others as they are. */
  readonly run?: KernelRun;
  /**
   * What the host does in its place: it changes what the bindings hold, in a run of so many examples. No backend is given such a call;
   * a program is cut there.
   */
  readonly host?: (contents: readonly (Float32Array | Uint32Array)[], examples: number) => void;
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
