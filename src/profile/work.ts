/**
 * What the kernel calls of a program have to do: which parameter each works for, in which part of the step, how many
 * operations, how many bytes.
 *
 * @module
 */
import type { LayerWeight } from "../nn/tree.ts";
import { EPILOGUE } from "../ops/kernels/constants.ts";
import { formOf } from "../ops/kernels/epilogue.ts";
import type { TracedProgram } from "../program/program.ts";
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { eachConnection } from "../sparse/convert.ts";
import { firstConnections } from "../sparse/geometry.ts";
import type { SparseWeight } from "../sparse/weight.ts";

/** Part of a step that a call belongs to; `layout` brings indices or values into another order, `other` is book-keeping. */
export type Part =
  | "forward"
  | "input gradient"
  | "weight gradient"
  | "layout"
  | "update"
  | "other";

/** One kernel call of a program. */
type Call = TracedProgram["order"][number];

/** What one call has to do. */
export interface CallWork {
  /** Name of the kernel. */
  readonly kernel: string;
  /** Name of the parameter that it works for; empty if there is none. */
  readonly of: string;
  /** That parameter itself: layers may have equal names. */
  readonly parameter?: Resource | undefined;
  /** Part of the step. */
  readonly part: Part;
  /**
   * Floating-point operations that the device carries out: of lists those of connections that exist, padding and room for
   * growth not counted; of a weight under a mask those of a dense one. `undefined` where the kernel is no product.
   */
  readonly flops: number | undefined;
  /** What they would be if every connection existed. */
  readonly denseFlops: number | undefined;
  /** Bytes that have to move at least: every array read once, written once. */
  readonly bytes: number;
}

/**
 * The work of every call of a program, in its order. A pattern that has not been drawn yet counts with the connections
 * that it will begin with.
 *
 * @param weights The weight matrices of the model.
 */
export function workOf(program: TracedProgram, weights: readonly LayerWeight[]): CallWork[] {
  const owners = ownersOf(weights);
  const served = servedBy(program);
  const forward = forwardOf(program);
  const active = new Map<SparseWeight, number>();
  // What is made of a weight under its mask, which products read in its place.
  const masked = new Map<Tensor, LayerWeight>();
  return program.order.map((call) => {
    const resources = call.tensors.map(resourceOf);
    const owner = resources.map((resource) => resource && owners.get(resource)).find(isDefined) ??
      call.tensors.map((tensor) => masked.get(tensor)).find(isDefined);
    const bits = owner?.sparse?.mask?.bits;
    if (owner !== undefined && bits !== undefined && resources.includes(bits)) {
      for (const tensor of changedBy(call)) masked.set(tensor, owner);
    }
    const parameter = owner?.values ??
      call.tensors.map((tensor) => served.get(tensor)).find(isDefined);
    return {
      kernel: call.kernel.name,
      of: owner?.label ?? parameter?.label ?? "",
      parameter,
      part: partOf(call, forward),
      ...flopsOf(call, owner?.sparse, active),
      bytes: bytesOf(call),
    };
  });
}

/** The weight that a resource is part of. */
function ownersOf(weights: readonly LayerWeight[]): ReadonlyMap<Resource, LayerWeight> {
  const owners = new Map<Resource, LayerWeight>();
  for (const weight of weights) {
    owners.set(weight.values, weight);
    const { lists, transposed } = weight.sparse ?? {};
    for (const resource of [lists?.span, lists?.index]) {
      if (resource !== undefined) owners.set(resource, weight);
    }
    for (const resource of [transposed?.span, transposed?.index, transposed?.slot]) {
      if (resource !== undefined) owners.set(resource, weight);
    }
  }
  return owners;
}

/** The parameter that each tensor ends in, where it is one, its gradient or its bias. */
function servedBy({ order }: TracedProgram): ReadonlyMap<Tensor, Resource> {
  const served = new Map<Tensor, Resource>();
  for (const { kernel, tensors } of order) {
    const changed = tensors.find((_, i) => kernel.bindings[i].access === "readwrite");
    const parameter = changed && resourceOf(changed);
    if (!parameter?.trainable) continue;
    for (const tensor of tensors) {
      const shared = resourceOf(tensor)?.category === "program";
      if (!shared && !served.has(tensor)) served.set(tensor, parameter);
    }
  }
  return served;
}

/** What the calls write before the first gradient: whatever comes no later than the last tensor that is differentiated. */
function forwardOf({ trace: { calls, tape } }: TracedProgram): ReadonlySet<Tensor> {
  const differentiated = new Set(tape.map(({ output }) => output));
  const last = calls.findLastIndex((call) => changedBy(call).some((t) => differentiated.has(t)));
  return new Set(calls.slice(0, last + 1).flatMap(changedBy));
}

function partOf(call: Call, forward: ReadonlySet<Tensor>): Part {
  const changed = changedBy(call);
  if (changed.some((tensor) => resourceOf(tensor)?.trainable)) return "update";
  const categories = changed.map(({ storage }) =>
    storage.kind === "transient" ? storage.category : "program"
  );
  if (categories.includes("permuted")) return "layout";
  if (changed.some((tensor) => forward.has(tensor))) return "forward";
  if (categories.includes("gradients")) return "weight gradient";
  return categories.includes("activations") ? "input gradient" : "other";
}

/** The tensors that a call writes. */
function changedBy({ kernel, tensors }: Pick<Call, "kernel" | "tensors">): Tensor[] {
  return tensors.filter((_, i) => kernel.bindings[i].access !== "read");
}

/** A kernel counts the slots that it may visit; of those, the connections that exist, or may, are work. */
function flopsOf(
  { kernel, params, tensors }: Call,
  weight: SparseWeight | undefined,
  active: Map<SparseWeight, number>,
): Pick<CallWork, "flops" | "denseFlops"> {
  const flops = kernel.flops?.(params);
  if (flops === undefined || weight === undefined || params.capacity === undefined) {
    return { flops, denseFlops: flops };
  }
  let connections = active.get(weight);
  if (connections === undefined) {
    connections = weight.drawn ? countConnections(weight) : firstConnections(weight.geometry);
    active.set(weight, connections);
  }
  const { unit: { height, width }, rows, inputs, lists } = weight;
  // A call for a chunk of a weight reads a part of its lists.
  const read = tensors.find((tensor) => resourceOf(tensor) === lists.index);
  const share = read === undefined ? 1 : read.elements / lists.index.length;
  const slotFlops = flops * share / (params.capacity * height * width);
  return { flops: slotFlops * connections, denseFlops: slotFlops * rows * inputs };
}

function countConnections({ pattern }: SparseWeight): number {
  let connections = 0;
  eachConnection(pattern, () => connections++);
  return connections;
}

function bytesOf({ kernel, tensors, params }: Call): number {
  return kernel.bindings.reduce((sum, { name, access }, i) => {
    if (name === "extra" && formOf(params.epilogue) === EPILOGUE.none) return sum;
    // Of a ring, one number is written.
    const whole = resourceOf(tensors[i])?.category !== "outputs";
    return sum + (access === "readwrite" ? 2 : 1) * 4 * (whole ? tensors[i].elements : 1);
  }, 0);
}

function resourceOf({ storage }: Tensor): Resource | undefined {
  return storage.kind === "resource" ? storage.resource : undefined;
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
