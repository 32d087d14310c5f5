/**
 * Cells: the parts of a pattern inside which growth refills what was dropped. A constant fan-in refills each list, an
 * N:M pattern each segment of each row. Blocks may go anywhere: then the whole matrix is one cell.
 *
 * @module
 */
import type { Parts, PartShare } from "./constraint.ts";
import type { Geometry } from "./geometry.ts";
import type { Pattern } from "./pattern.ts";
import { constraintOf } from "./lookup.ts";

export type { Parts };

/** The parts of a pattern that have growth candidates of their own. */
export function partsOf(geometry: Geometry): Parts {
  return constraintOf(geometry.spec).parts(geometry);
}

/** Units of the parts of a list where `live` lists share the budget. */
export function shareOf(geometry: Geometry, live: number): PartShare {
  return constraintOf(geometry.spec).share(geometry, live);
}

/** Whether a dropped unit may come back in any list, so that all lists together are one cell. */
export function refillsAnywhere({ spec }: Geometry): boolean {
  return constraintOf(spec).refill === "anywhere";
}

/**
 * The lists of a pattern whose columns divide into segments: what `take` takes of each segment, out of its places.
 *
 * @param take Gives so many of the places from 0 up to `size`, of the segment that begins at `first` of column `entry`.
 */
export function listsOfColumns(
  { spec, lists, entries }: Geometry,
  take: (entry: number, first: number, size: number, count: number) => Iterable<number>,
): number[][] | undefined {
  const columns = constraintOf(spec).columns?.(lists);
  if (columns === undefined) return undefined;
  const { segment, each, last } = columns;
  const chosen: number[][] = Array.from({ length: lists }, () => []);
  for (let entry = 0; entry < entries; entry++) {
    for (let first = 0; first < lists; first += segment) {
      const size = Math.min(segment, lists - first);
      const count = first + segment < lists ? each : last;
      for (const place of take(entry, first, size, count)) chosen[first + place].push(entry);
    }
  }
  return chosen;
}

/** Whether lists may be empty; if not, every part always holds the same number of units. */
export function mayEmpty({ spec }: Geometry): boolean {
  return constraintOf(spec).mayEmpty;
}

/** `[2 * parts]`: begin and end of each part, in slots. */
export function partSpan(pattern: Pattern): Uint32Array {
  const { lists, span, index } = pattern;
  const { count, perList, segment } = partsOf(pattern);
  if (perList === 1) return span;
  const parts = new Uint32Array(2 * count);
  const each = mayEmpty(pattern) ? undefined : shareOf(pattern, lists).each;
  for (let list = 0, at = 0; list < lists; list++) {
    const end = span[2 * list + 1];
    let slot = span[2 * list];
    for (let part = 1; part <= perList; part++) {
      parts[at++] = slot;
      // Where every part has as many there is nothing to look at.
      if (each !== undefined) slot = Math.min(slot + each, end);
      else while (slot < end && index[slot] < part * segment) slot++;
      parts[at++] = slot;
    }
  }
  return parts;
}

/** Units of each part. */
export function countParts(pattern: Pattern): Uint32Array {
  const { lists, span, index } = pattern;
  const { count, perList, segment } = partsOf(pattern);
  const counts = new Uint32Array(count);
  for (let list = 0; list < lists; list++) {
    const begin = span[2 * list], end = span[2 * list + 1];
    if (perList === 1) counts[list] = end - begin;
    else {for (let i = begin; i < end; i++) {
        counts[list * perList + Math.floor(index[i] / segment)]++;
      }}
  }
  return counts;
}

/**
 * Units that each cell shall hold if the lists whose flag in `live` is 1 are live and the others empty. `units` is
 * what the pattern has now.
 */
export function quotaOf(geometry: Geometry, live: Uint32Array, units: number): Uint32Array {
  if (refillsAnywhere(geometry)) return Uint32Array.of(units);
  const { count, perList } = partsOf(geometry);
  const always = !mayEmpty(geometry);
  let lists = 0;
  for (const flag of live) lists += flag;
  const { each, last } = shareOf(geometry, lists);
  const quota = new Uint32Array(count);
  for (let list = 0, at = 0; list < live.length; list++, at += perList) {
    if (!always && live[list] === 0) continue;
    if (perList > 1) quota.fill(each, at, at + perList - 1);
    quota[at + perList - 1] = last;
  }
  return quota;
}

/**
 * What is wrong with the number of units of a part, or of all; undefined if nothing is.
 *
 * @param counts Units of each part.
 * @param what What is counted, for people.
 */
export function faultOf(
  geometry: Geometry,
  counts: Uint32Array,
  what: "inputs" | "connections",
): string | undefined {
  const { lists, budget } = geometry;
  const { perList } = partsOf(geometry);
  const fixed = !mayEmpty(geometry);
  if (refillsAnywhere(geometry)) {
    const units = counts.reduce((sum, count) => sum + count, 0);
    return units > budget ? `it has ${units} blocks; expected at most ${budget}` : undefined;
  }
  const live = new Uint32Array(lists);
  if (!fixed) {
    for (let part = 0; part < counts.length; part++) {
      if (counts[part] > 0) live[perList === 1 ? part : Math.floor(part / perList)] = 1;
    }
  }
  const quota = quotaOf(geometry, live, 0);
  let odd = 0;
  while (odd < counts.length && counts[odd] === quota[odd]) odd++;
  if (odd === counts.length) return undefined;
  const found = `${partName(geometry, odd)} has ${counts[odd]} ${what}; expected `;
  if (fixed) return `${found}${quota[odd]}`;
  const all = live.reduce((sum, flag) => sum + flag, 0);
  return `${found}0 or ${quota[odd]} (${budget} connections for ${all} live ${
    listNoun(geometry)
  }s)`;
}

/** A list of a pattern for people. */
export function listNoun({ unit }: Pick<Geometry, "unit">): string {
  return unit.height === 1 ? "row" : unit.width === 1 ? "group" : "block row";
}

/** A part of a pattern for people. */
export function partName(geometry: Geometry, part: number): string {
  const { perList } = partsOf(geometry);
  const what = listNoun(geometry);
  if (perList === 1) return `${what} ${part}`;
  return `segment ${part % perList} of ${what} ${Math.floor(part / perList)}`;
}
