/**
 * What a transformer costs by the formula of the field, so that runs can be set beside published ones.
 *
 * @module
 */

/** What the formula is of. */
export interface EncoderSizes {
  /** Layers of the encoder. */
  readonly layers: number;
  /** Features of a position. */
  readonly features: number;
  /** Features between the two products behind the attention; four times the others by default. */
  readonly intermediate?: number;
}

/**
 * Floating-point operations of training with one sequence, as Dietrich et al. (2022, "Towards Structured Dynamic Sparse
 * Pre-Training of BERT") count them: `3 (2 S f P + 4 S^2 d layers)`, of which a third is the forward pass. The matrices of the
 * encoder scale with their density, the products of attention do not; embeddings and heads are not counted.
 *
 * @param options.positions Positions of the sequence.
 * @param options.density Share of the connections of the encoder's matrices that exist; 1 by default.
 * @example
 * ```ts
 * import { flopsPerSequence } from "@filigree/filigree";
 *
 * // BERT-Mini: printed as 2.617e9.
 * console.assert(flopsPerSequence({ layers: 4, features: 256 }, { positions: 128 }) === 2_617_245_696);
 * ```
 */
export function flopsPerSequence(
  { layers, features, intermediate = 4 * features }: EncoderSizes,
  { positions, density = 1 }: { readonly positions: number; readonly density?: number },
): number {
  const matrices = layers * (4 * features ** 2 + 2 * features * intermediate);
  return 3 * (2 * positions * density * matrices + 4 * positions ** 2 * features * layers);
}
