/**
 * Losses of outputs that have numbers as targets: of a regression, and of labels that apply or not, each by itself; and what
 * else is measured of them.
 *
 * @module
 */
import type { Tensor } from "../program/trace.ts";
import { TARGET_LOSS } from "./kernels/constants.ts";
import { targetLosses } from "./kernels/target_losses.ts";
import { targetLossesGradient } from "./kernels/target_losses_gradient.ts";
import { mean } from "./mean.ts";

/** Options of {@linkcode bceWithLogits}. */
export interface BceOptions {
  /**
   * Factor of what a label that applies adds to the loss; 1 by default. Where labels are rare, the ratio of those that do
   * not apply to those that do makes both count alike.
   */
  readonly positiveWeight?: number;
  /** Share s of the targets that says nothing, in [0, 1): a target t becomes `(1 - s) t + s / 2`. Default 0. */
  readonly smoothing?: number;
}

/**
 * Mean squared error: the mean of `(output - target)^2` over outputs and examples (PyTorch's `MSELoss`), not half of it and
 * not the sum over outputs.
 *
 * @param output `[outputs, ..., examples]`
 * @param target The same shape, f32
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @example
 * ```ts
 * import { createDevice, matrix, mse, nn, sgd } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
 * const model = nn.linear(1, 1);
 * const optimizer = sgd({ learningRate: 0.1 });
 * using step = await device.compile([matrix(1, 32), matrix(1, 32)], (x, y) =>
 *   optimizer.update(mse(model(x), y)));
 * const x = Float32Array.from({ length: 32 }, (_, i) => i / 16 - 1);
 * const y = x.map((v) => 3 * v + 1);
 * for (let i = 0; i < 200; i++) step.run([x, y]);
 * const [losses] = await step.scalars();
 * console.assert(losses[199] < 1e-3);
 * ```
 */
export function mse(output: Tensor, target: Tensor): Tensor {
  return measure("mse", "square", output, target);
}

/**
 * Mean absolute error: the mean of `|output - target|` over outputs and examples (PyTorch's `L1Loss`). As a loss, its slope
 * where both are equal is 0.
 *
 * @param output `[outputs, ..., examples]`
 * @param target The same shape, f32
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @example
 * ```ts
 * import { createDevice, mae, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using error = await device.compile([matrix(1, 32), matrix(1, 32)], mae);
 * error.run([new Float32Array(32).fill(1), new Float32Array(32).fill(3)]);
 * console.assert((await error.scalars())[0][0] === 2);
 * ```
 */
export function mae(output: Tensor, target: Tensor): Tensor {
  return measure("mae", "absolute", output, target);
}

/**
 * Mean binary cross-entropy of logits over outputs and examples (PyTorch's `BCEWithLogitsLoss`): each output says by itself
 * whether a label applies, so that several may. With x a logit, t its target and p the positive weight,
 * `p t log(1 + exp(-x)) + (1 - t) log(1 + exp(x))`, computed so that no logit overflows or cancels.
 *
 * @param logits `[labels, examples]`
 * @param target `[labels, examples]`, f32, each in [0, 1]: 1 where a label applies, 0 where it does not; if it is an input of
 * the program, every run checks that
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @throws {RangeError} if the smoothing is not in [0, 1), or the weight is not a number above 0.
 * @example
 * ```ts
 * import { bceWithLogits, createDevice, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using loss = await device.compile([matrix(2, 32), matrix(2, 32)], (x, y) => bceWithLogits(x, y));
 * loss.run([new Float32Array(64), new Float32Array(64)]);
 * console.assert(Math.abs((await loss.scalars())[0][0] - Math.log(2)) < 1e-6);
 * ```
 */
export function bceWithLogits(logits: Tensor, target: Tensor, options: BceOptions = {}): Tensor {
  const { positiveWeight = 1, smoothing = 0 } = options;
  requireShare(smoothing);
  if (!(positiveWeight > 0 && Number.isFinite(positiveWeight))) {
    throw new RangeError(
      `Cannot weight positive labels by ${positiveWeight}: expected a finite number above 0`,
    );
  }
  const loss = measure("bceWithLogits", "logistic", logits, target, { positiveWeight, smoothing });
  logits.trace.requireWithin(target, 0, 1, "targets");
  return loss;
}

/**
 * Share of the outputs on the right side of 0: above it where the target is above 1/2, else not. Over outputs and examples.
 *
 * @param logits `[labels, examples]`
 * @param target `[labels, examples]`, f32
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @example
 * ```ts
 * import { binaryAccuracy, createDevice, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using share = await device.compile([matrix(1, 32), matrix(1, 32)], binaryAccuracy);
 * share.run([new Float32Array(32).fill(-2), new Float32Array(32).fill(0)]);
 * console.assert((await share.scalars())[0][0] === 1);
 * ```
 */
export function binaryAccuracy(logits: Tensor, target: Tensor): Tensor {
  return measure("binaryAccuracy", "right", logits, target);
}

/**
 * Share of the examples whose outputs are all on the right side of 0, as {@linkcode binaryAccuracy} has it (subset accuracy).
 *
 * @param logits `[labels, examples]`
 * @param target `[labels, examples]`, f32
 * @returns A scalar.
 * @throws {TypeError} if the shapes or types do not fit.
 * @example
 * ```ts
 * import { createDevice, exactMatch, matrix } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using share = await device.compile([matrix(2, 32), matrix(2, 32)], exactMatch);
 * share.run([new Float32Array(64).fill(2), new Float32Array(64).fill(1, 16)]);
 * console.assert((await share.scalars())[0][0] === 0.5);
 * ```
 */
export function exactMatch(logits: Tensor, target: Tensor): Tensor {
  return measure("exactMatch", "exact", logits, target);
}

/**
 * Refuses a share of smoothing that is none.
 *
 * @throws {RangeError} if it is not in [0, 1).
 */
export function requireShare(smoothing: number): void {
  if (smoothing >= 0 && smoothing < 1) return;
  throw new RangeError(`Cannot smooth labels by ${smoothing}: expected a share in [0, 1)`);
}

/** The mean over the examples of what `kind` makes of each. */
function measure(
  name: string,
  kind: keyof typeof TARGET_LOSS,
  output: Tensor,
  target: Tensor,
  { positiveWeight, smoothing }: Required<BceOptions> = { positiveWeight: 1, smoothing: 0 },
): Tensor {
  const { trace, rows, columns, shape } = output;
  checkTarget(name, output, target);
  const params = {
    ...{ rows, columns, positiveWeight },
    kind: TARGET_LOSS[kind],
    // Made here, because a float32 1 - s has the rounding of s.
    targetScale: 1 - smoothing,
    targetShift: smoothing / 2,
  };
  const losses = trace.activation([1, ...shape.slice(1)]);
  trace.emit(targetLosses, [output, target, losses], params);
  if (kind !== "right" && kind !== "exact") {
    trace.differentiable({
      inputs: [output],
      output: losses,
      backward(upstream) {
        const gradient = trace.activation(shape);
        trace.emit(targetLossesGradient, [output, target, upstream, gradient], {
          ...params,
          share: 1 / rows,
        });
        return [gradient];
      },
    });
  }
  return mean(losses);
}

function checkTarget(name: string, output: Tensor, target: Tensor): void {
  const { shape } = output;
  const fits = shape.length >= 2 && target.type === "f32" &&
    String(target.shape) === String(shape);
  if (fits) return;
  const classes = target.type === "u32" ? "; crossEntropy takes class numbers" : "";
  throw new TypeError(
    `Cannot compute ${name} of outputs [${shape}] and ${target.type} target [${target.shape}]: ` +
      `expected outputs [outputs, ..., examples] and f32 target of the same shape${classes}`,
  );
}
