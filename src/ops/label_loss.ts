/**
 * Losses over all labels of a head, a chunk of labels at a time.
 *
 * A chunk goes all the way: logits, losses, the gradient in the place of the logits, and the products with it, all in the forward
 * pass. An update of its values and biases follows as soon as the trace is put in order, because each chunk is a parameter by
 * itself; then its memory is that of the next chunk. A program that differentiates nothing leaves the products out.
 *
 * A softmax goes over the chunks twice, because a gradient needs the logits of all labels: their logits are computed again, which
 * costs a third of a step, rather than kept.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import { Tensor, type Trace } from "../program/trace.ts";
import { showOperands } from "./gradient_observer.ts";
import { LABEL_LOSS } from "./kernels/constants.ts";
import { add } from "./kernels/add.ts";
import { fill } from "./kernels/fill.ts";
import { gemmAdd } from "./kernels/gemm_add.ts";
import { labelLogSums } from "./kernels/label_log_sums.ts";
import { labelLosses, lossBlocks } from "./kernels/label_losses.ts";
import { rowSum } from "./kernels/row_sum.ts";
import { spmmTransposedAdd } from "./kernels/spmm_transposed_add.ts";
import {
  batchOf,
  chunkGradient,
  chunkLogits,
  LABEL_CHUNK,
  type LabelChunk,
  labelChunks,
  type LabelFeatures,
  type LabelHead,
  labelsOf,
  nameOf,
  requireFeatures,
} from "./label_head.ts";
import { joinLogs, sumOverRanks } from "./label_spread.ts";
import { multiplyTransposed } from "./products.ts";
import { scaled } from "./scaled.ts";

/** A loss over all labels, which says of each whether it applies. */
export type LabelLossName = "squared-hinge" | "bce" | "softmax";

/** The losses as their kernel knows them. */
const KINDS: Readonly<Record<LabelLossName, number>> = {
  "squared-hinge": LABEL_LOSS.hinge,
  bce: LABEL_LOSS.logistic,
  softmax: LABEL_LOSS.softmax,
};

/** Options of {@linkcode labelLoss}. */
export interface LabelLossOptions {
  /**
   * What a logit z costs: `"squared-hinge"`, the default, `max(0, 1 - y z)^2` with y = 1 or -1; `"bce"`, the binary cross-entropy; `"softmax"`,
   * what the cross-entropy of a softmax over all labels costs, whose targets are equal shares of the labels that apply.
   */
  readonly loss?: LabelLossName;
  /** Whether an example's loss is the sum over the labels, the default, or the mean; a softmax is a sum. */
  readonly over?: "sum" | "mean";
  /**
   * What the label of each row of the head counts where it applies, such as by its propensity: `f32[labels]`, of the category `inputs`,
   * which a trainer does not expect among the parameters; 1 by default.
   */
  readonly weights?: Resource;
  /** Labels whose logits exist at a time, a multiple of 64; 1024 by default. */
  readonly chunk?: number;
}

/**
 * The loss over all labels of a head, of which few apply to an example: the mean over the examples of the sum, or the mean, over
 * the labels. Nothing that is as long as the labels times the examples ever exists.
 *
 * Chunks of the head's values and biases are parameters by themselves: an optimizer updates each when its gradient is there,
 * and what it needs it gets from the moments of the whole. Where the loss goes into something else that multiplies it, or
 * gradients are clipped, all gradients of the head exist at once.
 *
 * @param x `[features, examples]`, or sparse features that `listFeatures` lists, which nothing is differentiated by.
 * @param labels `[most, examples]`, u32: the labels that apply to each example, ascending and distinct; the number of labels
 * stands for none and comes last.
 * @returns A scalar.
 * @throws {TypeError} if a shape or type does not fit.
 * @throws {RangeError} if an option is out of its range.
 * @example
 * ```ts
 * import { createDevice, fanIn, labelLoss, matrix, nn } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const head = nn.labelHead(8, 1000, { pattern: fanIn(4, { full: true }) });
 * using program = await device.compile(
 *   [matrix(8, 32), { shape: [2, 32], type: "u32" }],
 *   (x, labels) => labelLoss(x, head(x).head, labels, { loss: "bce", over: "mean" }),
 * );
 * // Features of zeros say nothing of any label.
 * program.run([new Float32Array(8 * 32), new Uint32Array(2 * 32).fill(1000)]);
 * const [[measured]] = await program.scalars();
 * console.assert(Math.abs(measured - Math.log(2)) < 1e-6);
 * ```
 */
export function labelLoss(
  x: LabelFeatures,
  head: LabelHead,
  labels: Tensor,
  options: LabelLossOptions = {},
): Tensor {
  const { trace } = batchOf(x);
  const { loss: kind = "squared-hinge", over = "sum", weights, chunk = LABEL_CHUNK } = options;
  requireFeatures("labelLoss", x, head);
  const count = labelsOf(head);
  requireLabels(x, labels, count, weights);
  requireKind(kind, over);
  const chunks = labelChunks(head, chunk);
  const recording: Recording = {
    ...{ trace, x, labels, weights },
    kind: KINDS[kind],
    scale: over === "mean" ? 1 / count : 1,
    logs: trace.one,
    dx: undefined,
  };
  if (kind === "softmax") {
    recording.logs = logsOf(recording, chunks);
    joinLogs(head, recording.logs);
  }
  const learnt = x instanceof Tensor ? [x] : [];
  for (const each of learnt) if (trace.wantsGradient(each)) recording.dx = zerosLike(each);
  const recorded = chunks.map((each) => recordChunk(recording, each));
  const parts = recorded.map(({ losses }) => losses);
  const loss = sumOf(parts);
  const { dx } = recording;
  // Apart: a program that differentiates nothing does without the second.
  for (const each of dx === undefined ? [loss] : [loss, dx]) sumOverRanks(head, each);
  trace.differentiable({
    inputs: [...learnt, ...recorded.flatMap(({ values, bias }) => [values, bias])],
    output: loss,
    backward: (upstream) => {
      const gradients = recorded.flatMap((each) => [each.valueGradient, each.biasGradient]);
      return [...learnt.map(() => dx), ...gradients].map((gradient) =>
        gradient && scaled(gradient, upstream)
      );
    },
  });
  return loss;
}

/** What all chunks share. */
interface Recording {
  readonly trace: Trace;
  readonly x: LabelFeatures;
  readonly labels: Tensor;
  readonly weights: Resource | undefined;
  readonly kind: number;
  readonly scale: number;
  /** What a softmax needs of all labels. */
  logs: Tensor;
  /** The gradient of the features, as far as chunks have gone. */
  dx: Tensor | undefined;
}

/** What was recorded of a chunk. */
interface Recorded {
  readonly losses: Tensor;
  readonly values: Tensor;
  readonly bias: Tensor;
  readonly valueGradient: Tensor;
  readonly biasGradient: Tensor;
}

/** Records what a softmax needs of the logits of all chunks, and gives it. */
function logsOf({ trace, x, labels, weights }: Recording, chunks: readonly LabelChunk[]): Tensor {
  const { columns } = batchOf(x);
  const logs = trace.transient([4 * columns], "activations");
  for (const chunk of chunks) {
    const { first, count } = chunk;
    trace.emit(labelLogSums, [chunkLogits(chunk, x), labels, ownOf(trace, weights, chunk), logs], {
      ...{ rows: count, columns, first, most: labels.rows },
      ...{ weighted: Number(weights !== undefined), fresh: Number(chunk === chunks[0]) },
    });
  }
  return logs;
}

/** The weights of the labels of a chunk, where there are any. */
function ownOf(trace: Trace, weights: Resource | undefined, { first, count }: LabelChunk): Tensor {
  return weights === undefined ? trace.one : trace.resource(weights.part(first, count));
}

/** Records what a chunk is for the loss, and its gradients. */
function recordChunk(recording: Recording, chunk: LabelChunk): Recorded {
  const { trace, x, labels, weights, kind, scale, logs } = recording;
  const { first, count, weight, bias } = chunk;
  const values = trace.resource(weight.values);
  const offsets = trace.resource(bias);
  const logits = chunkLogits(chunk, x);
  const parts = trace.transient([lossBlocks(count)], "activations");
  const biasGradient = trace.transient([count], "gradients");
  const own = ownOf(trace, weights, chunk);
  trace.emit(labelLosses, [logits, labels, own, logs, trace.step, parts, biasGradient], {
    ...{ rows: count, columns: logits.columns, first, most: labels.rows },
    ...{ kind, weighted: Number(weights !== undefined), scale },
  });
  const valueGradient = chunkGradient(chunk, logits, x);
  if (x instanceof Tensor && chunk.whole.kind === "sparse" && weight.kind === "sparse") {
    const part = { matrix: weight, gradient: valueGradient };
    showOperands(chunk.whole, { dy: logits, x, part });
  }
  if (recording.dx !== undefined) recording.dx = withTransposed(recording.dx, chunk, logits);
  const losses = trace.transient([], "activations");
  trace.emit(rowSum, [parts, losses], { rows: 1, columns: parts.elements });
  return { losses, values, bias: offsets, valueGradient, biasGradient };
}

/** Records the gradient of the features with what a chunk adds to it, and gives it. */
function withTransposed(dx: Tensor, { weight }: LabelChunk, dlogits: Tensor): Tensor {
  const { trace, columns } = dlogits;
  const { rows, inputs } = weight;
  const values = trace.resource(weight.values);
  if (weight.kind === "dense") {
    const shape = { m: inputs, n: columns, k: rows, transposeA: 1, transposeB: 0 };
    trace.emit(gemmAdd, [values, dlogits, dx], shape);
    return dx;
  }
  const { unit: { height, width }, lists } = weight;
  if (height * width > 1) {
    const sum = trace.activation(dx.shape);
    trace.emit(add, [dx, multiplyTransposed(weight, dlogits), sum], { length: dx.elements });
    return sum;
  }
  const { capacity, wide } = lists;
  const operands = [trace.resource(lists.span), trace.resource(lists.index), values, dlogits, dx];
  trace.emit(spmmTransposedAdd, operands, {
    ...{ rows, inputs, columns, capacity, wide: Number(wide) },
  });
  return dx;
}

function zerosLike(x: Tensor): Tensor {
  const { trace } = x;
  const zeros = trace.activation(x.shape);
  trace.emit(fill, [zeros], { length: zeros.elements, to: 0, value: 0 });
  return zeros;
}

/** The sum of scalars, by pairs, so that no rounding adds up. */
function sumOf(scalars: readonly Tensor[]): Tensor {
  let sums = [...scalars];
  while (sums.length > 1) {
    const pairs: Tensor[] = [];
    for (let i = 0; i + 1 < sums.length; i += 2) {
      const { trace } = sums[i];
      const sum = trace.transient([], "activations");
      trace.emit(add, [sums[i], sums[i + 1], sum], { length: 1 });
      pairs.push(sum);
    }
    sums = sums.length % 2 === 1 ? [...pairs, sums[sums.length - 1]] : pairs;
  }
  return sums[0];
}

function requireKind(kind: LabelLossName, over: "sum" | "mean"): void {
  if (!Object.hasOwn(KINDS, kind)) {
    throw new RangeError(
      `Cannot compute labelLoss by ${JSON.stringify(kind)}: expected one of ${
        Object.keys(KINDS).join(", ")
      }`,
    );
  }
  if (kind === "softmax" && over === "mean") {
    throw new RangeError(
      'Cannot compute labelLoss by softmax over the mean of the labels: it is one loss of all of them; expected over: "sum"',
    );
  }
}

function requireLabels(
  x: LabelFeatures,
  labels: Tensor,
  count: number,
  weights: Resource | undefined,
): void {
  const { examples: [examples] } = batchOf(x);
  const fits = labels.type === "u32" && labels.shape.length === 2 &&
    labels.shape[1] === examples && (weights === undefined || weights.length === count);
  if (!fits) {
    const weighed = weights === undefined ? "" : ` and ${weights.length} weights`;
    throw new TypeError(
      `Cannot compute labelLoss of ${
        nameOf(x)
      } with ${labels.type} labels [${labels.shape}]${weighed} of ${count}: ` +
        `expected u32 labels [most, ${examples}], and a weight for each of ${count}`,
    );
  }
  labels.trace.requireBelow(labels, count + 1, "labels, or none,");
}
