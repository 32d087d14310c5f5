/**
 * The trace: the kernel calls that an ordinary function over tensors makes, and a tape of how to
 * differentiate them. Tracing computes nothing and takes no device memory.
 *
 * @module
 */
import type { Kernel, Params } from "../device/kernel.ts";
import { COLUMN_TILE } from "../device/kernel.ts";
import { STEP_BYTES } from "../device/step_block.ts";
import { type Category, Resource } from "./resource.ts";
import { paddedElements, type Shape, Tensor } from "./tensor.ts";

export {
  kindOf,
  paddedElements,
  requireScalar,
  type Shape,
  type Storage,
  Tensor,
} from "./tensor.ts";

/** One kernel call of a trace. */
export interface TraceCall {
  /** The kernel. */
  readonly kernel: Kernel;
  /** A tensor per binding. */
  readonly tensors: readonly Tensor[];
  /** A value per parameter. */
  readonly params: Params;
}

/** The gradient of a part of a tensor. */
export interface GradientPart {
  /** Elements of the tensor before the part. */
  readonly begin: number;
  /** The gradient, as long as the part. */
  readonly gradient: Tensor;
}

/** How to differentiate an operation whose result is a part of its only input. */
export interface TapePart {
  /** Elements of the input before the part. */
  readonly begin: number;
  /** Records the gradient of the input from those of all its parts. */
  assemble(input: Tensor, parts: readonly GradientPart[]): Tensor;
}

/** How to differentiate one operation. */
export interface TapeEntry {
  /** What the operation took. */
  readonly inputs: readonly Tensor[];
  /** What it gave. */
  readonly output: Tensor;
  /** Records the gradients of the inputs from that of the output; `undefined` where none is wanted. */
  backward(upstream: Tensor): readonly (Tensor | undefined)[];
  /**
   * Records the gradient of the only input, added to one that there is already and that nobody else reads. Without it the
   * two exist side by side for a while, and their sum beside them.
   */
  readonly backwardOnto?: (upstream: Tensor, sum: Tensor) => void;
  /** Of a slice: which part it is; then its gradients are put together with those of the other parts. */
  readonly part?: TapePart;
}

/** Where a run stands. */
export interface Clock {
  /** Steps before this one. */
  readonly step: number;
  /** Steps of the whole run, for schedules. */
  readonly totalSteps: number;
  /** Examples of the update as a share of those that most have: the last of an epoch may have fewer. 1 by default. */
  readonly share?: number;
  /** Where the batch stands in an update over several; by default it is an update of its own. */
  readonly part?: UpdatePart;
}

/** The place of a batch in an update over several batches. */
export interface UpdatePart {
  /** Examples of the batches of the update before this one. */
  readonly before: number;
  /** Examples of all its batches. */
  readonly total: number;
  /** False if its own examples add nothing: those of a rank that only takes part in what ranks tell each other meanwhile. */
  readonly counts?: boolean;
}

/** What the numbers of an input may be: indices below a bound, or shares. */
export interface InputLimit {
  /** Number of the input. */
  readonly input: number;
  /** Its first row that is meant. */
  readonly begin: number;
  /** Its first row behind those. */
  readonly end: number;
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

/** Largest alignment of a device: what begins at its multiples can be given to kernels everywhere. */
const WIDEST_ALIGNMENT = 256;

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
  /** Parts of tensors that kernels are given begin at multiples of this many bytes. */
  readonly alignment: number;
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
  /** The parts that calls refer to, by their roots and places: one tensor for each. */
  readonly #parts = new Map<Tensor, Map<string, Tensor>>();
  readonly #differentiable = new Set<Tensor>();

  /** Starts with nothing. */
  constructor(columnTile: number = COLUMN_TILE, alignment: number = WIDEST_ALIGNMENT) {
    this.columnTile = columnTile;
    this.alignment = alignment;
  }

  /** Declares the next input of the program. */
  input(shape: Shape, type: "f32" | "u32"): Tensor {
    const index = this.inputs.length;
    const tensor = new Tensor(this, shape, type, this.#padded(shape), { kind: "input", index });
    this.inputs.push(tensor);
    return tensor;
  }

  /**
   * The tensor of a resource, always the same one. That of a part has gradients of its own.
   *
   * @throws {RangeError} if the resource is a part that no kernel of the device can be given.
   */
  resource(resource: Resource, shape: Shape = [resource.length]): Tensor {
    let tensor = this.#resources.get(resource);
    if (tensor === undefined) {
      const { length, type, place } = resource;
      const root = place && this.resource(place.whole);
      const offset = place?.begin ?? 0;
      if (root !== undefined && !this.bindable(root, offset, length)) {
        throw new RangeError(
          `Cannot use "${resource.label}": expected a part that begins at a multiple of ${
            this.alignment / 4
          } elements ` +
            "and ends at a multiple of 4, or at the end",
        );
      }
      const storage = { kind: "resource", resource } as const;
      tensor = new Tensor(this, shape, type, length, storage, root, offset);
      this.#resources.set(resource, tensor);
      if (resource.trainable) this.#differentiable.add(tensor);
    }
    return tensor;
  }

  /** All resources that the trace refers to, in order of first reference; of parts their wholes. */
  get resources(): readonly Resource[] {
    return [...this.#resources.keys()].filter(({ place }) => place === undefined);
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
    return new Tensor(this, shape, type, elements, storage, tensor.root, tensor.offset);
  }

  /**
   * Leading rows of a tensor, in its memory.
   *
   * @param begin Rows before the first one.
   * @param count Rows.
   * @returns `undefined` where they lie so that no kernel of the device can be given them.
   */
  rows(tensor: Tensor, begin: number, count: number): Tensor | undefined {
    const { root, columns, shape, type, storage } = tensor;
    const offset = tensor.offset + begin * columns;
    const elements = count * columns;
    if (!this.bindable(root, offset, elements)) return undefined;
    return new Tensor(this, [count, ...shape.slice(1)], type, elements, storage, root, offset);
  }

  /** Whether a kernel can be given elements of a tensor with memory of its own: it may touch all of the last vector. */
  bindable(root: Tensor, offset: number, elements: number): boolean {
    const end = offset + elements;
    return 4 * offset % this.alignment === 0 && (end % 4 === 0 || end === root.elements);
  }

  /** What calls refer to: the root where a tensor shows all of it, else the one tensor of its part. */
  memory(tensor: Tensor): Tensor {
    const { root, offset, elements } = tensor;
    return tensor.isWhole ? root : this.part(root, offset, elements);
  }

  /** The one tensor of a part of a root, without a shape. */
  part(root: Tensor, offset: number, elements: number): Tensor {
    const parts = this.#parts.get(root) ?? new Map<string, Tensor>();
    this.#parts.set(root, parts);
    const key = `${offset}+${elements}`;
    let part = parts.get(key);
    if (part === undefined) {
      const { type, storage } = root;
      part = new Tensor(this, [elements], type, elements, storage, root, offset);
      parts.set(key, part);
    }
    return part;
  }

  /**
   * Says that a kernel reads the numbers of a tensor as indices. If they are an input of the program, every run looks at
   * them before they reach the device: there an index out of range is another wrong result on every backend.
   *
   * @param below Number of the things that are counted.
   * @param what Their name for errors, such as "classes".
   */
  requireBelow(tensor: Tensor, below: number, what: string): void {
    if (tensor.type !== "u32") return;
    this.#require(tensor, { least: 0, most: below - 1, expected: `${what} below ${below}` });
  }

  /**
   * Says that a kernel takes the numbers of a tensor to lie in a range. If they are an input of the program, every run looks
   * at them before they reach the device: there one outside gives a result that means nothing.
   *
   * @param what Their name for errors, such as "targets".
   */
  requireWithin(tensor: Tensor, least: number, most: number, what: string): void {
    this.#require(tensor, { least, most, expected: `${what} from ${least} to ${most}` });
  }

  #require(
    { root: { storage, columns }, offset, elements }: Tensor,
    limit: Pick<InputLimit, "least" | "most" | "expected">,
  ): void {
    if (storage.kind !== "input") return;
    const { index: input } = storage;
    const begin = offset / columns;
    const end = begin + elements / columns;
    const known = this.limits.some((other) =>
      other.input === input && other.least >= limit.least && other.most <= limit.most &&
      other.begin <= begin && other.end >= end
    );
    if (!known) this.limits.push({ input, begin, end, ...limit });
  }

  /**
   * Records one kernel call.
   *
   * @returns The call, for {@linkcode replace}.
   */
  emit(kernel: Kernel, tensors: readonly Tensor[], params: Params): TraceCall {
    const call = this.#call(kernel, tensors, params);
    this.calls.push(call);
    return call;
  }

  /** Puts another call in the place of one that was recorded: one that does more, which only a gradient asks for. */
  replace(call: TraceCall, kernel: Kernel, tensors: readonly Tensor[], params: Params): void {
    const place = this.calls.indexOf(call);
    if (place < 0) {
      throw new ReferenceError(
        `Cannot replace a call of "${call.kernel.name}": it was not recorded, or was replaced; expected one of this trace`,
      );
    }
    this.calls[place] = this.#call(kernel, tensors, params);
  }

  #call(kernel: Kernel, tensors: readonly Tensor[], params: Params): TraceCall {
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
    return { kernel, tensors: tensors.map((tensor) => this.memory(tensor)), params };
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
