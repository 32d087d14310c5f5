/**
 * Rows of a table that tokens name: each as it is, or those of an example added up.
 *
 * The gradient is of the whole table and dense: rows of tokens that a batch does not have are 0. It is made of lists of the
 * places of each token, so that no two threads add to one number and the order of every sum is that of the places.
 *
 * @module
 */
import type { Kernel } from "../device/kernel.ts";
import type { Tensor } from "../program/trace.ts";
import { NONE } from "./kernels/constants.ts";
import { bagWeights } from "./kernels/bag_weights.ts";
import { embedding as kernel } from "./kernels/embedding.ts";
import { embeddingGradient } from "./kernels/embedding_gradient.ts";
import { embeddingGradientAdd } from "./kernels/embedding_gradient_add.ts";
import { tokenLists } from "./kernels/token_lists.ts";
import type { DenseMatrix } from "./matrix.ts";

/** Options of {@linkcode embedding}. */
export interface EmbeddingOptions {
  /** A token that stands for nothing: it gives zeros, and its row learns nothing. */
  readonly padding?: number;
}

/** Options of {@linkcode embeddingBag}. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /**
   * `"sum"` of the rows, each times its weight, or their weighted `"mean"`: divided by the sum of the weights, and zeros
   * where that is 0. Padding counts nothing. `"mean"` by default.
   */
  readonly reduce?: "sum" | "mean";
  /** `[positions, examples]`, f32; all 1 by default. A mask is weights of 0 and 1. Nothing is differentiated by them. */
  readonly weights?: Tensor;
}

/** Tokens of examples and what each counts: rows of sparse features, by their numbers and values. */
export interface WeightedTokens {
  /** `[positions, examples]`, u32. */
  readonly tokens: Tensor;
  /** `[positions, examples]`. */
  readonly weights: Tensor;
}

/**
 * The row of each token.
 *
 * @param tokens `[positions, examples]`, or with more axes before the examples; u32, each below the rows of the table: if it is
 * an input of the program, every run checks that.
 * @param table `[vocabulary, features]`: the same matrix may be the weight of an output layer.
 * @returns `[features, positions, examples]`
 * @throws {TypeError} if the shape or type does not fit.
 * @throws {RangeError} if the padding is no token.
 * @example
 * ```ts
 * import { createDevice, embedding, Resource } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const table = new Resource({
 *   ...{ label: "table", type: "f32", length: 6, category: "parameters" },
 *   initial: () => new Float32Array([1, 2, 3, 4, 5, 6]),
 * });
 * using program = await device.compile(
 *   [{ shape: [1, 32], type: "u32" }],
 *   (tokens) => embedding(tokens, { kind: "dense", rows: 3, inputs: 2, values: table }),
 * );
 * program.run([new Uint32Array(32).fill(2)], { step: 0, totalSteps: 0 });
 * const rows = await program.floats(0);
 * console.assert(rows[0] === 5 && rows[32] === 6);
 * ```
 */
export function embedding(
  tokens: Tensor,
  table: DenseMatrix,
  options: EmbeddingOptions = {},
): Tensor {
  requireTokens("embedding", tokens, table, options);
  const places: Places = { tokens, positions: 1, columns: tokens.elements };
  const { padding } = options;
  const weights = padding === undefined ? undefined : weightsOf(places, "sum", options);
  return lookUp(table, [table.inputs, ...tokens.shape], { ...places, weights, padding });
}

/**
 * The rows of an example's tokens, added up or averaged. The rows of single tokens are never written down, so that a text of
 * many words takes no more memory than one of few.
 *
 * @param tokens `[positions, examples]`, u32, each below the rows of the table; if it is an input of the program, every run
 * checks that.
 * @param table `[vocabulary, features]`
 * @returns `[features, examples]`
 * @throws {TypeError} if a shape or type does not fit.
 * @throws {RangeError} if the padding is no token.
 * @example
 * ```ts
 * import { createDevice, embeddingBag, Resource } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const table = new Resource({
 *   ...{ label: "table", type: "f32", length: 6, category: "parameters" },
 *   initial: () => new Float32Array([0, 0, 3, 4, 5, 6]),
 * });
 * using program = await device.compile(
 *   [{ shape: [3, 32], type: "u32" }],
 *   (tokens) =>
 *     embeddingBag(tokens, { kind: "dense", rows: 3, inputs: 2, values: table }, { padding: 0 }),
 * );
 * // A text of two tokens, and one of padding.
 * const tokens = new Uint32Array(3 * 32);
 * [tokens[0], tokens[32]] = [1, 2];
 * program.run([tokens], { step: 0, totalSteps: 0 });
 * const means = await program.floats(0);
 * console.assert(means[0] === 4 && means[32] === 5);
 * ```
 */
export function embeddingBag(
  tokens: Tensor,
  table: DenseMatrix,
  options: EmbeddingBagOptions = {},
): Tensor {
  const { weights: given, padding, reduce = "mean" } = options;
  requireTokens("embeddingBag", tokens, table, options);
  const fits = given === undefined ||
    given.type === "f32" && String(given.shape) === String(tokens.shape);
  if (tokens.shape.length !== 2 || !fits) {
    const what = fits ? "" : ` with ${given.type} weights [${given.shape}]`;
    throw new TypeError(
      `Cannot compute embeddingBag of tokens [${tokens.shape}]${what}: expected tokens [positions, examples], and f32 ` +
        "weights of the same shape",
    );
  }
  const [positions, examples] = tokens.shape;
  const places: Places = { tokens, positions, columns: tokens.columns };
  const plain = reduce === "sum" && padding === undefined;
  const weights = plain ? given : weightsOf(places, reduce, options);
  return lookUp(table, [table.inputs, examples], { ...places, weights, padding });
}

/** Tokens as the kernels take them. */
interface Places {
  readonly tokens: Tensor;
  readonly positions: number;
  /** Elements of a position in memory. */
  readonly columns: number;
}

/** Records what each token counts, and gives it. */
function weightsOf(
  { tokens, positions, columns }: Places,
  reduce: "sum" | "mean",
  { padding = NONE, weights }: EmbeddingBagOptions,
): Tensor {
  const { trace } = tokens;
  const out = trace.activation(tokens.shape);
  trace.emit(bagWeights, [tokens, weights ?? trace.one, out], {
    ...{ positions, columns, padding },
    mean: Number(reduce === "mean"),
    weighted: Number(weights !== undefined),
  });
  return out;
}

/** Records the sums of rows, and their derivative by the table. */
function lookUp(
  { rows: vocabulary, inputs: features, values }: DenseMatrix,
  shape: readonly number[],
  { tokens, positions, columns, weights, padding }: Places & {
    readonly weights: Tensor | undefined;
    readonly padding: number | undefined;
  },
): Tensor {
  const { trace } = tokens;
  const table = trace.resource(values);
  const y = trace.activation(shape);
  const weighted = Number(weights !== undefined);
  const sizes = { vocabulary, features, positions, columns, weighted };
  trace.emit(kernel, [tokens, table, weights ?? table, y], sizes);
  const length = positions * columns;
  const emitInto = (how: Kernel, upstream: Tensor, gradient: Tensor): void => {
    const start = trace.transient([vocabulary + 1], "permuted", "u32");
    const order = trace.transient([length], "permuted", "u32");
    trace.emit(tokenLists, [tokens, start, order], {
      ...{ vocabulary, length, padding: padding ?? NONE },
    });
    trace.emit(how, [start, order, weights ?? upstream, upstream, gradient], sizes);
  };
  trace.differentiable({
    inputs: [table],
    output: y,
    backward(upstream) {
      const gradient = trace.transient([vocabulary * features], "gradients");
      emitInto(embeddingGradient, upstream, gradient);
      return [gradient];
    },
    backwardOnto: (upstream, sum) => emitInto(embeddingGradientAdd, upstream, sum),
  });
  return y;
}

function requireTokens(
  name: string,
  tokens: Tensor,
  { rows: vocabulary }: DenseMatrix,
  { padding }: EmbeddingOptions,
): void {
  if (tokens.type !== "u32" || tokens.shape.length < 2) {
    throw new TypeError(
      `Cannot compute ${name} of ${tokens.type} tokens [${tokens.shape}]: expected u32 tokens [positions, examples]`,
    );
  }
  if (
    padding !== undefined && !(Number.isInteger(padding) && padding >= 0 && padding < vocabulary)
  ) {
    throw new RangeError(
      `Cannot compute ${name}: the padding is ${padding}; expected a token below ${vocabulary}`,
    );
  }
  tokens.trace.requireBelow(tokens, vocabulary, "tokens of the vocabulary");
}
