/**
 * The order of calls: dead ones are left out, those that another can do are merged into it, and a call that changes something
 * in place (an optimizer's update, a sum of squares) is carried out as early as its operands allow, so that a gradient lives
 * only from its product to its update.
 *
 * @module
 */
import { needed, overlap, written } from "./effects.ts";
import { fuse } from "./fuse.ts";
import { writeInPlace } from "./in_place.ts";
import type { Tensor, TraceCall } from "./trace.ts";

/** The calls that matter, in the order in which they shall run. */
export function schedule(calls: readonly TraceCall[], outputs: readonly Tensor[]): TraceCall[] {
  return hoistUpdates(writeInPlace(fuse(prune(calls, outputs), outputs), outputs));
}

/** Tensors with memory of their own, of which calls show all or parts: what is live at all is live as a whole. */
function prune(calls: readonly TraceCall[], outputs: readonly Tensor[]): TraceCall[] {
  const live = new Set<Tensor>(outputs);
  const kept: TraceCall[] = [];
  for (const call of [...calls].reverse()) {
    const matters = written(call).some(({ root, storage }) =>
      storage.kind === "resource" || live.has(root)
    );
    if (!matters) continue;
    kept.push(call);
    for (const { root } of needed(call)) live.add(root);
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
      const touched = byRoot(call.tensors);
      const changed = byRoot(written(call));
      while (
        place > 0 &&
        !written(ordered[place - 1]).some((tensor) => meets(tensor, touched)) &&
        !ordered[place - 1].tensors.some((tensor) => meets(tensor, changed))
      ) place--;
    }
    ordered.splice(place, 0, call);
  }
  return ordered;
}

type ByRoot = ReadonlyMap<Tensor, readonly Tensor[]>;

function byRoot(tensors: readonly Tensor[]): ByRoot {
  return Map.groupBy(tensors, ({ root }) => root);
}

function meets(tensor: Tensor, others: ByRoot): boolean {
  return others.get(tensor.root)?.some((other) => overlap(tensor, other)) ?? false;
}
