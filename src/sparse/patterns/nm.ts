/**
 * N:M: exactly n of every m consecutive inputs of every row, the segments of a row.
 *
 * The index holds places inside the segments, as many bits as they need; a kernel unpacks it into a buffer that all layers
 * share, and the products are those of any single connections.
 *
 * @module
 */
import { LIST_TILE, roundUp } from "../../device/kernel.ts";
import { NORM } from "../../ops/kernels/constants.ts";
import { unpackSegments } from "../../ops/kernels/unpack_segments.ts";
import { raggedCapacity } from "../capacity.ts";
import { type Constraint, type Packing, registerPattern } from "../constraint.ts";
import type { Geometry } from "../geometry.ts";
import { isWide } from "../pack.ts";
import type { Pattern } from "../pattern.ts";
import { fieldOf, type PatternSpec } from "../spec.ts";

/**
 * Exactly n of every m consecutive inputs of every row. Where m does not divide the inputs, the last segment has the
 * remaining t inputs and `ceil(n * t / m)` connections: the same share, rounded up.
 */
export interface NmSpec extends PatternSpec {
  /** Which pattern it is. */
  readonly kind: "nm";
  /** Connections in a segment. */
  readonly n: number;
  /** Inputs in a segment, at most 256. */
  readonly m: number;
}

/** The segments of the rows of an N:M pattern. */
export interface Segments extends NmSpec {
  /** Bits of a place in a segment. */
  readonly bits: number;
  /** Segments of a row; the last one may be shorter. */
  readonly perRow: number;
  /** Connections in the last segment of a row. */
  readonly last: number;
}

/** Most inputs in a segment of an N:M pattern: a place inside it takes a byte at most. */
const WIDEST_SEGMENT = 256;

/**
 * Exactly `n` of every `m` consecutive inputs of every row. Where `m` does not divide the inputs, the last segment has the
 * remaining `t` inputs and `ceil(n * t / m)` connections.
 *
 * @example
 * ```ts
 * import { nm } from "@filigree/filigree";
 *
 * console.assert(nm(2, 4).n === 2);
 * ```
 * @throws {RangeError} unless `1 <= n <= m <= 256`.
 */
export function nm(n: number, m: number): NmSpec {
  const whole = Number.isInteger(n) && Number.isInteger(m);
  if (!(whole && n >= 1 && n <= m && m <= WIDEST_SEGMENT)) {
    throw new RangeError(
      `Cannot use pattern ${n}:${m}: expected integers 1 <= n <= m <= ${WIDEST_SEGMENT}`,
    );
  }
  return { kind: "nm", n, m };
}

registerPattern<NmSpec>({
  kind: "nm",
  names: ["N:M such as 2:4"],
  parse(name) {
    const [, n, m] = /^(\d+):(\d+)$/.exec(name) ?? [];
    return n === undefined ? undefined : nm(Number(n), Number(m));
  },
  nameOf: ({ n, m }) => `${n}:${m}`,
  read: (spec) => nm(Number(fieldOf(spec, "n")), Number(fieldOf(spec, "m"))),
  fixedDensity: ({ n, m }) => n / m,
  constraint,
});

function constraint(spec: NmSpec): Constraint {
  const { n, m } = spec;
  return {
    unit: { height: 1, width: 1 },
    norm: NORM.l1,
    tile: LIST_TILE,
    refill: "part",
    mayEmpty: false,
    budget: ({ rows, inputs }) => rows * connectionsPerRow(segmentsOf(spec, inputs)),
    capacities: ({ lists, entries }, budget) => ({
      capacity: lists * roundUp(budget / lists, LIST_TILE),
      viewCapacity: raggedCapacity(entries, lists, budget, LIST_TILE),
    }),
    parts({ lists, inputs }) {
      const { perRow } = segmentsOf(spec, inputs);
      return { count: lists * perRow, perList: perRow, segment: m };
    },
    share: ({ inputs }) => ({ each: n, last: segmentsOf(spec, inputs).last }),
    // A segment can take no more than these: it has n to lose and m - n to choose from.
    candidates: () => Math.max(1, Math.min(n, m - n)),
    packing: (geometry) => packingOf(segmentsOf(spec, geometry.inputs), geometry),
  };
}

/** The segments of rows of a number of inputs. */
export function segmentsOf(spec: NmSpec, inputs: number): Segments {
  const { n, m } = spec;
  const perRow = Math.ceil(inputs / m);
  const rest = inputs - (perRow - 1) * m;
  const bits = Math.max(1, Math.ceil(Math.log2(m)));
  return { ...spec, bits, perRow, last: Math.ceil(n * rest / m) };
}

/** Connections of each row of an N:M pattern. */
export function connectionsPerRow(
  { n, perRow, last }: Pick<Segments, "n" | "perRow" | "last">,
): number {
  return n * (perRow - 1) + last;
}

function packingOf(segments: Segments, { rows, entries, capacity }: Geometry): Packing {
  const { n, m, bits } = segments;
  const wide = isWide(entries);
  const perRow = connectionsPerRow(segments);
  const params = { n, m, bits, perRow, stride: capacity / rows, capacity, wide: Number(wide) };
  return {
    words: Math.ceil(capacity * bits / 32),
    pack: (pattern) => packSegments(pattern, segments),
    unpack(trace, stored) {
      const index = trace.transient([wide ? capacity : capacity / 2], "permuted", "u32");
      trace.emit(unpackSegments, [stored, index], params);
      return index;
    },
  };
}

/** The inputs of an N:M pattern as places inside their segments, `bits` bits each; 0 on padding. */
export function packSegments(pattern: Pattern, { m, bits }: Segments): Uint32Array {
  const { lists, span, index, capacity } = pattern;
  const words = new Uint32Array(Math.ceil(capacity * bits / 32));
  for (let row = 0; row < lists; row++) {
    for (let slot = span[2 * row]; slot < span[2 * row + 1]; slot++) {
      const place = index[slot] % m;
      const bit = slot * bits;
      words[bit >>> 5] |= place << (bit & 31);
      if ((bit & 31) + bits > 32) words[(bit >>> 5) + 1] |= place >>> (32 - (bit & 31));
    }
  }
  return words;
}

/** Undoes {@linkcode packSegments}: the index of an N:M pattern whose rows have `stride` slots each. */
export function unpackPlaces(
  words: Uint32Array,
  segments: Segments,
  rows: number,
  stride: number,
): Uint32Array {
  const { n, m, bits } = segments;
  const index = new Uint32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < connectionsPerRow(segments); j++) {
      const slot = row * stride + j;
      const bit = slot * bits;
      const low = words[bit >>> 5] >>> (bit & 31);
      const high = (bit & 31) + bits > 32 ? words[(bit >>> 5) + 1] << (32 - (bit & 31)) : 0;
      index[slot] = Math.floor(j / n) * m + ((low | high) & (2 ** bits - 1));
    }
  }
  return index;
}
