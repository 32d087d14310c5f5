/**
 * Attention: every query takes the values of the keys that resemble it.
 *
 * @module
 */
import type { Params } from "../device/kernel.ts";
import type { Tensor } from "../program/trace.ts";
import { attention as kernel } from "./kernels/attention.ts";
import { attentionGradient } from "./kernels/attention_gradient.ts";
import { attentionKnown } from "./kernels/attention_known.ts";
import { attentionTiled } from "./kernels/attention_tiled.ts";
import { attentionTiledGradient } from "./kernels/attention_tiled_gradient.ts";
import { keptOf } from "./kernels/attention_sizes.ts";
import { dropping } from "./kernels/dropping.ts";
import { reshape } from "./reshape.ts";
import { slice } from "./slice.ts";

/** What is dropped of the probabilities of {@linkcode attention}, and where its random numbers come from. */
export interface AttentionDropout {
  /** Share that is dropped; rounded to a multiple of 2^-16. */
  readonly rate: number;
  /** Seed of the run. */
  readonly seed: number;
  /** Number of the layer. */
  readonly stream: number;
}

/** Options of {@linkcode attention}. */
export interface AttentionOptions {
  /** Heads: the features are cut into as many, each of which attends by itself. */
  readonly heads: number;
  /**
   * `[key positions, examples]`, f32: 1 where a key may be seen, 0 where not, as where a text has ended; by default all are seen.
   * Nothing is differentiated by it.
   */
  readonly mask?: Tensor;
  /** Whether a query sees no keys behind its own position; false by default. */
  readonly causal?: boolean;
  /**
   * Keys before the first query, for `causal`: query i sees the keys up to `i + offset`. 0 by default. Where keys of earlier
   * positions are kept, as when a text is continued word by word, it is how many there are.
   */
  readonly offset?: number;
  /** Factor of the products of queries and keys; `1 / sqrt(features / heads)` by default. */
  readonly scale?: number;
  /** Dropout of probabilities in training (section 5.4 there): none by default. */
  readonly dropout?: AttentionDropout;
  /**
   * `"plain"` keeps the probability of every query and key for the gradient, `"tiled"` keeps two numbers for each query and computes
   * the probabilities again, a quarter more work for a fraction of the memory. By default plain where a gradient is wanted and the
   * probabilities take no more than 64 MiB.
   */
  readonly form?: "plain" | "tiled";
}

/** Most bytes of probabilities that are kept where nothing is said. */
const MOST_KEPT = 2 ** 26;

/**
 * Scaled dot-product attention of several heads (Vaswani et al. 2017, equation 1): for each head and example the values, weighted
 * by the softmax over the keys of `scale * q k`.
 *
 * A query that sees no key gives zeros, and nothing is learnt from it.
 *
 * @param q Queries: `[features, positions, examples]`, f32.
 * @param k Keys: the same features and examples, and any number of positions.
 * @param v Values, one for each key.
 * @returns The shape of `q`.
 * @throws {TypeError} if the shapes do not fit.
 * @throws {RangeError} if the features cannot be cut into so many heads, the offset is no whole number from 0, or the rate of the
 * dropout is not from 0 up to but not including 1.
 * @example
 * ```ts
 * import { attention, createDevice } from "@filigree/filigree";
 *
 * // Three positions of four features: two heads of two features each.
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const shape = [4, 3, 32];
 * using program = await device.compile(
 *   [{ shape, type: "f32" }, { shape: [3, 32], type: "f32" }],
 *   (x, mask) => attention(x, x, x, { heads: 2, mask }),
 * );
 * const x = Float32Array.from({ length: 4 * 3 * 32 }, (_, i) => i % 32);
 * // The last position is padding.
 * program.run([x, new Float32Array(3 * 32).fill(1, 0, 2 * 32)]);
 * console.assert(Math.abs((await program.floats(0))[5] - 5) < 1e-4);
 * ```
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  requireFit(q, k, v, options);
  const { trace, shape: [features, queries] } = q;
  const { heads, mask, causal = false, offset = 0 } = options;
  const { scale = 1 / Math.sqrt(features / heads) } = options;
  const sizes: Params = {
    ...{ heads, depth: features / heads, queries, keys: k.shape[1], columns: q.paddedExamples },
    ...{ scale, masked: Number(mask !== undefined), causal: Number(causal), offset },
  };
  const y = trace.activation(q.shape);
  const { rate, ...key } = options.dropout ?? { rate: 0, seed: 0, stream: 0 };
  const dropped = dropping(rate, key);
  const problem = { inputs: [q, k, v], mask: mask ?? trace.one, y, sizes, dropped };
  const wanted = problem.inputs.some((tensor) => trace.wantsGradient(tensor));
  const fits = wanted && 4 * keptOf(sizes) <= MOST_KEPT;
  const { form = fits ? "plain" : "tiled" } = options;
  trace.differentiable({
    inputs: problem.inputs,
    output: y,
    backward: form === "plain" ? keeping(problem) : tiled(problem),
  });
  return y;
}

/** What is recorded. */
interface Problem {
  /** Queries, keys and values. */
  readonly inputs: readonly Tensor[];
  readonly mask: Tensor;
  readonly y: Tensor;
  readonly sizes: Params;
  readonly dropped: Params;
}

/** Records the gradients of the inputs from that of the result. */
type Backward = (dy: Tensor) => readonly (Tensor | undefined)[];

/** Records attention that keeps its probabilities. */
function keeping({ inputs, mask, y, sizes, dropped }: Problem): Backward {
  const { trace } = y;
  const probabilities = trace.transient([keptOf(sizes)], "activations");
  trace.emit(kernel, [...inputs, mask, trace.step, y, probabilities], { ...sizes, ...dropped });
  return (dy) => {
    const gradients = gradientsLike(inputs);
    const read = [...inputs, y, dy, probabilities];
    trace.emit(attentionGradient, [...read, gradients], { ...sizes, factor: dropped.factor });
    return partsOf(gradients, inputs);
  };
}

/** Records attention that keeps two numbers for each query. */
function tiled({ inputs, mask, y, sizes, dropped }: Problem): Backward {
  const { trace } = y;
  const { heads, queries, keys, columns } = sizes;
  const rows = heads * queries * columns;
  const statistics = trace.transient([2 * rows], "activations");
  const params = { ...sizes, ...dropped };
  trace.emit(attentionTiled, [...inputs, mask, trace.step, y, statistics], params);
  return (dy) => {
    const known = trace.transient([3 * rows + keys * columns], "activations");
    trace.emit(attentionKnown, [y, dy, statistics, mask, known], sizes);
    const gradients = gradientsLike(inputs);
    trace.emit(attentionTiledGradient, [...inputs, known, trace.step, dy, gradients], params);
    return partsOf(gradients, inputs);
  };
}

/** Room for the gradients of tensors, one behind the other. */
function gradientsLike(tensors: readonly Tensor[]): Tensor {
  const [{ trace, shape }] = tensors;
  const rows = tensors.reduce(
    (sum, { shape: [features, positions] }) => sum + features * positions,
    0,
  );
  return trace.activation([rows, shape[2]]);
}

/** The gradients of tensors, in their order. */
function partsOf(gradients: Tensor, tensors: readonly Tensor[]): (Tensor | undefined)[] {
  let begin = 0;
  return tensors.map((tensor) => {
    const rows = tensor.shape[0] * tensor.shape[1];
    const first = begin;
    begin += rows;
    if (!tensor.trace.wantsGradient(tensor)) return undefined;
    return reshape(slice(gradients, first, rows), tensor.shape.slice(0, -1));
  });
}

function requireFit(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): void {
  const { heads, mask, offset = 0 } = options;
  const [features, , examples] = q.shape;
  const all = [q, k, v].every(({ type, shape }) =>
    type === "f32" && shape.length === 3 && shape[0] === features && shape[2] === examples
  );
  const wanted = [k.shape[1], examples];
  const masks = mask === undefined || mask.type === "f32" && String(mask.shape) === String(wanted);
  if (!all || k.shape[1] !== v.shape[1] || !masks) {
    const masked = mask === undefined ? "" : ` under a ${mask.type} mask [${mask.shape}]`;
    throw new TypeError(
      `Cannot attend with queries [${q.shape}], keys [${k.shape}] and values [${v.shape}]${masked}: expected f32 tensors ` +
        "[features, positions, examples] of the same features and examples, a value for each key, and a mask " +
        "[key positions, examples]",
    );
  }
  if (!(Number.isInteger(heads) && heads > 0 && features % heads === 0)) {
    throw new RangeError(
      `Cannot attend with ${heads} heads: expected a number that divides the ${features} features`,
    );
  }
  if (!(Number.isInteger(offset) && offset >= 0)) {
    throw new RangeError(
      `Cannot attend behind ${offset} earlier keys: expected a whole number from 0`,
    );
  }
}
