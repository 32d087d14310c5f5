/**
 * Cases with their data, and what the oracle says of them. Both are the same for every device and take longer than most
 * kernels, so they are worked out once, and kept until another kernel's turn comes.
 *
 * @module
 */
import type { Kernel } from "../../src/device/kernel.ts";
import type { Outputs } from "../oracle/types.ts";
import { Source } from "../arbitraries.ts";
import type { Draft } from "./family.ts";
import { type Case, expectedOf } from "./harness.ts";

/** A case and what is right. */
export interface Drawn {
  /** The case with its data. */
  readonly given: Case;
  /** What the oracle says; it is asked when this is called first. */
  outputs(): Outputs;
}

let current: string | undefined;
const drawn = new Map<string, Drawn>();

/** The case of a draft, with the data of a seed. */
export function draw(kernel: Kernel, draft: Draft, seed: number): Drawn {
  if (kernel.name !== current) drawn.clear();
  current = kernel.name;
  const key = `${seed} ${draft.note}`;
  let entry = drawn.get(key);
  if (entry === undefined) {
    const given = draft.build(new Source(seed));
    let outputs: Outputs | undefined;
    entry = { given, outputs: () => outputs ??= expectedOf(kernel, given) };
    drawn.set(key, entry);
  }
  return entry;
}
