/**
 * The topology of a layer on the host: what methods read that grow by it, and how they say what grows.
 *
 * @module
 */
import type { Pattern } from "./pattern.ts";

/** The bipartite graph of the units of a layer: lists on one side, entries on the other. */
export interface UnitTopology {
  /** `[lists + 1]`: where the entries of each list begin. */
  readonly begin: Uint32Array;
  /** Entries, ascending in a list. */
  readonly entry: Uint32Array;
}

/** Units by part, chosen on the host. */
export interface ChosenUnits {
  /** `[2 * parts]`: begin and end of each part in `input`. */
  readonly span: Uint32Array;
  /** Entries, ascending in a part. */
  readonly input: Uint32Array;
}

/** The units of a pattern whose slots are in a set of bits. */
export function topologyOf({ lists, span, index }: Pattern, kept: Uint32Array): UnitTopology {
  const begin = new Uint32Array(lists + 1);
  const entry = new Uint32Array(index.length);
  let at = 0;
  for (let list = 0; list < lists; list++) {
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      if (((kept[slot >>> 5] >>> (slot & 31)) & 1) === 1) entry[at++] = index[slot];
    }
    begin[list + 1] = at;
  }
  return { begin, entry: entry.subarray(0, at) };
}

/** The same graph from the other side: the lists of each entry, ascending. */
export function turned({ begin, entry }: UnitTopology, entries: number): UnitTopology {
  const from = new Uint32Array(entries + 1);
  for (const each of entry) from[each + 1]++;
  for (let i = 0; i < entries; i++) from[i + 1] += from[i];
  const next = from.slice();
  const list = new Uint32Array(entry.length);
  for (let row = 0; row + 1 < begin.length; row++) {
    for (let i = begin[row]; i < begin[row + 1]; i++) list[next[entry[i]]++] = row;
  }
  return { begin: from, entry: list };
}
