/**
 * Softmax cross-entropy with integer targets, and the share of right answers.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import {
  correct,
  crossEntropy as crossEntropyKernel,
  crossEntropyGradient,
} from "./kernels/mod.ts";
import { mean, weightedMean } from "./mean.ts";
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
 * Mean over the batch, and over the positions of each example, of `-log softmax(logits)[target]`.
 *
 * @param logits `[classes, ..., examples]`
 * @param target `[1, ..., examples]`, u32, each below `classes`; if it is an input of the program, every run checks that
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @throws {RangeError} if the smoothing is not in [0, 1), or the weights are not one number of 0 or more for each class, one
 * of them above 0.
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
  const { trace, rows: classes, columns } = logits;
  const { smoothing = 0, weights } = options;
  requireShare(smoothing);
  if (weights !== undefined) requireWeights(weights, logits);
  const shape = {
    classes,
    columns,
    labelShare: 1 - smoothing,
    classShare: smoothing / classes,
  };
  checkTarget("crossEntropy", logits, target);
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
  return weights === undefined ? mean(losses) : weightedMean(losses, target, weights);
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
