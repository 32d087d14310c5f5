/**
 * Softmax cross-entropy with classes as targets, or with shares of classes, and the share of right answers.
 *
 * @module
 */
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { add } from "./add.ts";
import { batchedProduct } from "./batched_product.ts";
import { bias } from "./kernels/bias.ts";
import { correct } from "./kernels/correct.ts";
import { crossEntropy as crossEntropyKernel } from "./kernels/cross_entropy.ts";
import { crossEntropyGradient } from "./kernels/cross_entropy_gradient.ts";
import { scaleBy } from "./kernels/scale_by.ts";
import { mean, weightedMean } from "./mean.ts";
import { reshape } from "./reshape.ts";
import { requireShare } from "./target_losses.ts";

/** Options of {@linkcode crossEntropy}. */
export interface CrossEntropyOptions {
  /**
   * Share of the target that is spread over all classes alike, in [0, 1) (label smoothing, Szegedy et al., CVPR 2016,
   * section 7). Default 0.
   */
  readonly smoothing?: number;
  /**
   * A weight for each class; all alike by default. The loss of an example, smoothing included, counts as much as the weight
   * w of its class: the mean is sum w l / sum w over the batch, 0 where all its examples weigh nothing. A step of several
   * batches averages their means by examples, and so does `Trainer.evaluate`: each batch by the weights of its own.
   */
  readonly weights?: ArrayLike<number>;
}

/**
 * Mean over the batch, and over the positions of each example, of `-log softmax(logits)[target]`; or, where the target is
 * shares of the classes, of the sum of `-share log softmax(logits)[class]`, as for mixed examples (`mixup`).
 *
 * @param logits `[classes, ..., examples]`
 * @param target `[1, ..., examples]`, u32, each below `classes`; or `[classes, examples]`, f32, each in [0, 1], which add up
 * to 1 for every example. If it is an input of the program, every run checks the range
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @throws {RangeError} if the smoothing is not in [0, 1), or the weights are not one number of 0 or more for each class, one
 * of them above 0; if there are weights and the target is shares.
 * @example
 * ```ts
 * import { crossEntropy, createDevice, labels, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(2, 32), labels(32)], (x, y) => [crossEntropy(x, y)]);
 * // Both logits of every example are 0.
 * program.run([new Float32Array(2 * 32), new Uint32Array(32)], { step: 0, totalSteps: 1 });
 * const [[measured]] = await program.scalars();
 * console.assert(Math.abs(measured - Math.log(2)) < 1e-6);
 * ```
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { rows: classes } = logits;
  const { smoothing = 0, weights } = options;
  requireShare(smoothing);
  if (weights !== undefined) requireWeights(weights, logits);
  const shares = { label: 1 - smoothing, class: smoothing / classes };
  if (areShares(logits, target)) {
    if (weights === undefined) return mean(softLosses(logits, target, shares));
    throw new RangeError(
      "Cannot weight classes: the target is shares of several; expected class numbers, or no weights",
    );
  }
  checkTarget("crossEntropy", logits, target);
  const losses = lossesOf(logits, target, shares);
  return weights === undefined ? mean(losses) : weightedMean(losses, target, weights);
}

/** How much of the target is the label, and how much of it each class has. */
interface TargetShares {
  readonly label: number;
  readonly class: number;
}

/** The loss of every column. */
function lossesOf(logits: Tensor, target: Tensor, shares: TargetShares): Tensor {
  const { trace, rows: classes, columns } = logits;
  const shape = { classes, columns, labelShare: shares.label, classShare: shares.class };
  const losses = trace.activation([1, ...logits.shape.slice(1)]);
  trace.emit(crossEntropyKernel, [logits, target, losses], shape);
  trace.differentiable({
    inputs: [logits],
    output: losses,
    backward(upstream) {
      const dlogits = trace.activation(logits.shape);
      trace.emit(crossEntropyGradient, [logits, target, upstream, dlogits], shape);
      return [dlogits];
    },
  });
  return losses;
}

/**
 * The same of targets that are shares t of the classes: that of class 0, and what the logits z of the others make of it,
 * `label (z_0 - sum_i t_i z_i)`.
 */
function softLosses(logits: Tensor, target: Tensor, shares: TargetShares): Tensor {
  const { trace, rows: classes, shape: [, examples], paddedExamples: columns } = logits;
  trace.requireWithin(target, 0, 1, "shares of classes");
  const constant = (label: string, type: "f32" | "u32", values: readonly number[]): Tensor =>
    trace.resource(
      new Resource({
        ...{ label, type, length: values.length, category: "program" },
        initial: () => type === "f32" ? Float32Array.from(values) : Uint32Array.from(values),
      }),
      type === "f32" ? [values.length] : [1, examples],
    );
  const first = constant("class 0", "u32", Array<number>(columns).fill(0));
  const factor = constant("factor of shares", "f32", [-shares.label]);
  const offset = constant("share of class 0", "f32", [shares.label, ...Array(classes - 1).fill(0)]);
  const scaled = trace.activation(target.shape);
  trace.emit(scaleBy, [target, factor, scaled], { length: scaled.elements });
  const left = trace.activation(target.shape);
  trace.emit(bias, [scaled, offset, left], { rows: classes, columns });
  const [each, share] = [logits, left].map((x) => reshape(x, [classes, 1]));
  const away = batchedProduct(each, share, { a: "features", b: "features" });
  return add(lossesOf(logits, first, shares), reshape(away, [1]));
}

/** Whether a target is a share of every class. */
function areShares({ shape }: Tensor, target: Tensor): boolean {
  const fits = shape.length === 2 && shape[0] > 1 && String(target.shape) === String(shape);
  return fits && target.type === "f32";
}

/**
 * Share of examples, and of their positions, whose largest logit is their target (the lowest class among equals).
 *
 * @param logits `[classes, ..., examples]`
 * @param target `[1, ..., examples]`, u32
 * @returns A scalar.
 * @example
 * ```ts
 * import { accuracy, createDevice, labels, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(2, 32), labels(32)], (x, y) => [accuracy(x, y)]);
 * // Both logits of every example are 0; the first of several counts.
 * program.run([new Float32Array(2 * 32), new Uint32Array(32)], { step: 0, totalSteps: 1 });
 * const [[measured]] = await program.scalars();
 * console.assert(measured === 1);
 * ```
 */
export function accuracy(logits: Tensor, target: Tensor): Tensor {
  const { trace, rows: classes, columns } = logits;
  checkTarget("accuracy", logits, target);
  const right = trace.activation([1, ...logits.shape.slice(1)]);
  trace.emit(correct, [logits, target, right], { classes, columns });
  return mean(right);
}

function requireWeights(weights: ArrayLike<number>, { rows: classes, shape }: Tensor): void {
  const all = Array.from(weights);
  if (shape.length > 2) {
    throw new TypeError(
      `Cannot weight the classes of logits [${shape}]: expected [classes, examples], without positions`,
    );
  }
  if (all.length !== classes) {
    throw new RangeError(
      `Cannot weight classes: got ${all.length} weights; expected one for each of ${classes} classes`,
    );
  }
  const wrong = all.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (wrong >= 0 || !all.some((weight) => weight > 0)) {
    const what = wrong >= 0 ? `the weight of class ${wrong} is ${all[wrong]}` : "all weights are 0";
    throw new RangeError(
      `Cannot weight classes: ${what}; expected finite numbers of 0 or more, one of them above 0`,
    );
  }
}

function checkTarget(name: string, logits: Tensor, target: Tensor): void {
  const fits = logits.shape.length >= 2 && target.type === "u32" &&
    String(target.shape) === String([1, ...logits.shape.slice(1)]);
  if (fits) {
    logits.trace.requireBelow(target, logits.rows, "classes of the model");
    return;
  }
  const numbers = target.type === "f32"
    ? "; mse and bceWithLogits take numbers, binaryAccuracy and mae measure them"
    : "";
  throw new TypeError(
    `Cannot compute ${name} of logits [${logits.shape}] and ${target.type} target [${target.shape}]: ` +
      `expected logits [classes, ..., examples] and u32 target [1, ..., examples]${numbers}`,
  );
}
