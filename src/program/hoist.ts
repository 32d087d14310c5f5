/**
 * Carries out what changes something in place as early as its operands allow. Every place is found by what calls have in
 * common, not by a walk over all of them: a step of many chunks has tens of thousands.
 *
 * @module
 */
import { overlap, written } from "./effects.ts";
import type { Tensor, TraceCall } from "./trace.ts";

/** The same calls, each that changes something in place right behind the last one that it must not pass. */
export function hoistUpdates(calls: readonly TraceCall[]): TraceCall[] {
  const order = new Order();
  const writes = new Uses();
  const uses = new Uses();
  for (const call of calls) {
    const changed = written(call);
    const placed = isUpdate(call)
      ? order.insert(call, later(writes.last(call.tensors), uses.last(changed)))
      : order.append(call);
    writes.add(placed, changed);
    uses.add(placed, call.tensors);
  }
  return order.calls();
}

function isUpdate(call: TraceCall): boolean {
  return call.kernel.bindings.some((binding) => binding.access === "readwrite");
}

/** A call in an order: the groups are in order, and so is each in itself. */
interface Placed {
  readonly call: TraceCall;
  readonly group: number;
  /** Its place in the group, which moves when another one comes before it. */
  at: number;
}

/** A list that tells which of two calls comes first though calls are put between others: groups of an appended one and what follows it. */
class Order {
  /** The first one is of what comes before all that was appended. */
  readonly #groups: Placed[][] = [[]];

  append(call: TraceCall): Placed {
    const placed = { call, group: this.#groups.length, at: 0 };
    this.#groups.push([placed]);
    return placed;
  }

  /** Puts a call right behind another one, or before all. */
  insert(call: TraceCall, behind: Placed | undefined): Placed {
    const { group, at } = behind ?? { group: 0, at: -1 };
    const placed = { call, group, at: at + 1 };
    const members = this.#groups[group];
    members.splice(placed.at, 0, placed);
    for (let i = placed.at + 1; i < members.length; i++) members[i].at = i;
    return placed;
  }

  calls(): TraceCall[] {
    return this.#groups.flatMap((members) => members.map(({ call }) => call));
  }
}

function isBefore(a: Placed, b: Placed): boolean {
  return a.group === b.group ? a.at < b.at : a.group < b.group;
}

function later(a: Placed | undefined, b: Placed | undefined): Placed | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isBefore(a, b) ? b : a;
}

/** Which calls use which tensors, in order. */
class Uses {
  readonly #ofRoots = new Map<Tensor, { readonly placed: Placed; readonly tensor: Tensor }[]>();

  add(placed: Placed, tensors: readonly Tensor[]): void {
    for (const tensor of tensors) {
      const uses = this.#ofRoots.get(tensor.root) ?? [];
      this.#ofRoots.set(tensor.root, uses);
      let place = uses.length;
      while (place > 0 && isBefore(placed, uses[place - 1].placed)) place--;
      uses.splice(place, 0, { placed, tensor });
    }
  }

  /** The last call that uses memory of one of these tensors. */
  last(tensors: readonly Tensor[]): Placed | undefined {
    return tensors.reduce<Placed | undefined>((found, tensor) => {
      const use = this.#ofRoots.get(tensor.root)?.findLast((each) => overlap(each.tensor, tensor));
      return later(found, use?.placed);
    }, undefined);
  }
}
