/**
 * Patterns by magnitude: which connections of a dense matrix are kept where a model that was trained dense becomes sparse.
 *
 * @module
 */
import { listsOfColumns, partsOf, refillsAnywhere, shareOf } from "./cells.ts";
import { type Geometry, geometryOf, heightOf, widthOf } from "./geometry.ts";
import { type Pattern, patternOf, type PatternOptions } from "./pattern.ts";

/**
 * The largest units of a matrix by the sum of their squares, as many as the specification has: the largest of each list, of each
 * segment, or of all of the matrix. Of equal ones the first are kept.
 *
 * @param matrix `[rows, inputs]`
 * @throws {RangeError} if the specification does not fit the shape, or a number is not finite.
 * @throws {TypeError} if the matrix has another size.
 */
export function largestUnits(matrix: Float32Array, options: PatternOptions): Pattern {
  const { spec, rows, inputs, budget } = options;
  const geometry = geometryOf(spec, rows, inputs, budget);
  if (matrix.length !== rows * inputs) {
    throw new TypeError(
      `Cannot make a pattern of ${matrix.length} numbers: expected [${rows}, ${inputs}]`,
    );
  }
  const scores = scoresOf(geometry, matrix);
  if (!scores.every(Number.isFinite)) {
    throw new RangeError(
      "Cannot make a pattern of numbers that are not finite: expected finite ones",
    );
  }
  return patternOf(listsOf(geometry, scores), options);
}

/** The sum of squares of each unit, list by list. */
function scoresOf(geometry: Geometry, matrix: Float32Array): Float64Array {
  const { lists, entries, inputs, unit: { height, width } } = geometry;
  const scores = new Float64Array(lists * entries);
  for (let list = 0; list < lists; list++) {
    for (let r = 0; r < heightOf(geometry, list); r++) {
      const row = (list * height + r) * inputs;
      for (let entry = 0; entry < entries; entry++) {
        for (let c = 0; c < widthOf(geometry, entry); c++) {
          scores[list * entries + entry] += matrix[row + entry * width + c] ** 2;
        }
      }
    }
  }
  return scores;
}

function listsOf(geometry: Geometry, scores: Float64Array): number[][] {
  const { lists, entries, budget } = geometry;
  const ofColumns = listsOfColumns(geometry, (entry, first, size, count) => {
    const among = Float64Array.from(
      { length: size },
      (_, i) => scores[(first + i) * entries + entry],
    );
    return largest(among, count);
  });
  if (ofColumns !== undefined) return ofColumns;
  const chosen: number[][] = Array.from({ length: lists }, () => []);
  if (refillsAnywhere(geometry)) {
    for (const at of largest(scores, budget)) chosen[Math.floor(at / entries)].push(at % entries);
    return chosen;
  }
  const { perList, segment } = partsOf(geometry);
  const { each, last } = shareOf(geometry, lists);
  for (const [list, kept] of chosen.entries()) {
    for (let part = 0; part < perList; part++) {
      const first = part * segment;
      const end = Math.min(entries, first + segment);
      const among = scores.subarray(list * entries + first, list * entries + end);
      for (const at of largest(among, part === perList - 1 ? last : each)) kept.push(first + at);
    }
  }
  return chosen;
}

/** The places of the largest numbers, ascending. */
function largest(scores: Float64Array, count: number): number[] {
  if (count <= 0) return [];
  const sorted = scores.slice().sort();
  const least = sorted[Math.max(0, sorted.length - count)];
  const above = sorted.length - sorted.findIndex((score) => score > least);
  // As many as there are above the least that is kept, and the first ones that are equal to it.
  let equal = count - (sorted[sorted.length - 1] > least ? above : 0);
  const places: number[] = [];
  for (const [place, score] of scores.entries()) {
    if (score > least || score === least && equal-- > 0) places.push(place);
  }
  return places;
}
