/**
 * A pattern: which connections of a matrix exist. The host's form of the lists that the kernels
 * read; activity lives here alone, so an active connection may well have the value 0.
 *
 * A slot of a list stands for a unit: one connection, a group slot (neighbouring rows of one input) or a block. A list is
 * a run of slots, sorted by entry, that starts at a multiple of the geometry's tile and is padded to one with entry 0.
 * Lists follow one another without gaps. Behind the last one comes a tail: `capacity` is the worst case over everything
 * that rewiring can do.
 *
 * @module
 */
import { roundUp } from "../device/kernel.ts";
import { type Geometry, geometryOf, heightOf, widthOf } from "./geometry.ts";
import type { SparseSpec } from "./spec.ts";

/** Which connections of a matrix `[rows, inputs]` exist. */
export interface Pattern extends Geometry {
  /** `[2 * lists]`: begin and end of each list, in slots. An empty list begins where it ends. */
  readonly span: Uint32Array;
  /** `[capacity]`: entry of each slot; 0 on padding and tail. */
  readonly index: Uint32Array;
}

/** A pattern by columns of units, for the gradient of the input. */
export interface TransposedView {
  /** Slots, padding and tail included. */
  readonly capacity: number;
  /** `[2 * entries]`: begin and end of each column's list, in slots of the view. */
  readonly columnSpan: Uint32Array;
  /** `[capacity]`: list of each slot of the view, ascending in a column; 0 on padding and tail. */
  readonly rowOf: Uint32Array;
  /** `[capacity]`: slot by rows of each slot of the view; 0xffffffff on padding and tail. */
  readonly slotOf: Uint32Array;
}

/** What a pattern is made of. */
export interface PatternOptions {
  /** The constraint. */
  readonly spec: SparseSpec;
  /** Outputs of the matrix. */
  readonly rows: number;
  /** Inputs of the matrix. */
  readonly inputs: number;
  /** Most units that may exist. Default: what the specification says. */
  readonly budget?: number;
}

/**
 * A pattern made of each list's sorted entries. Does not check them: see `validatePattern`.
 *
 * @throws {RangeError} if the specification does not fit the shape.
 */
export function patternOf(
  lists: readonly ArrayLike<number>[],
  { spec, rows, inputs, budget }: PatternOptions,
): Pattern {
  const geometry = geometryOf(spec, rows, inputs, budget);
  const span = new Uint32Array(2 * geometry.lists);
  const index = new Uint32Array(geometry.capacity);
  let begin = 0;
  for (const [row, list] of lists.entries()) {
    index.set(list, begin);
    span[2 * row] = begin;
    span[2 * row + 1] = begin + list.length;
    begin += roundUp(list.length, geometry.tile);
  }
  return { ...geometry, span, index };
}

/** The active units of a pattern. */
export function countUnits({ span }: Pick<Pattern, "span">): number {
  let count = 0;
  for (let i = 0; i < span.length; i += 2) count += span[i + 1] - span[i];
  return count;
}

/** The active connections of each row: those of its list's units that lie inside the matrix. */
export function connectionsOfRows(pattern: Pattern): Uint32Array<ArrayBuffer> {
  const { rows, lists, unit: { height, width }, span, index } = pattern;
  const counts = new Uint32Array(rows);
  for (let list = 0; list < lists; list++) {
    const begin = span[2 * list], end = span[2 * list + 1];
    // Entries ascend: none but the last one may reach beyond the matrix.
    const beyond = end > begin ? width - widthOf(pattern, index[end - 1]) : 0;
    const first = list * height;
    counts.fill((end - begin) * width - beyond, first, first + heightOf(pattern, list));
  }
  return counts;
}

/** The active connections of a pattern. */
export function countConnections(pattern: Pattern): number {
  return connectionsOfRows(pattern).reduce((sum, count) => sum + count, 0);
}

/** Lists that are not empty. */
export function countLive({ span }: Pick<Pattern, "span">): number {
  let live = 0;
  for (let i = 0; i < span.length; i += 2) live += Number(span[i + 1] > span[i]);
  return live;
}
