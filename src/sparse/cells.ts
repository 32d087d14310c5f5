/**
 * Cells: the parts of a pattern inside which growth refills what was dropped. A constant fan-in refills each list, an
 * N:M pattern each segment of each row. Blocks may go anywhere: then the whole matrix is one cell.
 *
 * @module
 */
import { fanInOf, type Geometry } from "./geometry.ts";
import type { Pattern } from "./pattern.ts";

/** How the lists of a pattern divide into the parts that have growth candidates of their own. */
export interface Parts {
  /** Parts of all lists together. */
  readonly count: number;
  /** Parts of each list. */
  readonly perList: number;
  /** Entries that a part could have; the last one of a list may have fewer. */
  readonly segment: number;
}

/** Segments of an N:M pattern, whole lists of any other. */
export function partsOf({ lists, entries, segments }: Geometry): Parts {
  if (segments === undefined) return { count: lists, perList: 1, segment: entries };
  return { count: lists * segments.perRow, perList: segments.perRow, segment: segments.m };
}

/** Whether a dropped unit may come back in any list, so that all lists together are one cell. */
export function refillsAnywhere({ spec }: Geometry): boolean {
  return spec.kind === "block";
}

/** `[2 * parts]`: begin and end of each part, in slots. */
export function partSpan({ lists, span, segments }: Pattern): Uint32Array {
  if (segments === undefined) return span;
  const { n, perRow } = segments;
  const parts = new Uint32Array(2 * lists * perRow);
  for (let row = 0, at = 0; row < lists; row++) {
    const end = span[2 * row + 1];
    let begin = span[2 * row];
    for (let segment = 0; segment < perRow; segment++) {
      parts[at++] = begin;
      begin = Math.min(begin + n, end);
      parts[at++] = begin;
    }
  }
  return parts;
}

/**
 * Units that each cell shall hold if the lists whose flag in `live` is 1 are live and the others empty. `units` is
 * what the pattern has now.
 */
export function quotaOf(geometry: Geometry, live: Uint32Array, units: number): Uint32Array {
  const { lists, entries, budget, segments } = geometry;
  if (refillsAnywhere(geometry)) return Uint32Array.of(units);
  if (segments !== undefined) {
    const { n, perRow, last } = segments;
    const quota = new Uint32Array(lists * perRow).fill(n);
    for (let at = perRow - 1; at < quota.length; at += perRow) quota[at] = last;
    return quota;
  }
  let count = 0;
  for (const flag of live) count += flag;
  const k = fanInOf(budget, count, entries);
  return live.map((flag) => flag * k);
}

/** A part of a pattern for people. */
export function partName({ unit, segments }: Geometry, part: number): string {
  const what = unit.height === 1 ? "row" : unit.width === 1 ? "group" : "block row";
  if (segments === undefined) return `${what} ${part}`;
  return `${what} ${Math.floor(part / segments.perRow)}, segment ${part % segments.perRow}`;
}
