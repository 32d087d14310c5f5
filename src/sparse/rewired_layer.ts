/**
 * A layer before and after a rewiring.
 *
 * @module
 */
import { areaOf } from "../ops/matrix.ts";
import type { Pattern, TransposedView } from "./pattern.ts";

/** What of a layer takes part in a rewiring. Nothing in it is changed unless it is expendable. */
export interface RewiredLayer {
  /** Name of the layer; appears in errors. */
  readonly name: string;
  /** Its connections. */
  readonly pattern: Pattern;
  /** `[capacity, width, height]`: their weights. */
  readonly values: Float32Array;
  /** Optimizer state that travels with a connection: any number of arrays as long as the weights. */
  readonly moments: readonly Float32Array[];
  /** Whether the moments of what grows are those of what it takes the place of, as {@linkcode Grown} has it; 0 if not. */
  readonly inherits?: boolean;
  /** Whether the result may come in `values` and `moments` themselves: fresh memory costs more than moving them does. */
  readonly expendable?: boolean;
  /** Whether the new connections are wanted by columns as well. Default true. */
  readonly wantsView?: boolean;
  /** A view of this layer that nobody needs any more: the new one comes in its arrays. */
  readonly spareView?: TransposedView;
}

/** A layer after a rewiring. Units are connections, group slots or blocks; lists are rows of them. */
export interface RewireResult {
  /** The new connections; same budget and capacity. */
  readonly pattern: Pattern;
  /** Hash of the new connections, as `patternHash` gives it. */
  readonly hash: string;
  /** The new connections by columns; absent if not wanted, and where groups of rows share their inputs, which need none. */
  readonly view?: TransposedView;
  /** Weights: survivors bit for bit, grown connections 0, or as {@linkcode Grown} says. */
  readonly values: Float32Array;
  /** Optimizer state: survivors bit for bit, grown connections 0, or as the layer inherits. */
  readonly moments: Float32Array[];
  /** A bit for each slot that the forward reads, where the storage chooses; all if absent. */
  readonly chosen?: Uint32Array;
  /** Units that did not survive. One that is grown again at once counts here and in `grown`. */
  readonly dropped: number;
  /** Units added. */
  readonly grown: number;
  /** Lists that were live and are now empty. */
  readonly ablated: number;
  /** Lists that were empty and are now live. */
  readonly revived: number;
}

/**
 * What the values of grown units begin with: 0, or what the unit had whose place they take. In the order of slots the i-th unit
 * that grows in a list takes the place of the i-th that was dropped there; of the whole matrix, for blocks. What grows beyond what
 * was dropped begins with 0.
 */
export type Grown = "zero" | "inherited";

/** What random growth depends on. */
export interface DrawKey {
  /** Seed of the run. */
  readonly seed: number;
  /** Step of the training. */
  readonly step: number;
  /** Number of the layer. */
  readonly stream: number;
}

/**
 * Checks that an array has a number for each slot and connection of a layer.
 *
 * @throws {TypeError} if it is longer or shorter.
 */
export function requireLength(
  { name, pattern }: RewiredLayer,
  what: string,
  array: Float32Array,
): void {
  const length = pattern.capacity * areaOf(pattern.unit);
  if (array.length === length) return;
  throw new TypeError(
    `Cannot rewire "${name}": ${what} has ${array.length} elements; ` +
      `expected ${length}, ${areaOf(pattern.unit)} per slot`,
  );
}
