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
  mean as meanKernel,
  meanGradient,
} from "./kernels/mod.ts";

/**
 * Mean over the batch of `-log softmax(logits)[target]`.
 *
 * @param logits `[classes, examples]`
 * @param target `[1, examples]`, u32, each below `classes`; if it is an input of the program, every run checks that
 * @param options.smoothing Share of the target that is spread over all classes alike, in [0, 1) (label smoothing, Szegedy
 * et al., CVPR 2016, section 7). Default 0.
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @throws {RangeError} if the smoothing is not in [0, 1).
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  options: { readonly smoothing?: number } = {},
): Tensor {
  const { trace, rows: classes, columns } = logits;
  const { smoothing = 0 } = options;
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new RangeError(`Cannot smooth labels by ${smoothing}: expected a share in [0, 1)`);
  }
  const shape = { classes, columns, smoothing };
  checkTarget("crossEntropy", logits, target);
  const losses = trace.activation([1, logits.shape[1]]);
  trace.emit(crossEntropyKernel, [logits, target, losses], shape);
  const loss = mean(losses);
  trace.differentiable({
    inputs: [logits],
    output: loss,
    backward(upstream) {
      const each = trace.activation([1, logits.shape[1]]);
      trace.emit(meanGradient, [upstream, trace.step, each], { columns });
      const dlogits = trace.activation(logits.shape);
      trace.emit(crossEntropyGradient, [logits, target, each, dlogits], shape);
      return [dlogits];
    },
  });
  return loss;
}

/**
 * Share of examples whose largest logit is their target (the lowest class among equals).
 *
 * @param logits `[classes, examples]`
 * @param target `[1, examples]`, u32
 * @returns A scalar.
 */
export function accuracy(logits: Tensor, target: Tensor): Tensor {
  const { trace, rows: classes, columns } = logits;
  checkTarget("accuracy", logits, target);
  const right = trace.activation([1, logits.shape[1]]);
  trace.emit(correct, [logits, target, right], { classes, columns });
  return mean(right);
}

/** Mean over the real examples of a `[1, examples]` tensor. */
function mean(x: Tensor): Tensor {
  const { trace } = x;
  const out = trace.transient([], "activations");
  trace.emit(meanKernel, [x, trace.step, out], { columns: x.columns });
  return out;
}

function checkTarget(name: string, logits: Tensor, target: Tensor): void {
  const fits = logits.shape.length === 2 && target.type === "u32" &&
    target.shape.length === 2 && target.shape[0] === 1 && target.shape[1] === logits.shape[1];
  if (fits) {
    logits.trace.requireBelow(target, logits.rows, "classes of the model");
    return;
  }
  throw new TypeError(
    `Cannot compute ${name} of logits [${logits.shape}] and ${target.type} target [${target.shape}]: ` +
      `expected logits [classes, examples] and u32 target [1, examples]`,
  );
}
