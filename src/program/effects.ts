/**
 * What a call does to its tensors.
 *
 * @module
 */
import type { Tensor, TraceCall } from "./trace.ts";

/** Tensors that a call changes. */
export function written(call: Pick<TraceCall, "kernel" | "tensors">): Tensor[] {
  return call.tensors.filter((_, i) => call.kernel.bindings[i].access !== "read");
}

/** Tensors whose content a call needs. */
export function needed(call: TraceCall): Tensor[] {
  return call.tensors.filter((_, i) => call.kernel.bindings[i].access !== "write");
}
