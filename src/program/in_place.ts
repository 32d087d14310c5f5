/**
 * Leaves out copies of tensors into parts of others: what makes such a tensor writes it to its place at once.
 *
 * @module
 */
import type { Kernel } from "../device/kernel.ts";
import { written } from "./effects.ts";
import type { Tensor, TraceCall } from "./trace.ts";

/** The same calls without the copies that need not be. */
export function writeInPlace(
  calls: readonly TraceCall[],
  outputs: readonly Tensor[],
): readonly TraceCall[] {
  if (!calls.some(({ kernel }) => kernel.run?.source !== undefined)) return calls;
  const homes = new Homes(calls, outputs);
  const needless = new Set(calls.filter((call, i) => homes.settle(call, i)));
  return calls.filter((call) => !needless.has(call)).map((call) => ({
    ...call,
    tensors: call.tensors.map((tensor) => homes.placeOf(tensor)),
  }));
}

/** A part of a tensor that has memory of its own. */
interface Place {
  readonly root: Tensor;
  readonly begin: number;
}

/** What a call writes that leaves the rest of a tensor as it is. */
interface Written extends Place {
  readonly length: number;
  /** What it copies, and from which element on. */
  readonly source?: Tensor;
  readonly from?: number;
}

/** Which tensors get a part of another's memory in the place of their own. */
class Homes {
  readonly #calls: readonly TraceCall[];
  readonly #outputs: ReadonlySet<Tensor>;
  readonly #homes = new Map<Tensor, Place>();

  constructor(calls: readonly TraceCall[], outputs: readonly Tensor[]) {
    this.#calls = calls;
    this.#outputs = new Set(outputs);
  }

  /** Gives what a call copies a home where it is copied to, if that may be; then the call is needless. */
  settle(call: TraceCall, place: number): boolean {
    const run = writtenBy(call);
    const source = run?.source;
    if (run === undefined || source === undefined || !this.#movable(source, run)) return false;
    const { root, begin, length } = run;
    const fits = root.storage.kind === "transient" && root.trace.bindable(root, begin, length) &&
      this.#calls.every((other, i) =>
        other === call ||
        !(i > place && changes(other, source)) && spares(other, run) &&
          !this.#meet(other, source, root)
      );
    if (fits) this.#homes.set(source, { root, begin });
    return fits;
  }

  /** Where a tensor lies in the end. */
  placeOf(tensor: Tensor): Tensor {
    const { offset, elements, trace } = tensor;
    if (!this.#homes.has(tensor.root)) return tensor;
    const { root, begin } = this.#homeOf(tensor.root);
    return trace.part(root, begin + offset, elements);
  }

  /** Whether a tensor is copied as a whole, has memory of its own by now, and need not keep it. */
  #movable(source: Tensor, { from, length }: Written): boolean {
    return source.root === source && from === 0 && length === source.elements &&
      source.storage.kind === "transient" && !this.#homes.has(source) && !this.#outputs.has(source);
  }

  #homeOf(root: Tensor): Place {
    const home = this.#homes.get(root);
    if (home === undefined) return { root, begin: 0 };
    const next = this.#homeOf(home.root);
    return { root: next.root, begin: next.begin + home.begin };
  }

  /** Whether a call reads what lies with one of two tensors and writes what lies with the other: devices refuse that of one. */
  #meet({ kernel, tensors }: TraceCall, source: Tensor, target: Tensor): boolean {
    const into = this.#homeOf(target).root;
    const reads: boolean[] = [];
    const met = new Set<Tensor>();
    tensors.forEach((tensor, i) => {
      const { root } = this.#homeOf(tensor.root);
      if (root !== source && root !== into) return;
      met.add(root);
      reads.push(kernel.bindings[i].access === "read");
    });
    return met.size === 2 && reads.includes(true) && reads.includes(false);
  }
}

/** The run that a call writes, if its kernel writes one. */
function writtenBy({ kernel, tensors, params }: TraceCall): Written | undefined {
  const { run } = kernel;
  if (run === undefined) return undefined;
  const { root, offset } = tensors[positionOf(kernel, run.output)];
  const { length, begin, to } = params;
  const written = { root, begin: offset + to, length };
  return run.source === undefined
    ? written
    : { ...written, from: begin, source: tensors[positionOf(kernel, run.source)] };
}

function positionOf({ bindings }: Kernel, name: string): number {
  return bindings.findIndex((binding) => binding.name === name);
}

function changes(call: TraceCall, root: Tensor): boolean {
  return written(call).some((tensor) => tensor.root === root);
}

/** Whether a call leaves a run as it is, because it does not write the tensor or another run of it alone. */
function spares(call: TraceCall, { root, begin, length }: Written): boolean {
  if (!changes(call, root)) return true;
  const other = writtenBy(call);
  return other !== undefined &&
    (other.begin >= begin + length || begin >= other.begin + other.length);
}
