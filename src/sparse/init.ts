/**
 * What the values of a weight begin with.
 *
 * @module
 */
import type { Runs } from "./runs.ts";
import { areaOf, heightOf, widthOf } from "./geometry.ts";
import { connectionsOfRows, type Pattern } from "./pattern.ts";

/** What the values of a weight begin with; made by {@linkcode he} or {@linkcode truncatedNormal}. */
export type Init =
  /** Normal numbers of variance `2 / fan-in`, with the fan-in that each row really has. */
  | { readonly kind: "he" }
  /** Normal numbers of one deviation, whatever the pattern, none beyond two deviations. */
  | { readonly kind: "truncatedNormal"; readonly deviation: number };

/**
 * Normal numbers of variance `2 / fan-in` (He et al. 2015, equation 10), with the fan-in that the pattern really has: what
 * weights begin with by default.
 *
 * @example
 * ```ts
 * import { he, nn } from "@filigree/filigree";
 *
 * const layer = nn.linear(64, 32, { init: he() }); // as without it
 * console.assert(layer.weights.length === 1);
 * ```
 */
export function he(): Init {
  return { kind: "he" };
}

/**
 * Normal numbers of one deviation, drawn again where they are more than two deviations from 0, whatever the pattern: as BERT
 * begins (Devlin et al. 2019), and as DynSparse found best for sparse BERTs too (Dietrich et al. 2022).
 *
 * @param deviation Of the normal numbers before any is drawn again; what is left has 0.88 of it. 0.02 by default.
 * @throws {RangeError} if the deviation is not a finite number of at least 0.
 * @example
 * ```ts
 * import { block, nn, truncatedNormal } from "@filigree/filigree";
 *
 * const pattern = block(16, { density: 0.1 });
 * const layer = nn.linear(256, 1024, { pattern, init: truncatedNormal(0.02) });
 * console.assert(layer.weights.length === 1);
 * ```
 */
export function truncatedNormal(deviation = 0.02): Init {
  if (deviation >= 0 && Number.isFinite(deviation)) return { kind: "truncatedNormal", deviation };
  throw new RangeError(
    `Cannot begin with a truncated normal of deviation ${deviation}: expected a finite number of at least 0`,
  );
}

/** The deviation of the values of each row by He's rule: `sqrt(2 / fan-in)`, with the fan-in of the row. */
export function heScales(pattern: Pattern): Float64Array<ArrayBuffer> {
  return Float64Array.from(connectionsOfRows(pattern), (count) => Math.sqrt(2 / count));
}

/** The values of the connections of a pattern in the order of `eachConnection`: of a list, but where units reach over the edge. */
export function runsOf(pattern: Pattern): Runs {
  const { lists, rows, inputs, unit: { height, width }, span, index } = pattern;
  const ofRows = heScales(pattern);
  const ofLists = height === 1
    ? ofRows
    : Float64Array.from({ length: lists }, (_, list) => ofRows[list * height]);
  if (rows % height === 0 && inputs % width === 0) {
    const area = areaOf(pattern.unit);
    return { span: area === 1 ? span : span.map((slot) => slot * area), scales: ofLists };
  }
  const runs: number[] = [], scales: number[] = [];
  for (let list = 0; list < lists; list++) {
    const high = heightOf(pattern, list);
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      const begin = slot * width, end = begin + widthOf(pattern, index[slot]);
      for (let column = begin; column < end; column++) {
        runs.push(column * height, column * height + high);
        scales.push(ofLists[list]);
      }
    }
  }
  return { span: Uint32Array.from(runs), scales: Float64Array.from(scales) };
}
