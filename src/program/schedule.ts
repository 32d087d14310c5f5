/**
 * The order of calls: dead ones are left out, those that another can do are merged into it, and a call that changes something
 * in place (an optimizer's update, a sum of squares) is carried out as early as its operands allow, so that a gradient lives
 * only from its product to its update.
 *
 * @module
 */
import { needed, written } from "./effects.ts";
import { fuse } from "./fuse.ts";
import { hoistUpdates } from "./hoist.ts";
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
