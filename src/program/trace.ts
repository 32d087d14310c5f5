/**
 * The trace: the kernel calls that an ordinary function over tensors makes, and a tape of how to
 * differentiate them. Tracing computes nothing and takes no device memory.
 *
 * @module
 */
import type { Kernel, Params } from "../device/kernel.ts";
import { COLUMN_TILE, roundUp } from "../device/kernel.ts";
import { STEP_BYTES } from "../device/step_block.ts";
import { type Category, Resource } from "./resource.ts";

/**
 * Shape of a tensor: `[]` a scalar, `[n]` a vector, `[features, examples]` a matrix of columns,
 * `[channels, height, width, examples]` images.
 */
export type Shape = readonly number[];

/** Where a tensor's memory comes from. */
export type Storage =
  | { readonly kind: "resource"; readonly resource: Resource }
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "transient"; readonly category: Category };

/** A value inside a trace. */
export class Tensor {
  /** The trace that it belongs to. */
  readonly trace: Trace;
  /** The tensor whose memory it shows in another shape; itself where it has its own. */
  readonly root: Tensor;
  /** Its shape; the last dimension of a matrix counts examples, without padding. */
  readonly shape: Shape;
  /** Type of an element. */
  readonly type: "f32" | "u32";
  /** Elements in memory, padding of the columns included. */
  readonly elements: number;
  /** Where its memory comes from. */
  readonly storage: Storage;

  /** Used by {@linkcode Trace} only. */
  constructor(
    trace: Trace,
    shape: Shape,
    type: "f32" | "u32",
    elements: number,
    storage: Storage,
    root?: Tensor,
  ) {
    this.trace = trace;
    this.root = root ?? this;
    this.shape = shape;
    this.type = type;
    this.elements = elements;
    this.storage = storage;
  }

  /** Features of a `[features, examples]` tensor, channels of images. */
  get rows(): number {
    return this.shape[0] ?? 1;
  }

  /**
   * Elements of a row in memory. Of a `[features, examples]` tensor these are its columns: a multiple of 32, or 1 in a
   * program of a single example.
   */
  get columns(): number {
    return this.elements / this.rows;
  }

  /** Examples in memory, padding included. */
  get paddedExamples(): number {
    return this.elements / this.shape.slice(0, -1).reduce((product, n) => product * n, 1);
  }
}

/** One kernel call of a trace. */
export interface TraceCall {
  /** The kernel. */
  readonly kernel: Kernel;
  /** A tensor per binding. */
  readonly tensors: readonly Tensor[];
  /** A value per parameter. */
  readonly params: Params;
}

/** How to differentiate one operation. */
export interface TapeEntry {
  /** What the operation took. */
  readonly inputs: readonly Tensor[];
  /** What it gave. */
  readonly output: Tensor;
  /** Records the gradients of the inputs from that of the output; `undefined` where none is wanted. */
  backward(upstream: Tensor): readonly (Tensor | undefined)[];
}

/** Where a run stands. */
export interface Clock {
  /** Steps before this one. */
  readonly step: number;
  /** Steps of the whole run, for schedules. */
  readonly totalSteps: number;
  /** Where the batch stands in an update over several; by default it is an update of its own. */
  readonly part?: UpdatePart;
}

/** The place of a batch in an update over several batches. */
export interface UpdatePart {
  /** Examples of the batches of the update before this one. */
  readonly before: number;
  /** Examples of all its batches. */
  readonly total: number;
}

/** What the numbers of an input may be: indices below a bound, or shares. */
export interface InputLimit {
  /** Number of the input. */
  readonly input: number;
  /** The least that a number of a real example may be. */
  readonly least: number;
  /** The most that it may be. */
  readonly most: number;
  /** What is expected, for errors: "classes below 10". */
  readonly expected: string;
}

/** The two views of the step block that a writer fills. */
export interface StepWords {
  /** The words as u32. */
  readonly u32: Uint32Array;
  /** The same words as f32. */
  readonly f32: Float32Array;
}

/** The step block: see `src/device/step_block.ts`. */
export const STEP: Resource = new Resource({
  label: "step block",
  type: "u32",
  length: STEP_BYTES / 4,
  category: "program",
});

/** The number 1: the gradient of a loss with respect to itself, and the factor of gradients that are not clipped. */
export const ONE: Resource = new Resource({
  label: "one",
  type: "f32",
  length: 2,
  category: "program",
  initial: () => new Float32Array([1, 0]),
});

/** A step block beside {@linkcode STEP}. */
export interface StepBlock {
  /** Where it lies. */
  readonly resource: Resource;
  /** Changes what is different in it. */
  readonly write: (words: StepWords, clock: Clock) => void;
}

/** Records kernel calls; see the module comment. */
export class Trace {
  /** What columns are padded to a multiple of: 32, or 1 in a program of a single example. */
  readonly columnTile: number;
  /** The calls so far, in order. */
  readonly calls: TraceCall[] = [];
  /** The differentiable operations so far, in order. */
  readonly tape: TapeEntry[] = [];
  /** Fill the step block before each run. */
  readonly stepWriters: ((words: StepWords, clock: Clock) => void)[] = [];
  /** Step blocks beside the first one. */
  readonly stepBlocks: StepBlock[] = [];
  /** The function's inputs. */
  readonly inputs: Tensor[] = [];
  /** What the numbers of inputs have to be, which every run checks. */
  readonly limits: InputLimit[] = [];
  readonly #resources = new Map<Resource, Tensor>();
  readonly #differentiable = new Set<Tensor>();

  /** Starts with nothing. */
  constructor(columnTile: number = COLUMN_TILE) {
    this.columnTile = columnTile;
  }

  /** Declares the next input of the program. */
  input(shape: Shape, type: "f32" | "u32"): Tensor {
    const index = this.inputs.length;
    const tensor = new Tensor(this, shape, type, this.#padded(shape), { kind: "input", index });
    this.inputs.push(tensor);
    return tensor;
  }

  /** The tensor of a resource, always the same one. */
  resource(resource: Resource, shape: Shape = [resource.length]): Tensor {
    let tensor = this.#resources.get(resource);
    if (tensor === undefined) {
      const storage = { kind: "resource", resource } as const;
      tensor = new Tensor(this, shape, resource.type, resource.length, storage);
      this.#resources.set(resource, tensor);
      if (resource.trainable) this.#differentiable.add(tensor);
    }
    return tensor;
  }

  /** All resources that the trace refers to, in order of first reference. */
  get resources(): readonly Resource[] {
    return [...this.#resources.keys()];
  }

  /** A new `[features, columns]` tensor with padded columns. */
  activation(shape: Shape, type: "f32" | "u32" = "f32"): Tensor {
    const storage = { kind: "transient", category: "activations" } as const;
    return new Tensor(this, shape, type, this.#padded(shape), storage);
  }

  /** A new tensor without padding. */
  transient(shape: Shape, category: Category, type: "f32" | "u32" = "f32"): Tensor {
    const elements = shape.reduce((product, n) => product * n, 1);
    return new Tensor(this, shape, type, elements, { kind: "transient", category });
  }

  /**
   * The same memory in another shape.
   *
   * @throws {TypeError} if the shapes have different numbers of examples or of elements.
   */
  view(tensor: Tensor, shape: Shape): Tensor {
    const { elements, storage, type } = tensor;
    if (tensor.shape.at(-1) !== shape.at(-1) || this.#padded(shape) !== elements) {
      throw new TypeError(
        `Cannot see a tensor of shape [${tensor.shape}] as [${shape}]: expected as many elements and the same examples`,
      );
    }
    return new Tensor(this, shape, type, elements, storage, tensor.root);
  }

  /**
   * Says that a kernel reads the numbers of a tensor as indices. If they are an input of the program, every run looks at
   * them before they reach the device: there an index out of range is another wrong result on every backend.
   *
   * @param below Number of the things that are counted.
   * @param what Their name for errors, such as "classes".
   */
  requireBelow({ root: { storage, type } }: Tensor, below: number, what: string): void {
    if (type !== "u32") return;
    this.#require(storage, { least: 0, most: below - 1, expected: `${what} below ${below}` });
  }

  /**
   * Says that a kernel takes the numbers of a tensor to lie in a range. If they are an input of the program, every run looks
   * at them before they reach the device: there one outside gives a result that means nothing.
   *
   * @param what Their name for errors, such as "targets".
   */
  requireWithin({ root: { storage } }: Tensor, least: number, most: number, what: string): void {
    this.#require(storage, { least, most, expected: `${what} from ${least} to ${most}` });
  }

  #require(storage: Storage, limit: Omit<InputLimit, "input">): void {
    if (storage.kind !== "input") return;
    const { index: input } = storage;
    const known = this.limits.some((other) =>
      other.input === input && other.least >= limit.least && other.most <= limit.most
    );
    if (!known) this.limits.push({ input, ...limit });
  }

  /** Records one kernel call. */
  emit(kernel: Kernel, tensors: readonly Tensor[], params: Params): void {
    if (tensors.length !== kernel.bindings.length) {
      throw new TypeError(
        `Cannot record "${kernel.name}": got ${tensors.length} tensors; expected ` +
          kernel.bindings.map((b) => b.name).join(", "),
      );
    }
    const stranger = tensors.find((t) => t.trace !== this);
    if (stranger !== undefined) {
      throw new TypeError(
        `Cannot record "${kernel.name}": a tensor of shape [${stranger.shape}] belongs to another trace; ` +
          "use tensors only inside the function that is being traced",
      );
    }
    this.calls.push({ kernel, tensors: tensors.map(({ root }) => root), params });
  }

  /** Records how to differentiate an operation, where any of its inputs depends on a parameter. */
  differentiable(entry: TapeEntry): void {
    if (entry.inputs.some((t) => this.#differentiable.has(t))) {
      this.#differentiable.add(entry.output);
      this.tape.push(entry);
    }
  }

  #padded(shape: Shape): number {
    return paddedElements(shape, this.columnTile);
  }

  /** Whether a gradient with respect to the tensor is ever of use. */
  wantsGradient(tensor: Tensor): boolean {
    return this.#differentiable.has(tensor);
  }

  /** The step block. */
  get step(): Tensor {
    return this.resource(STEP);
  }

  /**
   * Another step block for the kernels that are given it, such as those of parameters with a learning rate of their own. It
   * has the words of the first one.
   *
   * @param write Changes what is different in it, before each run.
   */
  stepBlock(write: StepBlock["write"]): Tensor {
    const resource = new Resource({
      label: `step block ${this.stepBlocks.length + 1}`,
      type: "u32",
      length: STEP_BYTES / 4,
      category: "program",
    });
    this.stepBlocks.push({ resource, write });
    return this.resource(resource);
  }

  /** The number 1. */
  get one(): Tensor {
    return this.resource(ONE);
  }
}

/**
 * Refuses what is no scalar of a trace.
 *
 * @param what What it is and whose, for errors: "the loss".
 * @throws {TypeError} if it is another tensor, or none.
 */
export function requireScalar(value: unknown, what: string): asserts value is Tensor {
  if (value instanceof Tensor && value.shape.length === 0) return;
  const found = value instanceof Tensor ? `a tensor of shape [${value.shape}]` : kindOf(value);
  throw new TypeError(
    `Cannot use ${what}: it is ${found}; expected a scalar, such as a mean over the examples`,
  );
}

/** What a value is, for errors: "a Promise", "undefined", "a number". */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const name = typeof value === "object" ? value.constructor?.name ?? "Object" : typeof value;
  return `${/^[AEIOaeio]/.test(name) ? "an" : "a"} ${name}`;
}

/** Elements of a shape in memory: the columns of a matrix are padded to a multiple of `tile`. */
export function paddedElements(shape: Shape, tile: number = COLUMN_TILE): number {
  if (shape.length < 2) return shape[0] ?? 1;
  const columns = shape[shape.length - 1];
  const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  return rows * roundUp(columns, tile);
}
