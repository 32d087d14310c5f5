/**
 * Patterns drawn at random: what a layer starts from.
 *
 * @module
 */
import { roundUp } from "../device/kernel.ts";
import { drawDistinct, drawInto, Random } from "../device/random.ts";
import { listsOfColumns, partsOf, refillsAnywhere, shareOf } from "./cells.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import { type Pattern, patternOf } from "./pattern.ts";
import { isOfColumns } from "./lookup.ts";
import type { SparseSpec } from "./spec.ts";

/**
 * A pattern of which every one that the specification allows, all rows live, is equally likely: every list, or every
 * segment, draws its entries without replacement; blocks are drawn from all of the matrix. Depends on `seed`, `stream` and the
 * shape alone.
 *
 * @throws {RangeError} if the specification does not fit the shape.
 */
export function randomPattern(
  spec: SparseSpec,
  rows: number,
  inputs: number,
  seed: number,
  stream: number,
): Pattern {
  const geometry = geometryOf(spec, rows, inputs);
  const random = (element: number) => new Random({ seed, use: "pattern", stream, element });
  if (isWholeLists(geometry)) return drawWhole(geometry, random(0));
  return patternOf(drawLists(geometry, random), { spec, rows, inputs });
}

/** Whether lists are drawn one by one, each as a whole. */
function isWholeLists(geometry: Geometry): boolean {
  return !isOfColumns(geometry.spec) && !refillsAnywhere(geometry) &&
    partsOf(geometry).perList === 1;
}

/** Draws lists that are drawn as a whole: of millions, each in its place, so that nothing else is ever as long. */
function drawWhole(geometry: Geometry, random: Random): Pattern {
  const { lists, entries, tile, capacity } = geometry;
  const { last: count } = shareOf(geometry, lists);
  const span = new Uint32Array(2 * lists);
  const index = new Uint32Array(capacity);
  const marks = new Uint32Array(Math.ceil(entries / 32));
  const stride = roundUp(count, tile);
  for (let list = 0, begin = 0; list < lists; list++, begin += stride) {
    span[2 * list] = begin;
    span[2 * list + 1] = begin + count;
    drawInto(random.restart(list), entries, index.subarray(begin, begin + count), marks);
  }
  return { ...geometry, span, index };
}

function drawLists(geometry: Geometry, random: (element: number) => Random): ArrayLike<number>[] {
  const { lists, entries, budget } = geometry;
  const columns = new Map<number, Random>();
  const ofColumns = listsOfColumns(geometry, (entry, _, size, count) => {
    const source = columns.get(entry) ?? random(entry);
    columns.set(entry, source);
    return drawDistinct(source, size, count);
  });
  if (ofColumns !== undefined) return ofColumns;
  if (refillsAnywhere(geometry)) return drawAnywhere(random(0), lists, entries, budget);
  const { perList, segment } = partsOf(geometry);
  const { each, last } = shareOf(geometry, lists);
  return Array.from({ length: lists }, (_, list) => {
    const source = random(list);
    return Array.from({ length: perList }, (_, part) => {
      const first = part * segment;
      const count = part === perList - 1 ? last : each;
      const places = drawDistinct(source, Math.min(segment, entries - first), count);
      return Array.from(places, (place) => first + place);
    }).flat();
  });
}

/** `count` of all positions, by list. */
function drawAnywhere(random: Random, lists: number, entries: number, count: number): number[][] {
  const drawn: number[][] = Array.from({ length: lists }, () => []);
  for (const position of drawDistinct(random, lists * entries, count)) {
    drawn[Math.floor(position / entries)].push(position % entries);
  }
  return drawn;
}
