/**
 * A pattern: which connections of a matrix exist. The host's form of the lists that the kernels
 * read; activity lives here alone, so an active connection may well have the value 0.
 *
 * A row's list is a run of slots, sorted by input, that starts at a multiple of
 * {@linkcode LIST_TILE} and is padded to one with input 0. Lists follow one another without gaps.
 * Behind the last one comes a tail: `capacity` is the worst case over everything that rewiring can
 * do, so no buffer is ever made again.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../device/kernel.ts";
import { drawDistinct, Random } from "../device/random.ts";

/** Most inputs (or rows) whose numbers fit 16 bits. */
const NARROW = 65536;

/** Every connection exists; stored and multiplied as a dense matrix. */
export interface DenseSpec {
  /** Discriminates the union. */
  readonly kind: "dense";
}

/** Every live row has the same number of distinct inputs. */
export interface FanInSpec {
  /** Discriminates the union. */
  readonly kind: "fanIn";
  /** Either inputs per row, or the share of connections that exist. */
  readonly size: { readonly k: number } | { readonly density: number };
}

/** What pattern a layer should have, whatever its shape. */
export type PatternSpec = DenseSpec | FanInSpec;

/** Which connections of a matrix `[rows, inputs]` exist. */
export interface Pattern {
  /** The constraint that the pattern obeys. */
  readonly kind: "fanIn";
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Most connections that may exist, at any time. */
  readonly budget: number;
  /** Slots, padding and tail included; see {@linkcode fanInCapacity}. */
  readonly capacity: number;
  /** `[2 * rows]`: begin and end of each row's list, in slots. An empty row begins where it ends. */
  readonly span: Uint32Array;
  /** `[capacity]`: input of each slot; 0 on padding and tail. */
  readonly index: Uint32Array;
}

/** A pattern by columns, for the gradient of the input. */
export interface TransposedView {
  /** Slots, padding and tail included; see {@linkcode transposedCapacity}. */
  readonly capacity: number;
  /** `[2 * inputs]`: begin and end of each column's list, in slots of the view. */
  readonly columnSpan: Uint32Array;
  /** `[capacity]`: row of each slot of the view, ascending in a column; 0 on padding and tail. */
  readonly rowOf: Uint32Array;
  /** `[capacity]`: slot by rows of each slot of the view; 0xffffffff on padding and tail. */
  readonly slotOf: Uint32Array;
}

/** Every connection exists. */
export function dense(): DenseSpec {
  return { kind: "dense" };
}

/**
 * Every live row has the same number of distinct inputs: `k`, or as many as a share `density` of
 * all connections allows.
 *
 * @example
 * ```ts
 * import { fanIn, fanInBudget } from "./pattern.ts";
 *
 * console.assert(fanInBudget(fanIn({ density: 0.1 }), 10, 50) === 50);
 * ```
 * @throws {RangeError} if `k` is not a positive integer or `density` is not in (0, 1].
 */
export function fanIn(size: number | { k: number } | { density: number }): FanInSpec {
  const given = typeof size === "number" ? { k: size } : size;
  if ("k" in given && !(Number.isInteger(given.k) && given.k >= 1)) {
    throw new RangeError(
      `Cannot use fan-in ${given.k}: a row needs whole inputs; expected an integer of at least 1`,
    );
  }
  if ("density" in given && !(given.density > 0 && given.density <= 1)) {
    throw new RangeError(
      `Cannot use density ${given.density}: it is a share of all connections; expected 0 < density <= 1`,
    );
  }
  return { kind: "fanIn", size: "k" in given ? { k: given.k } : { density: given.density } };
}

/**
 * Connections that a matrix `[rows, inputs]` may have: `rows * k`, or `density` of all, rounded down.
 *
 * @throws {RangeError} if that leaves a row without inputs or asks for more than there are.
 */
export function fanInBudget(spec: FanInSpec, rows: number, inputs: number): number {
  const { size } = spec;
  const budget = "k" in size ? rows * size.k : floorShare(rows * inputs, size.density);
  const what = "k" in size ? `fan-in ${size.k}` : `density ${size.density}`;
  if (budget < rows) {
    throw new RangeError(
      `Cannot give [${rows}, ${inputs}] ${what}: ${budget} connections leave rows without inputs; ` +
        `expected a density of at least ${1 / inputs}`,
    );
  }
  if (budget > rows * inputs) {
    throw new RangeError(
      `Cannot give [${rows}, ${inputs}] ${what}: a row has ${inputs} inputs; ` +
        `expected a fan-in of at most ${inputs}`,
    );
  }
  return budget;
}

/** `total * share` rounded down, where a result that misses an integer by rounding alone counts as it. */
export function floorShare(total: number, share: number): number {
  const exact = total * share;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) <= 1e-9 * Math.max(1, exact) ? nearest : Math.floor(exact);
}

/** Inputs of each of `live` rows that share a budget. */
export function fanInOf(budget: number, live: number, inputs: number): number {
  return live === 0 ? 0 : Math.min(inputs, Math.floor(budget / live));
}

/**
 * Slots that the lists of a fan-in pattern take at worst: the maximum over all numbers of live rows
 * `L` of `L * roundUp(min(inputs, floor(budget / L)), LIST_TILE)`.
 */
export function fanInCapacity(rows: number, inputs: number, budget: number): number {
  let capacity = LIST_TILE;
  for (let live = 1; live <= rows; live++) {
    capacity = Math.max(capacity, live * roundUp(fanInOf(budget, live, inputs), LIST_TILE));
  }
  return capacity;
}

/**
 * Slots that the transposed lists of a fan-in pattern take at worst. With `n` connections in `L`
 * live rows, padding is largest when every column has one connection more than a multiple of
 * {@linkcode LIST_TILE} `T`: `T * n` slots while `n <= inputs`, else
 * `T * min(inputs + floor((n - inputs) / T), inputs * ceil(L / T))`. Rows of equal fan-in can have any
 * fan-outs up to `L` that sum to `n` (Gale and Ryser), so the maximum over `L` is reached.
 */
export function transposedCapacity(rows: number, inputs: number, budget: number): number {
  let tiles = 1;
  for (let live = 1; live <= rows; live++) {
    const connections = live * fanInOf(budget, live, inputs);
    const spread = connections <= inputs
      ? connections
      : inputs + Math.floor((connections - inputs) / LIST_TILE);
    tiles = Math.max(tiles, Math.min(spread, inputs * Math.ceil(live / LIST_TILE)));
  }
  return tiles * LIST_TILE;
}

/** Whether numbers below `count` need 32 bits on the device. */
export function isWide(count: number): boolean {
  return count > NARROW;
}

/** The device's form of numbers below `count`: pairs of u16, the low half first, or u32 if wide. */
export function packIndex(index: Uint32Array, count: number): Uint32Array {
  if (isWide(count)) return index.slice();
  const words = new Uint32Array(Math.ceil(index.length / 2));
  for (let i = 0; i < words.length; i++) {
    words[i] = (index[2 * i] | ((index[2 * i + 1] ?? 0) << 16)) >>> 0;
  }
  return words;
}

/** Undoes {@linkcode packIndex}: `length` numbers below `count`. */
export function unpackIndex(words: Uint32Array, count: number, length: number): Uint32Array {
  if (isWide(count)) return words.slice(0, length);
  return Uint32Array.from({ length }, (_, i) => (words[i >>> 1] >>> (16 * (i & 1))) & 0xffff);
}

/** A pattern made of each row's sorted distinct inputs. Does not check them. */
export function patternOf(
  lists: readonly ArrayLike<number>[],
  inputs: number,
  budget: number,
): Pattern {
  const rows = lists.length;
  const capacity = fanInCapacity(rows, inputs, budget);
  const span = new Uint32Array(2 * rows);
  const index = new Uint32Array(capacity);
  let begin = 0;
  for (const [row, list] of lists.entries()) {
    index.set(list, begin);
    span[2 * row] = begin;
    span[2 * row + 1] = begin + list.length;
    begin += roundUp(list.length, LIST_TILE);
  }
  return { kind: "fanIn", rows, inputs, budget, capacity, span, index };
}

/**
 * A pattern in which every row reads `floor(budget / rows)` inputs, drawn without replacement and
 * each set equally likely. Depends on `seed`, `stream` and the row alone.
 *
 * @throws {RangeError} if the specification does not fit the shape.
 */
export function randomPattern(
  spec: FanInSpec,
  rows: number,
  inputs: number,
  seed: number,
  stream: number,
): Pattern {
  const budget = fanInBudget(spec, rows, inputs);
  const k = fanInOf(budget, rows, inputs);
  const lists = Array.from({ length: rows }, (_, element) => {
    return drawDistinct(new Random({ seed, use: "pattern", stream, element }), inputs, k);
  });
  return patternOf(lists, inputs, budget);
}

/** The matrix `[rows, inputs]` of a pattern's values, 0 where there is no connection. */
export function toDense(pattern: Pattern, values: Float32Array): Float32Array {
  const { rows, inputs, span, index } = pattern;
  const matrix = new Float32Array(rows * inputs);
  for (let row = 0; row < rows; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      matrix[row * inputs + index[slot]] = values[slot];
    }
  }
  return matrix;
}

/** A pattern with its values. */
export interface PatternValues {
  /** Which connections exist. */
  readonly pattern: Pattern;
  /** `[pattern.capacity]`: one value per slot. */
  readonly values: Float32Array;
}

/** Options of {@linkcode fromDense}. */
export interface FromDenseOptions {
  /** `[rows * inputs]`: not 0 where a connection exists. Default: where the matrix is not 0. */
  readonly mask?: ArrayLike<number>;
  /** Connections that may exist. Default: as many as do. */
  readonly budget?: number;
}

/**
 * The connections of a matrix `[rows, inputs]` as a pattern and its values.
 *
 * @throws {TypeError} if the live rows differ in their number of connections.
 */
export function fromDense(
  matrix: Float32Array,
  rows: number,
  inputs: number,
  options: FromDenseOptions = {},
): PatternValues {
  const mask = options.mask ?? matrix;
  const lists = Array.from({ length: rows }, (_, row) => {
    const list: number[] = [];
    for (let i = 0; i < inputs; i++) if (mask[row * inputs + i] !== 0) list.push(i);
    return list;
  });
  const live = lists.filter((list) => list.length > 0).length;
  const connections = lists.reduce((sum, list) => sum + list.length, 0);
  const budget = options.budget ?? connections;
  const k = fanInOf(budget, live, inputs);
  const odd = lists.findIndex((list) => list.length !== 0 && list.length !== k);
  if (odd !== -1) {
    throw new TypeError(
      `Cannot make a fan-in pattern of [${rows}, ${inputs}]: row ${odd} has ${lists[odd].length} ` +
        `connections; expected 0 or ${k} (${budget} connections for ${live} live rows)`,
    );
  }
  const pattern = patternOf(lists, inputs, budget);
  const values = new Float32Array(pattern.capacity);
  for (let row = 0; row < rows; row++) {
    for (let slot = pattern.span[2 * row]; slot < pattern.span[2 * row + 1]; slot++) {
      values[slot] = matrix[row * inputs + pattern.index[slot]];
    }
  }
  return { pattern, values };
}
