/**
 * What a call does to its tensors.
 *
 * @module
 */
import type { Resource } from "./resource.ts";
import type { Tensor, TraceCall } from "./trace.ts";

/** Tensors that a call changes. */
export function written(call: Pick<TraceCall, "kernel" | "tensors">): Tensor[] {
  return call.tensors.filter((_, i) => call.kernel.bindings[i].access !== "read");
}

/** Resources that a run of a program changes. */
export function writtenResources(
  { order }: { readonly order: readonly Pick<TraceCall, "kernel" | "tensors">[] },
): Resource[] {
  const resources = order.flatMap((call) =>
    written(call).flatMap(({ storage }) => storage.kind === "resource" ? [storage.resource] : [])
  );
  return [...new Set(resources)];
}

/** Whether two tensors have memory in common. */
export function overlap(a: Tensor, b: Tensor): boolean {
  return a.root === b.root && a.offset < b.offset + b.elements && b.offset < a.offset + a.elements;
}

/** Tensors whose content a call needs. */
export function needed(call: TraceCall): Tensor[] {
  return call.tensors.filter((_, i) => call.kernel.bindings[i].access !== "write");
}
