/**
 * Sparse features of a batch by their numbers: which examples have each, and what each has of it. What a matrix of single
 * connections is multiplied by that stands on sparse features directly, and whose gradient goes nowhere: they are data.
 *
 * @module
 */
import type { Tensor, Trace } from "../program/trace.ts";
import type { WeightedTokens } from "./embedding.ts";
import type { Kernel, Params } from "../device/kernel.ts";
import { sddmmListed } from "./kernels/sddmm_listed.ts";
import { spmmListed } from "./kernels/spmm_listed.ts";
import { tokenLists } from "./kernels/token_lists.ts";
import type { Matrix, SparseMatrix } from "./matrix.ts";
import { listsOf, valuesOf } from "./products.ts";
import type { Resource } from "../program/resource.ts";

/** The token that stands for nothing; feature i is token i + 1. */
const PADDING = 0;

/** Sparse features of a batch, by their numbers: made by {@linkcode listFeatures}. */
export interface ListedFeatures {
  /** How many features there are. */
  readonly features: number;
  /** `[positions, examples]`, u32: numbers of features plus 1, 0 behind the last one. */
  readonly tokens: Tensor;
  /** `[positions, examples]`: their values. */
  readonly weights: Tensor;
  /** Where the list of each token begins in `order`. */
  readonly start: Tensor;
  /** The places of the tokens, one list behind the other. */
  readonly order: Tensor;
}

/**
 * Records which examples have each feature: `labelLoss` and `labelTop` take that in the place of dense numbers, for a head of single
 * connections. Only the connections of features that a batch has are computed, and nothing is as long as features times examples.
 *
 * @param features How many there are.
 * @param input As `rankingSource` gives them: token 0 stands for nothing, feature i is token i + 1.
 * @throws {TypeError} if tokens and weights have other shapes or types.
 * @example
 * ```ts
 * import { createDevice, fanIn, labelTop, listFeatures, nn } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * // Each of 1000 labels reads 4 of 5000 features; a batch has 32 examples of up to 3.
 * const head = nn.labelHead(5000, 1000, { pattern: fanIn(4, { full: true }) });
 * const lists = { shape: [3, 32], type: "u32" } as const;
 * using program = await device.compile([lists, { ...lists, type: "f32" }], (tokens, weights) => {
 *   const x = listFeatures({ tokens, weights }, 5000);
 *   return labelTop(x, head(x).head, 5).scores;
 * });
 * // Feature i is token i + 1. The first example has 0.5 of feature 7 alone, the second twice as much.
 * const [tokens, weights] = [new Uint32Array(3 * 32), new Float32Array(3 * 32)];
 * tokens.set([8, 8]);
 * weights.set([0.5, 1]);
 * program.run([tokens, weights]);
 * const scores = await program.floats(0);
 * console.assert(scores[1] === 2 * scores[0]);
 * ```
 */
export function listFeatures(
  { tokens, weights }: WeightedTokens,
  features: number,
): ListedFeatures {
  const fits = tokens.type === "u32" && weights.type === "f32" && tokens.shape.length === 2 &&
    String(tokens.shape) === String(weights.shape) && tokens.columns % 32 === 0;
  if (!fits) {
    throw new TypeError(
      `Cannot list features of ${tokens.type} tokens [${tokens.shape}] with ${weights.type} weights [${weights.shape}]: ` +
        "expected u32 tokens [positions, examples] and f32 weights of the same shape, in a program of several examples",
    );
  }
  const { trace } = tokens;
  trace.requireBelow(tokens, features + 1, "features plus 1");
  const length = tokens.elements;
  const start = trace.transient([features + 2], "permuted", "u32");
  const order = trace.transient([length], "permuted", "u32");
  trace.emit(tokenLists, [tokens, start, order], {
    ...{ vocabulary: features + 1, length, padding: PADDING },
  });
  return { features, tokens, weights, start, order };
}

/** Records the product of a matrix with listed features, and gives it: `[rows, examples]`. */
export function multiplyListed(weight: Matrix, bias: Resource, x: ListedFeatures): Tensor {
  const { trace } = x.tokens;
  const connections = requireConnections(weight);
  const y = trace.activation([weight.rows, ...x.tokens.shape.slice(1)]);
  emitListed(spmmListed, connections, x, {
    before: [valuesOf(trace, connections)],
    after: [trace.resource(bias), y],
  });
  return y;
}

/** Records the gradient of the values of a matrix that listed features were multiplied by, and gives it. */
export function listedGradient(weight: Matrix, dy: Tensor, x: ListedFeatures): Tensor {
  const { trace } = dy;
  const connections = requireConnections(weight);
  const gradient = trace.transient([weight.values.length], "gradients");
  emitListed(sddmmListed, connections, x, { before: [], after: [dy, gradient] });
  return gradient;
}

function emitListed(
  kernel: Kernel,
  weight: SparseMatrix,
  { tokens, start, order, weights }: ListedFeatures,
  { before, after }: { readonly before: readonly Tensor[]; readonly after: readonly Tensor[] },
): void {
  const trace: Trace = tokens.trace;
  const { rows, inputs, lists: { capacity, wide } } = weight;
  const sizes: Params = {
    ...{ rows, inputs, positions: tokens.rows, columns: tokens.columns },
    ...{ first: PADDING + 1, capacity, wide: Number(wide) },
  };
  trace.emit(
    kernel,
    [...listsOf(trace, weight), ...before, start, order, weights, ...after],
    sizes,
  );
}

function requireConnections(weight: Matrix): SparseMatrix {
  const { label } = weight.values;
  if (weight.kind === "sparse" && weight.masked === undefined) {
    const { unit: { height, width } } = weight;
    if (height === 1 && width === 1) return weight;
  }
  throw new TypeError(
    `Cannot multiply "${label}" by sparse features: it is ${
      weight.kind === "dense" ? "dense" : "of groups, or under a mask"
    }; expected single connections, such as fanIn(32, { full: true })`,
  );
}
