/**
 * Which cases WebGPU gets in a run that compiles few pipelines: a software driver takes up to three seconds for each.
 *
 * @module
 */
import type { Dispatch } from "../../src/device/kernel.ts";

/** The pipelines of one kernel that a run compiles: every entry point, and so many in all. */
export class Pipelines {
  readonly #compiled = new Set<string>();
  readonly #entries = new Set<string>();
  #most: number;

  /** Begins with none. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Allows more of them. */
  allow(more: number): void {
    this.#most += more;
  }

  /** Whether every entry point that is dispatched is among what is compiled. */
  knows(dispatches: readonly Dispatch[]): boolean {
    return dispatches.every((dispatch) => this.#entries.has(entryOf(dispatch)));
  }

  /** Whether these can be dispatched without too many pipelines; counts theirs then. An entry point that is new always can. */
  takes(dispatches: readonly Dispatch[]): boolean {
    const all = this.#compiled.union(new Set(dispatches.map(pipelineOf)));
    const more = all.size > this.#compiled.size;
    if (more && all.size > this.#most && this.knows(dispatches)) return false;
    for (const key of all) this.#compiled.add(key);
    for (const dispatch of dispatches) this.#entries.add(entryOf(dispatch));
    return true;
  }
}

function entryOf({ module = "", entry }: Dispatch): string {
  return `${module} ${entry}`;
}

function pipelineOf(dispatch: Dispatch): string {
  return JSON.stringify([entryOf(dispatch), Object.entries(dispatch.constants ?? {}).sort()]);
}
