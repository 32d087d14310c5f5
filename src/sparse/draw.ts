/**
 * Patterns drawn at random: what a layer starts from.
 *
 * @module
 */
import { drawDistinct, Random } from "../device/random.ts";
import { fanInOf, type Geometry, geometryOf } from "./geometry.ts";
import { type Pattern, patternOf } from "./pattern.ts";
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
  return patternOf(drawLists(geometry, random), { spec, rows, inputs });
}

function drawLists(geometry: Geometry, random: (element: number) => Random): ArrayLike<number>[] {
  const { spec, lists, entries, budget, segments } = geometry;
  if (segments !== undefined) {
    const { n, m, perRow, last } = segments;
    return Array.from({ length: lists }, (_, row) => {
      const source = random(row);
      return Array.from({ length: perRow }, (_, segment) => {
        const inputs = Math.min(m, entries - segment * m);
        const count = segment === perRow - 1 ? last : n;
        return Array.from(drawDistinct(source, inputs, count), (place) => segment * m + place);
      }).flat();
    });
  }
  if (spec.kind === "block") return drawAnywhere(random(0), lists, entries, budget);
  const k = fanInOf(budget, lists, entries);
  return Array.from({ length: lists }, (_, list) => drawDistinct(random(list), entries, k));
}

/** `count` of all positions, by list. */
function drawAnywhere(random: Random, lists: number, entries: number, count: number): number[][] {
  const drawn: number[][] = Array.from({ length: lists }, () => []);
  for (const position of drawDistinct(random, lists * entries, count)) {
    drawn[Math.floor(position / entries)].push(position % entries);
  }
  return drawn;
}
