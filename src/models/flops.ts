/**
 * What a transformer costs by the formula of the field, so that runs can be set beside published ones.
 *
 * @module
 */
import { type ChosenPattern, densityOfAll, type SparseMatrixPlace } from "./sparse_layers.ts";

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

/** What the training of a transformer is counted of. */
export interface TransformerWork {
  /** Its sizes. */
  readonly sizes: EncoderSizes;
  /** Positions of a sequence: of a text, or patches of a picture and what stands beside them. */
  readonly positions: number;
  /** The matrices that can be sparse. */
  readonly matrices: readonly SparseMatrixPlace[];
  /** How dense each is. */
  readonly patterns: Readonly<Record<string, ChosenPattern>>;
}

/**
 * Floating-point operations of training with one sequence by {@linkcode flopsPerSequence}, each matrix with its own density.
 *
 * @param densityOf The share of a matrix that counts; that of its connections by default.
 */
export function flopsOfSequence(
  { sizes, positions, matrices, patterns }: TransformerWork,
  densityOf: (chosen: ChosenPattern) => number = ({ density }) => density,
): number {
  const counted = Object.fromEntries(
    Object.entries(patterns).map(([name, chosen]) => // What is dense anyway is so for everybody.
    [name, chosen.density === 1 ? chosen : { ...chosen, density: densityOf(chosen) }]),
  );
  return flopsPerSequence(sizes, { positions, density: densityOfAll(matrices, counted) });
}
