/**
 * The head of a vocabulary: losses and metrics of hidden states, whose logits exist for some columns at a time.
 *
 * A chunk of columns goes all the way: logits, softmax, losses, the gradient in the place of the logits, and the two products
 * with it. So no product is computed twice, and what lies in memory are the logits of a chunk, whatever the batch. The
 * gradients are those of the loss by itself; where something else is computed of it they are multiplied at the end. A program
 * that differentiates nothing leaves their calls out.
 *
 * @module
 */
import { COLUMN_TILE, roundUp } from "../device/kernel.ts";
import type { Resource } from "../program/resource.ts";
import type { Tensor, Trace } from "../program/trace.ts";
import { EPILOGUE } from "./kernels/constants.ts";
import { add } from "./kernels/add.ts";
import { copyColumns } from "./kernels/copy_columns.ts";
import { gemm } from "./kernels/gemm.ts";
import { gemmAdd } from "./kernels/gemm_add.ts";
import { rowSum } from "./kernels/row_sum.ts";
import { softmaxParts, wordsOf } from "./kernels/softmax_parts.ts";
import { vocabularyGradient } from "./kernels/vocabulary_gradient.ts";
import { vocabularyLosses } from "./kernels/vocabulary_losses.ts";
import { weightShares } from "./kernels/weight_shares.ts";
import type { DenseMatrix } from "./matrix.ts";
import { scaled } from "./scaled.ts";
import { requireShare } from "./target_losses.ts";

/** What makes logits of hidden states: `table x + bias`. */
export interface VocabularyHead {
  /** `[vocabulary, features]`: it may be the table of an embedding, whose gradient is then the sum of both uses. */
  readonly table: DenseMatrix;
  /** `f32[vocabulary]`; none by default. */
  readonly bias?: Resource;
}

/** Options of {@linkcode vocabularyCrossEntropy} and {@linkcode vocabularyAccuracy}. */
export interface VocabularyOptions {
  /** `[positions, examples]`, f32, from 0 on: what each position counts; all alike by default. */
  readonly weights?: Tensor;
  /** Columns whose logits exist at a time, positions times examples; at least 32, and 256 by default. */
  readonly chunk?: number;
}

/** Options of {@linkcode vocabularyCrossEntropy}. */
export interface VocabularyLossOptions extends VocabularyOptions {
  /** Share of the target that is spread over all words alike, in [0, 1): label smoothing. Default 0. */
  readonly smoothing?: number;
}

/** Columns of a chunk: as many as a product packs at a time, so that chunks cost nothing. */
const CHUNK = 256;

/**
 * Cross-entropy of the softmax over a vocabulary, without its logits ever being there as a whole: the mean
 * `sum w l / sum w` over positions and examples of the batch, 0 where nothing weighs anything. A step of several batches
 * averages their means by examples, as `crossEntropy` with weights of classes does: each batch by the weights of its own.
 *
 * @param x `[features, positions, examples]`, or `[features, examples]`: hidden states.
 * @param words `[positions, examples]`, or `[1, examples]`; u32, each below the vocabulary, those that weigh nothing too. If it
 * is an input of the program, every run checks that.
 * @returns A scalar.
 * @throws {TypeError} if a shape or type does not fit.
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { createDevice, Resource, vocabularyCrossEntropy } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const values = new Resource({ label: "table", type: "f32", length: 20, category: "parameters" });
 * using program = await device.compile(
 *   [{ shape: [2, 3, 32], type: "f32" }, { shape: [3, 32], type: "u32" }],
 *   (x, words) =>
 *     vocabularyCrossEntropy(x, { table: { kind: "dense", rows: 10, inputs: 2, values } }, words),
 * );
 * // A table of zeros knows nothing of ten words.
 * program.run([new Float32Array(2 * 3 * 32), new Uint32Array(3 * 32)]);
 * const [[measured]] = await program.scalars();
 * console.assert(Math.abs(measured - Math.log(10)) < 1e-6);
 * ```
 */
export function vocabularyCrossEntropy(
  x: Tensor,
  head: VocabularyHead,
  words: Tensor,
  options: VocabularyLossOptions = {},
): Tensor {
  const { trace } = x;
  const { smoothing = 0 } = options;
  requireShare(smoothing);
  const { losses, inputs, gradients } = forwardOf("vocabularyCrossEntropy", x, head, words, {
    ...options,
    smoothing,
  });
  const loss = sumOf(losses);
  trace.differentiable({
    inputs,
    output: loss,
    backward: (upstream) => gradients.map((gradient) => gradient && scaled(gradient, upstream)),
  });
  return loss;
}

/**
 * Share of the positions whose largest logit is that of their word (the lowest word among equals), each counting as much as
 * it weighs. Beside a loss of the same hidden states, head, words and weights it costs nothing.
 *
 * @param x `[features, positions, examples]`, or `[features, examples]`: hidden states.
 * @param words `[positions, examples]`, or `[1, examples]`; u32, each below the vocabulary.
 * @returns A scalar.
 * @throws {TypeError} if a shape or type does not fit.
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { createDevice, Resource, vocabularyAccuracy } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const values = new Resource({ label: "table", type: "f32", length: 20, category: "parameters" });
 * using program = await device.compile(
 *   [{ shape: [2, 3, 32], type: "f32" }, { shape: [3, 32], type: "u32" }],
 *   (x, words) =>
 *     vocabularyAccuracy(x, { table: { kind: "dense", rows: 10, inputs: 2, values } }, words),
 * );
 * // All logits are 0; the first of several counts.
 * program.run([new Float32Array(2 * 3 * 32), new Uint32Array(3 * 32)]);
 * const [[measured]] = await program.scalars();
 * console.assert(Math.abs(measured - 1) < 1e-6);
 * ```
 */
export function vocabularyAccuracy(
  x: Tensor,
  head: VocabularyHead,
  words: Tensor,
  options: VocabularyOptions = {},
): Tensor {
  return sumOf(forwardOf("vocabularyAccuracy", x, head, words, options).right);
}

/** What is recorded once for all that is asked of the same hidden states. */
interface Forward {
  readonly head: VocabularyHead;
  readonly words: Tensor;
  readonly weights: Tensor | undefined;
  readonly smoothing: number;
  /** Share of each column times its loss. */
  readonly losses: Tensor;
  /** Share of each column that is right. */
  readonly right: Tensor;
  /** What the loss depends on. */
  readonly inputs: readonly Tensor[];
  /** The gradients of the loss by these; none where it is of no use. */
  readonly gradients: readonly (Tensor | undefined)[];
}

/** What has been recorded of hidden states. */
const FORWARDS = new WeakMap<Tensor, Forward[]>();

/** What was recorded of the same operands, or is now. A metric takes that of any smoothing. */
function forwardOf(
  name: string,
  x: Tensor,
  head: VocabularyHead,
  words: Tensor,
  options: VocabularyLossOptions,
): Forward {
  const { weights, smoothing, chunk = CHUNK } = options;
  requireOperands(name, x, head, words, weights);
  if (!(Number.isInteger(chunk) && chunk >= COLUMN_TILE)) {
    throw new RangeError(
      `Cannot compute ${name} in chunks of ${chunk} columns: expected a whole number from ${COLUMN_TILE} on`,
    );
  }
  const recorded = FORWARDS.get(x) ?? [];
  FORWARDS.set(x, recorded);
  const known = recorded.find((other) =>
    other.head.table.values === head.table.values && other.head.bias === head.bias &&
    other.words === words && other.weights === weights &&
    (smoothing === undefined || other.smoothing === smoothing)
  );
  if (known !== undefined) return known;
  const made = record(x, head, words, { weights, smoothing: smoothing ?? 0, chunk });
  recorded.push(made);
  return made;
}

/** Records all of the forward pass, and the gradients with it. */
function record(
  x: Tensor,
  head: VocabularyHead,
  words: Tensor,
  { weights, smoothing, chunk }: {
    readonly weights: Tensor | undefined;
    readonly smoothing: number;
    readonly chunk: number;
  },
): Forward {
  const { trace } = x;
  const { table: { rows: vocabulary, values }, bias } = head;
  const shares = trace.activation(words.shape);
  trace.emit(weightShares, [weights ?? trace.one, trace.step, shares], {
    ...{ columns: x.columns, examples: x.paddedExamples, weighted: Number(weights !== undefined) },
  });
  const table = trace.resource(values);
  const columns: Columns = {
    ...{ trace, x, vocabulary, features: x.rows, table, words, shares },
    bias: bias && trace.resource(bias),
    losses: trace.activation(words.shape),
    right: trace.activation(words.shape),
    labelShare: 1 - smoothing,
    classShare: smoothing / vocabulary,
  };
  const gradients: Gradients = {
    x: trace.wantsGradient(x) ? trace.activation(x.shape) : undefined,
    table: trace.transient([values.length], "gradients"),
    bias: undefined,
  };
  for (const [begin, count] of chunksOf(x.columns, chunk)) {
    recordChunk(columns, begin, count, gradients);
  }
  const { losses, right } = columns;
  return {
    ...{ head, words, weights, smoothing, losses, right },
    inputs: columns.bias === undefined ? [x, table] : [x, table, columns.bias],
    gradients: [gradients.x, gradients.table, gradients.bias],
  };
}

/** What all chunks share. */
interface Columns {
  readonly trace: Trace;
  readonly x: Tensor;
  readonly vocabulary: number;
  readonly features: number;
  readonly table: Tensor;
  readonly bias: Tensor | undefined;
  readonly words: Tensor;
  readonly shares: Tensor;
  readonly losses: Tensor;
  readonly right: Tensor;
  readonly labelShare: number;
  readonly classShare: number;
}

/** The gradients of the loss, as far as chunks have gone. */
interface Gradients {
  readonly x: Tensor | undefined;
  readonly table: Tensor;
  /** Of the bias, or what would be. */
  bias: Tensor | undefined;
}

/** Where chunks begin, and how many columns each has: alike, in whole tiles, the last one no larger than the others. */
function chunksOf(columns: number, chunk: number): [begin: number, count: number][] {
  const count = Math.ceil(columns / (chunk - chunk % COLUMN_TILE));
  const size = roundUp(columns / count, COLUMN_TILE);
  return Array.from({ length: Math.ceil(columns / size) }, (_, i) => {
    return [i * size, Math.min(size, columns - i * size)];
  });
}

/** Records what some columns are for the loss, and what they add to its gradients. */
function recordChunk(all: Columns, begin: number, count: number, gradients: Gradients): void {
  const { trace, x, vocabulary, features, table, bias, words, shares, losses, right } = all;
  const whole = count === x.columns;
  const run = { rows: features, count };
  const part = whole ? x : trace.activation([features, count]);
  if (!whole) {
    trace.emit(copyColumns, [x, part], {
      ...{ ...run, columns: x.columns, begin, intoColumns: count, to: 0 },
    });
  }
  const logits = trace.activation([vocabulary, count]);
  const sizes = { m: vocabulary, n: count, k: features, transposeA: 0, transposeB: 0 };
  const epilogue = bias === undefined ? EPILOGUE.none : EPILOGUE.bias;
  trace.emit(gemm, [table, part, bias ?? table, logits], { ...sizes, epilogue });
  const parts = trace.activation([3 * wordsOf(vocabulary).count, count]);
  trace.emit(softmaxParts, [logits, parts], { vocabulary, columns: count });
  const { labelShare, classShare } = all;
  const softmax = { vocabulary, columns: count, begin, labelShare, classShare };
  const statistics = trace.activation([2, count]);
  const measured = [statistics, losses, right];
  trace.emit(vocabularyLosses, [logits, parts, words, shares, ...measured], softmax);
  const sums = trace.transient([vocabulary], "gradients");
  trace.emit(vocabularyGradient, [logits, statistics, words, shares, sums], softmax);
  gradients.bias = gradients.bias === undefined ? sums : sumOfBoth(gradients.bias, sums);
  recordProducts(all, begin, part, logits, gradients);
}

/** Records the products with the gradient of a chunk's logits. */
function recordProducts(
  { trace, x, vocabulary, features, table }: Columns,
  begin: number,
  part: Tensor,
  dlogits: Tensor,
  gradients: Gradients,
): void {
  const { columns: count } = part;
  const epilogue = EPILOGUE.none;
  const outer = { m: vocabulary, n: features, k: count, transposeA: 0, transposeB: 1 };
  if (begin === 0) {
    trace.emit(gemm, [dlogits, part, dlogits, gradients.table], { ...outer, epilogue });
  } else {
    trace.emit(gemmAdd, [dlogits, part, gradients.table], outer);
  }
  if (gradients.x === undefined) return;
  const whole = count === x.columns;
  const dpart = whole ? gradients.x : trace.activation([features, count]);
  const inner = { m: features, n: count, k: vocabulary, transposeA: 1, transposeB: 0 };
  trace.emit(gemm, [table, dlogits, table, dpart], { ...inner, epilogue });
  if (whole) return;
  trace.emit(copyColumns, [dpart, gradients.x], {
    ...{ rows: features, count, columns: count, begin: 0, intoColumns: x.columns, to: begin },
  });
}

function sumOfBoth(a: Tensor, b: Tensor): Tensor {
  const { trace } = a;
  const sum = trace.transient(a.shape, "gradients");
  trace.emit(add, [a, b, sum], { length: sum.elements });
  return sum;
}

/** The sum over all columns: a scalar. */
function sumOf(columns: Tensor): Tensor {
  const { trace, elements } = columns;
  const sum = trace.transient([], "activations");
  trace.emit(rowSum, [columns, sum], { rows: 1, columns: elements });
  return sum;
}

function requireOperands(
  name: string,
  x: Tensor,
  { table: { rows, inputs }, bias }: VocabularyHead,
  words: Tensor,
  weights: Tensor | undefined,
): void {
  const [features, ...others] = x.shape;
  const shape = others.length === 1 ? [1, ...others] : others;
  const fits = others.length >= 1 && features === inputs && words.type === "u32" &&
    String(words.shape) === String(shape) && (bias === undefined || bias.length === rows) &&
    (weights === undefined || weights.type === "f32" && String(weights.shape) === String(shape));
  if (!fits) {
    const weighed = weights === undefined ? "" : `, ${weights.type} weights [${weights.shape}]`;
    const biased = bias === undefined ? "" : `, a bias of ${bias.length}`;
    throw new TypeError(
      `Cannot compute ${name} of x [${x.shape}] with a table [${rows}, ${inputs}]${biased}, ${words.type} words ` +
        `[${words.shape}]${weighed}: expected x [${inputs}, positions, examples], u32 words and f32 weights ` +
        `[positions, examples], a bias of ${rows}`,
    );
  }
  if (x.columns % COLUMN_TILE !== 0) {
    throw new TypeError(
      `Cannot compute ${name} of x [${x.shape}] in a program of a single example: its columns are not padded; ` +
        "expected an input of several examples",
    );
  }
  x.trace.requireBelow(words, rows, "words of the vocabulary");
  if (weights !== undefined) x.trace.requireWithin(weights, 0, MOST_WEIGHT, "weights");
}

/** The largest weight that is told from infinity. */
const MOST_WEIGHT = 1e30;
