/**
 * What the property tests draw from: shapes, patterns and finite float32 data.
 *
 * `FILIGREE_TEST_RUNS` sets how many examples a property draws, `FILIGREE_TEST_EDGES` how many edge cases of a kernel WebGPU
 * gets and `FILIGREE_TEST_PIPELINES` of how many pipelines, `FILIGREE_TEST_SEED` repeats a run; a failure prints the seed that
 * it had.
 *
 * @module
 */
import fc from "fast-check";
import { LIST_TILE, roundUp } from "../src/device/kernel.ts";
import { NONE } from "../src/ops/kernels/constants.ts";

/** Seed of this run of the tests. */
export const SEED: number = Number(
  Deno.env.get("FILIGREE_TEST_SEED") ?? crypto.getRandomValues(new Int32Array(1))[0],
) | 0;

/** Examples per property. */
export const RUNS: number = counted("FILIGREE_TEST_RUNS", 25);

/** Edge cases of a kernel on WebGPU; all of them by default. */
export const EDGES: number = counted("FILIGREE_TEST_EDGES", Number.MAX_SAFE_INTEGER);

/** Pipelines of a kernel that its edge cases compile on WebGPU; all of them by default. */
export const PIPELINES: number = counted("FILIGREE_TEST_PIPELINES", Number.MAX_SAFE_INTEGER);

/** Examples per property on WebGPU: fewer, because a software adapter takes up to three seconds to compile one that differs. */
const COMPILED_RUNS = Math.min(RUNS, 8);

fc.configureGlobal({ numRuns: RUNS, seed: SEED });

/** Examples per property on a device. */
export function runsOn({ name }: { readonly name: string }): number {
  return name === "webgpu" ? COMPILED_RUNS : RUNS;
}

function counted(name: string, otherwise: number): number {
  const count = Number(Deno.env.get(name) ?? otherwise);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new RangeError(`Cannot use ${name}: got ${count}; expected a positive integer`);
}

/** How the numbers of a test lie: see {@linkcode Source.floats}. */
export type Style = "normal" | "integers" | "extreme" | "rare";

/** A seeded source of test data; its own generator, independent of the one under test. */
export class Source {
  #state: number;

  /** Starts at a seed. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A uniform u32 (mulberry32). */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  }

  /** A uniform integer below `n`. */
  below(n: number): number {
    return Math.floor(this.word() / 2 ** 32 * n);
  }

  /** A number of mean 0 and variance 1, bell-shaped, never beyond 3 (the sum of three uniforms). */
  normal(): number {
    return (this.word() + this.word() + this.word()) / 2 ** 31 - 3;
  }

  /**
   * `length` finite float32: `normal`, `integers` from -3 to 3 (many ties; sums of products are exact), or `extreme`:
   * magnitudes from 2^-149 (subnormal) to 2^20, with zeros of both signs.
   */
  floats(length: number, style: Style = "normal"): Float32Array {
    const floats = new Float32Array(length);
    // A plain loop: this draws most of what the tests compute with.
    for (let i = 0; i < length; i++) floats[i] = this.#float(style);
    return floats;
  }

  /** `length` integers below `n`. */
  integers(length: number, n: number): Uint32Array {
    const integers = new Uint32Array(length);
    for (let i = 0; i < length; i++) integers[i] = this.below(n);
    return integers;
  }

  /** `count` integers below `n`, ascending, each any of them. */
  repeated(count: number, n: number): number[] {
    return Array.from({ length: count }, () => this.below(n)).sort((a, b) => a - b);
  }

  /** `count` distinct integers below `n`, ascending (Floyd's way). */
  distinct(count: number, n: number): number[] {
    const chosen = new Set<number>();
    for (let i = n - count; i < n; i++) {
      const candidate = this.below(i + 1);
      chosen.add(chosen.has(candidate) ? i : candidate);
    }
    return [...chosen].sort((a, b) => a - b);
  }

  #float(style: Style): number {
    if (style === "normal") return this.normal();
    if (style === "rare") return this.below(40) === 0 ? this.normal() : 0;
    if (style === "integers") return this.below(7) - 3;
    const sign = this.below(2) === 0 ? 1 : -1;
    const kind = this.below(8);
    if (kind === 0) return sign * 0;
    if (kind === 1) return sign * (1 + this.below(2 ** 20)) * 2 ** -149;
    return sign * 2 ** (this.below(41) - 20) * (1 + this.word() / 2 ** 32);
  }
}

/** Connection lists as kernels take them, before the index is packed. */
export interface Lists {
  /** Lists. */
  readonly rows: number;
  /** What the entries count. */
  readonly inputs: number;
  /** (begin, end) of every list. */
  readonly span: Uint32Array;
  /** The entries, padding included. */
  readonly index: Uint32Array;
  /** Where each entry's value lies in the other view; NONE on padding. Only in a transposed view. */
  readonly slot?: Uint32Array;
}

/** How long the lists of a test pattern are. */
export interface PatternShape {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
  /** Connections of a live row; a number is the same for all, `ragged` draws from 0 to all inputs (at most 64). */
  readonly k: number | "ragged";
  /** Whether entries are drawn with replacement; distinct by default. */
  readonly repeats?: boolean;
  /** Share of rows without a connection. */
  readonly empty?: number;
  /** Slots behind the last list. */
  readonly tail?: number;
}

/** Draws a pattern; its lists are padded to multiples of `tile`. */
export function drawLists(source: Source, shape: PatternShape, tile: number = LIST_TILE): Lists {
  const { rows, inputs, k, repeats = false, empty = 0, tail = 0 } = shape;
  const lists = Array.from({ length: rows }, () => {
    if (source.word() / 2 ** 32 < empty) return [];
    const count = k === "ragged" ? source.below(Math.min(inputs, 64) + 1) : k;
    return repeats ? source.repeated(count, inputs) : source.distinct(count, inputs);
  });
  return layOut(lists, inputs, tail, tile);
}

/** The lists of the columns of a pattern, each entry with its slot: what an input gradient walks over. */
export function transpose(
  pattern: Lists,
  tail = 0,
  tile: number = LIST_TILE,
): Lists & { readonly slot: Uint32Array } {
  const rowsOf: number[][] = Array.from({ length: pattern.inputs }, () => []);
  const slotsOf: number[][] = Array.from({ length: pattern.inputs }, () => []);
  for (let row = 0; row < pattern.rows; row++) {
    for (let s = pattern.span[2 * row]; s < pattern.span[2 * row + 1]; s++) {
      rowsOf[pattern.index[s]].push(row);
      slotsOf[pattern.index[s]].push(s);
    }
  }
  const view = layOut(rowsOf, pattern.rows, tail, tile);
  const slot = new Uint32Array(view.index.length).fill(NONE);
  slotsOf.forEach((slots, column) => slot.set(slots, view.span[2 * column]));
  return { ...view, slot };
}

/** Two entries to a word, the low half first, unless `wide`. */
export function pack(index: Uint32Array, wide: number): Uint32Array {
  if (wide !== 0) return index.slice();
  return Uint32Array.from(
    { length: Math.ceil(index.length / 2) },
    (_, i) => (index[2 * i] | ((index[2 * i + 1] ?? 0) << 16)) >>> 0,
  );
}

/** One number per slot: drawn on connections, 0 on padding and tail. */
export function drawValues(source: Source, lists: Lists, style: Style = "normal"): Float32Array {
  const values = new Float32Array(lists.index.length);
  for (let row = 0; row < lists.rows; row++) {
    const [begin, end] = [lists.span[2 * row], lists.span[2 * row + 1]];
    values.set(source.floats(end - begin, style), begin);
  }
  return values;
}

/** Seeds of test data. */
export function seeds(): fc.Arbitrary<number> {
  return fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 }));
}

/** Numbers of rows, inputs and the like: small ones, and those beside a tile's edge. */
export function extents(max: number): fc.Arbitrary<number> {
  const edges = [1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257]
    .filter((n) => n <= max);
  return fc.oneof(fc.integer({ min: 1, max }), fc.constantFrom(...edges));
}

/** Columns of a batch: multiples of 32. */
export function columnCounts(max = 320): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: max / 32 }).map((n) => n * 32);
}

/** Patterns' shapes. */
export function patternShapes(maxRows: number, maxInputs: number): fc.Arbitrary<PatternShape> {
  return fc.tuple(extents(maxRows), extents(maxInputs)).chain(([rows, inputs]) =>
    fc.record({
      rows: fc.constant(rows),
      inputs: fc.constant(inputs),
      k: fc.oneof(fc.integer({ min: 0, max: inputs }), fc.constant("ragged" as const)),
      empty: fc.constantFrom(0, 0.1, 0.9),
      tail: fc.constantFrom(0, 4, 64),
    })
  );
}

/** Styles of data. */
export function styles(): fc.Arbitrary<Style> {
  return fc.constantFrom("normal", "integers", "extreme");
}

function layOut(
  lists: readonly (readonly number[])[],
  inputs: number,
  tail: number,
  tile: number,
): Lists {
  const span = new Uint32Array(2 * lists.length);
  let length = 0;
  lists.forEach((list, row) => {
    span[2 * row] = length;
    span[2 * row + 1] = length + list.length;
    length += roundUp(list.length, tile);
  });
  // A pattern without any connection still has memory.
  const index = new Uint32Array(Math.max(tile, length + roundUp(tail, tile)));
  lists.forEach((list, row) => index.set(list, span[2 * row]));
  return { rows: lists.length, inputs, span, index };
}
