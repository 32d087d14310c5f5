/**
 * The order of calls: dead ones are left out, those that another can do are merged into it, and a call that changes something
 * in place (an optimizer's update, a sum of squares) is carried out as early as its operands allow, so that a gradient lives
 * only from its product to its update.
 *
 * @module
 */
import { needed, written } from "./effects.ts";
import { fuse } from "./fuse.ts";
import type { Tensor, TraceCall } from "./trace.ts";

/** The calls that matter, in the order in which they shall run. */
export function schedule(calls: readonly TraceCall[], outputs: readonly Tensor[]): TraceCall[] {
  return hoistUpdates(fuse(prune(calls, outputs), outputs));
}

function prune(calls: readonly TraceCall[], outputs: readonly Tensor[]): TraceCall[] {
  const live = new Set<Tensor>(outputs);
  const kept: TraceCall[] = [];
  for (const call of [...calls].reverse()) {
    const matters = written(call).some((t) => t.storage.kind === "resource" || live.has(t));
    if (!matters) continue;
    kept.push(call);
    for (const tensor of needed(call)) live.add(tensor);
  }
  return kept.reverse();
}

function isUpdate(call: TraceCall): boolean {
  return call.kernel.bindings.some((binding) => binding.access === "readwrite");
}

function hoistUpdates(calls: readonly TraceCall[]): TraceCall[] {
  const ordered: TraceCall[] = [];
  for (const call of calls) {
    let place = ordered.length;
    if (isUpdate(call)) {
      const touched = new Set(call.tensors);
      const changed = new Set(written(call));
      while (
        place > 0 &&
        !written(ordered[place - 1]).some((t) => touched.has(t)) &&
        !ordered[place - 1].tensors.some((t) => changed.has(t))
      ) place--;
    }
    ordered.splice(place, 0, call);
  }
  return ordered;
}
