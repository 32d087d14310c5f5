/**
 * The memory plan of a program: which transient tensors share which buffer, and the exact bytes
 * under each category, before anything is allocated.
 *
 * @module
 */
import type { KernelCallShape } from "../device/backend.ts";
import { deviceBytes } from "../device/backend.ts";
import { cutAtHost } from "./host_calls.ts";
import { withOwners } from "./placement.ts";
import type { Category, Resource } from "./resource.ts";
import type { Tensor, TraceCall } from "./trace.ts";

/** A buffer that transient tensors share, one after the other. */
export interface Slot {
  /** What its tensors are for. Tensors of different categories never share. */
  readonly category: Category;
  /** Bytes of the largest tensor. */
  readonly bytes: number;
  /** The tensors that lie in it. */
  readonly tensors: readonly Tensor[];
  /** Whether its content is read after a run, so that no other program may have the same memory. */
  readonly own?: boolean;
}

/** Exact device bytes by category. */
export type Bytes = Readonly<Record<Category | "total", number>>;

/** What a program will take and do. */
export interface Plan {
  /** Exact device bytes, as the allocator will count them. */
  readonly bytes: Bytes;
  /** Number of calls of each kernel in one step. */
  readonly kernels: Readonly<Record<string, number>>;
  /** Floating-point operations of the products of one step (a multiply-add counts two). */
  readonly flops: number;
}

/**
 * Assigns transient tensors to slots: largest first, into the first slot that is free while the tensor lives. Outputs have
 * slots of their own.
 */
export function planSlots(calls: readonly TraceCall[], outputs: readonly Tensor[]): Slot[] {
  const lives = lifetimes(calls);
  const slots: { category: Category; bytes: number; tensors: Tensor[]; own?: boolean }[] = [];
  for (const tensor of new Set(outputs)) {
    if (!lives.delete(tensor)) continue;
    slots.push({ category: "outputs", bytes: tensor.elements * 4, tensors: [tensor], own: true });
  }
  const shared: { readonly slot: (typeof slots)[number]; readonly taken: Life[] }[] = [];
  for (const [tensor, life] of [...lives].sort(([a], [b]) => b.elements - a.elements)) {
    const category = categoryOf(tensor);
    const fits = shared.find(({ slot, taken }) => slot.category === category && take(taken, life));
    if (fits !== undefined) {
      fits.slot.tensors.push(tensor);
      continue;
    }
    const slot = { category, bytes: tensor.elements * 4, tensors: [tensor] };
    slots.push(slot);
    shared.push({ slot, taken: [life] });
  }
  return slots;
}

type Life = { first: number; last: number };

/**
 * Adds a life to those of a slot if it meets none of them. They are apart, and in order: a step of many chunks has thousands of
 * them in one slot.
 */
function take(taken: Life[], life: Life): boolean {
  let [from, to] = [0, taken.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (taken[middle].first <= life.last) from = middle + 1;
    else to = middle;
  }
  if (from > 0 && taken[from - 1].last >= life.first) return false;
  taken.splice(from, 0, life);
  return true;
}

function categoryOf(tensor: Tensor): Category {
  return tensor.storage.kind === "transient" ? tensor.storage.category : "program";
}

function lifetimes(calls: readonly TraceCall[]): Map<Tensor, Life> {
  const lives = new Map<Tensor, Life>();
  calls.forEach((call, i) => {
    for (const { root: tensor } of call.tensors) {
      if (tensor.storage.kind !== "transient") continue;
      const life = lives.get(tensor);
      if (life === undefined) lives.set(tensor, { first: i, last: i });
      else life.last = i;
    }
  });
  return lives;
}

/**
 * Buffers that the programs of one device share: never two programs run at once, and what lies in a shared slot is of no
 * use after the run, so a slot of one may be a slot of the other. The same rule assigns sizes in plans and buffers in earnest.
 */
export class Workspace<B extends { readonly bytes: number }> {
  readonly #buffers = new Map<Category, B[]>();
  readonly #allocate: (bytes: number, category: Category) => B;
  readonly #free: (buffer: B) => void;

  /** A workspace that takes what it lacks from `allocate`, and gives back what it took in vain. */
  constructor(
    allocate: (bytes: number, category: Category) => B,
    free: (buffer: B) => void = () => {},
  ) {
    this.#allocate = allocate;
    this.#free = free;
  }

  /**
   * A buffer for each slot: the smallest free one that is large enough, else a new one; always a new one for a slot that is
   * a program's own. Where one cannot be had, the others are given back.
   */
  assign(slots: readonly Slot[]): B[] {
    const used = new Set<B>();
    const made: B[] = [];
    try {
      return slots.map((slot) => {
        const found = slot.own === true ? undefined : this.#smallest(slot, used);
        const buffer = found ?? this.#allocate(slot.bytes, slot.category);
        if (found === undefined) made.push(buffer);
        if (found === undefined && slot.own !== true) this.#pool(slot.category).push(buffer);
        used.add(buffer);
        return buffer;
      });
    } catch (error) {
      for (const buffer of made) {
        this.remove(buffer);
        this.#free(buffer);
      }
      throw error;
    }
  }

  #pool(category: Category): B[] {
    const pool = this.#buffers.get(category) ?? [];
    this.#buffers.set(category, pool);
    return pool;
  }

  #smallest(slot: Slot, used: ReadonlySet<B>): B | undefined {
    let best: B | undefined;
    for (const buffer of this.#pool(slot.category)) {
      const fits = buffer.bytes >= slot.bytes && !used.has(buffer);
      if (fits && (best === undefined || buffer.bytes < best.bytes)) best = buffer;
    }
    return best;
  }

  /** Forgets a buffer that no program uses any more. */
  remove(buffer: B): void {
    for (const [category, pool] of this.#buffers) {
      this.#buffers.set(category, pool.filter((other) => other !== buffer));
    }
  }
}

/** What {@linkcode planBytes} needs to know of a program. */
export interface PlannedProgram {
  /** All resources that it refers to. */
  readonly resources: readonly Resource[];
  /** Elements of its inputs. */
  readonly inputElements: readonly number[];
  /** Inputs that are read after a run. */
  readonly keptInputs: ReadonlySet<number>;
  /** Its shared buffers. */
  readonly slots: readonly Slot[];
  /** Its kernel calls. */
  readonly calls: readonly KernelCallShape[];
}

/** The buffers of a program's inputs: written before every run, so programs may share them too. */
export function inputSlots({ inputElements, keptInputs }: PlannedProgram): Slot[] {
  return inputElements.map((n, i) => ({
    ...{ category: "inputs", bytes: n * 4, tensors: [] },
    own: keptInputs.has(i),
  }));
}

/** Exact bytes of programs that live on one device together. */
export function planBytes(
  programs: readonly PlannedProgram[],
  executableBytes: (calls: readonly KernelCallShape[]) => number,
): Bytes {
  const bytes: Record<Category | "total", number> = {
    parameters: 0,
    indices: 0,
    moments: 0,
    gradients: 0,
    permuted: 0,
    activations: 0,
    inputs: 0,
    outputs: 0,
    program: 0,
    total: 0,
  };
  for (const resource of new Set(programs.flatMap((p) => withOwners(p.resources)))) {
    bytes[resource.category] += deviceBytes(resource.bytes);
  }
  const workspace = new Workspace((size, category) => {
    bytes[category] += deviceBytes(size);
    return { bytes: deviceBytes(size) };
  });
  for (const program of programs) {
    workspace.assign([...inputSlots(program), ...program.slots]);
    for (const { calls } of cutAtHost(program.calls)) bytes.program += executableBytes(calls);
  }
  bytes.total = Object.values(bytes).reduce((sum, n) => sum + n, 0);
  return bytes;
}

/** Counts kernels and floating-point operations of a list of calls. */
export function countWork(calls: readonly KernelCallShape[]): Omit<Plan, "bytes"> {
  const kernels: Record<string, number> = {};
  let flops = 0;
  for (const { kernel, params } of calls) {
    kernels[kernel.name] = (kernels[kernel.name] ?? 0) + 1;
    flops += kernel.flops?.(params) ?? 0;
  }
  return { kernels, flops };
}
