/**
 * Merges calls that change a result element by element into the call that made it, which then does so before it stores.
 *
 * Kernels say what they can in their declarations (`Kernel.epilogue`, `Kernel.follower`). A call is merged where nothing but it
 * reads the result: what a derivative needs later, or a function returns, stays.
 *
 * @module
 */
import type { Kernel } from "../device/kernel.ts";
import { overlap, written } from "./effects.ts";
import type { Tensor, TraceCall } from "./trace.ts";

/** The same calls with as few kernels as their declarations allow. */
export function fuse(calls: readonly TraceCall[], outputs: readonly Tensor[]): TraceCall[] {
  const fused = new Fusion(calls, outputs);
  calls.forEach((_, i) => fused.merge(i));
  return fused.calls();
}

/** The calls by their places, of which merged ones are empty. */
class Fusion {
  readonly #calls: (TraceCall | undefined)[];
  readonly #outputs: ReadonlySet<Tensor>;
  /** Places of the calls that read or write a tensor or parts of it, ascending, by its root. */
  readonly #uses = new Map<Tensor, number[]>();

  constructor(calls: readonly TraceCall[], outputs: readonly Tensor[]) {
    this.#calls = [...calls];
    this.#outputs = new Set(outputs);
    calls.forEach((call, i) => {
      for (const root of new Set(call.tensors.map(({ root }) => root))) {
        const uses = this.#uses.get(root);
        if (uses === undefined) this.#uses.set(root, [i]);
        else uses.push(i);
      }
    });
  }

  calls(): TraceCall[] {
    return this.#calls.flatMap((call) => call ?? []);
  }

  /** Merges the call at a place into the one that made its operand, if that may be. */
  merge(place: number): void {
    const call = this.#calls[place];
    const follower = call?.kernel.follower;
    if (call === undefined || follower === undefined) return;
    const operand = call.tensors[positionOf(call.kernel, follower.operand)];
    const result = call.tensors[positionOf(call.kernel, follower.output)];
    const extra = follower.extra === undefined
      ? undefined
      : call.tensors[positionOf(call.kernel, follower.extra)];
    const [first, last, more] = this.#usesOf(operand);
    if (last !== place || more !== undefined || this.#outputs.has(operand.root)) return;
    if (operand.storage.kind !== "transient" || this.#usesOf(result)[0] !== place) return;
    if (extra !== undefined && this.#changesFrom(extra, first, place)) return;
    const producer = this.#calls[first];
    const merged = producer && withEnd(producer, operand, call, result, extra);
    if (merged === undefined) return;
    this.#calls[first] = merged;
    this.#calls[place] = undefined;
    this.#move(result, place, first);
    if (extra !== undefined) this.#move(extra, place, first);
  }

  #usesOf(tensor: Tensor): readonly number[] {
    return this.#uses.get(tensor.root) ?? [];
  }

  /** Whether a tensor is written by one of the calls from `first` up to `place`. */
  #changesFrom(tensor: Tensor, first: number, place: number): boolean {
    return this.#usesOf(tensor).some((use) => {
      const call = this.#calls[use];
      return use >= first && use < place && call !== undefined &&
        written(call).some((each) => overlap(each, tensor));
    });
  }

  #move(tensor: Tensor, from: number, to: number): void {
    const uses = new Set(this.#usesOf(tensor).filter((use) => use !== from).concat(to));
    this.#uses.set(tensor.root, [...uses].sort((a, b) => a - b));
  }
}

/** The call that makes `operand`, followed by `call` of it; `undefined` where its kernel cannot. */
function withEnd(
  producer: TraceCall,
  operand: Tensor,
  { kernel: { follower }, params }: TraceCall,
  result: Tensor,
  extra: Tensor | undefined,
): TraceCall | undefined {
  const { kernel } = producer;
  if (kernel.epilogue === undefined || follower === undefined) return undefined;
  const output = positionOf(kernel, kernel.epilogue.output);
  if (producer.tensors[output] !== operand) return undefined;
  const epilogue = follower.epilogue(producer.params.epilogue, params);
  if (epilogue === undefined) return undefined;
  const tensors = producer.tensors.with(output, result);
  if (extra === undefined) {
    return { kernel, tensors, params: { ...producer.params, epilogue } };
  }
  if (kernel.epilogue.extra === undefined) return undefined;
  const place = positionOf(kernel, kernel.epilogue.extra);
  return { kernel, tensors: tensors.with(place, extra), params: { ...producer.params, epilogue } };
}

function positionOf({ bindings }: Kernel, name: string): number {
  return bindings.findIndex((binding) => binding.name === name);
}
