/**
 * What the values of a weight begin with.
 *
 * @module
 */
import type { Random } from "../device/random.ts";
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

/** Draws the next first value of a weight; told the deviation that He's rule has for its row. */
export function firstValue(init: Init, random: Random): (heScale: number) => number {
  if (init.kind === "he") return (heScale) => heScale * random.normal();
  const { deviation } = init;
  return () => {
    for (;;) {
      const drawn = random.normal();
      if (Math.abs(drawn) <= 2) return deviation * drawn;
    }
  };
}

/** The deviation of the values of each row by He's rule: `sqrt(2 / fan-in)`, with the fan-in of the row. */
export function heScales(pattern: Pattern): Float64Array {
  return Float64Array.from(connectionsOfRows(pattern), (count) => Math.sqrt(2 / count));
}
