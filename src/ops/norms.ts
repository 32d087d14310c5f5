/**
 * Norms of the features of a column: layer norm and RMS norm.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { axisSum } from "./kernels/axis_sum.ts";
import { featureNorm } from "./kernels/feature_norm.ts";
import { featureNormGradient } from "./kernels/feature_norm_gradient.ts";

/** Parameters and settings of {@linkcode rmsNorm}. */
export interface RmsNorm {
  /** What every feature is multiplied by, `[features]`. */
  readonly gain: Resource;
  /** Added to the variance, or to the mean square; above 0. */
  readonly epsilon: number;
}

/** Parameters and settings of {@linkcode layerNorm}. */
export interface LayerNorm extends RmsNorm {
  /** What is then added, `[features]`; nothing by default. */
  readonly bias?: Resource;
}

/**
 * Columns whose gradients of gains and biases are summed together before those of others are added: threads share columns in
 * such chunks, so that the sums are the same on any number of them.
 */
const CHUNK = 256;

/**
 * Normalises the features of every column, then multiplies by the gain and adds the bias (Ba, Kiros and Hinton 2016):
 * `y = (x - mean) / sqrt(variance + epsilon) * gain + bias`, with the mean and the variance of the column.
 *
 * @param x `[features, positions..., examples]`.
 * @returns The same shape.
 * @throws {TypeError} if `x` has another number of features than the gain or the bias.
 * @throws {RangeError} if epsilon is not a number above 0.
 * @example
 * ```ts
 * import { createDevice, layerNorm, matrix, Resource } from "@filigree/filigree";
 *
 * const initial = () => new Float32Array(2).fill(1);
 * const gain = new Resource({ label: "gain", type: "f32", length: 2, category: "parameters", initial });
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(2, 32)], (x) => layerNorm(x, { gain, epsilon: 1e-12 }));
 * program.run([Float32Array.from({ length: 64 }, (_, i) => i < 32 ? 3 : 7)]);
 * const y = await program.floats(0);
 * console.assert(Math.abs(y[0] + 1) < 1e-5 && Math.abs(y[32] - 1) < 1e-5);
 * ```
 */
export function layerNorm(x: Tensor, norm: LayerNorm): Tensor {
  return normalise(x, norm, true);
}

/**
 * Divides the features of every column by the root of their mean square, then multiplies by the gain (Zhang and Sennrich 2019):
 * `y = x / sqrt(mean of x^2 + epsilon) * gain`.
 *
 * @param x `[features, positions..., examples]`.
 * @returns The same shape.
 * @throws {TypeError} if `x` has another number of features than the gain.
 * @throws {RangeError} if epsilon is not a number above 0.
 * @example
 * ```ts
 * import { createDevice, matrix, Resource, rmsNorm } from "@filigree/filigree";
 *
 * const initial = () => new Float32Array(2).fill(1);
 * const gain = new Resource({ label: "gain", type: "f32", length: 2, category: "parameters", initial });
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using program = await device.compile([matrix(2, 32)], (x) => rmsNorm(x, { gain, epsilon: 1e-6 }));
 * program.run([Float32Array.from({ length: 64 }, (_, i) => i < 32 ? 1 : 7)]);
 * const y = await program.floats(0);
 * console.assert(Math.abs(y[0] - 0.2) < 1e-5 && Math.abs(y[32] - 1.4) < 1e-5);
 * ```
 */
export function rmsNorm(x: Tensor, norm: RmsNorm): Tensor {
  const { gain, epsilon } = norm;
  return normalise(x, { gain, epsilon }, false);
}

function normalise(x: Tensor, { gain, bias, epsilon }: LayerNorm, centred: boolean): Tensor {
  requireNorm(x, gain.length, bias?.length ?? gain.length, epsilon);
  const { trace, rows, columns } = x;
  const sizes = { rows, columns, centred: Number(centred) };
  const gains = trace.resource(gain);
  const biases = bias && trace.resource(bias);
  const statistics = trace.transient([2, columns], "activations");
  const y = trace.activation(x.shape);
  trace.emit(featureNorm, [x, gains, biases ?? gains, statistics, y], {
    ...{ ...sizes, epsilon, shifted: Number(biases !== undefined) },
  });
  trace.differentiable({
    inputs: biases === undefined ? [x, gains] : [x, gains, biases],
    output: y,
    backward(dy) {
      const chunks = Math.ceil(columns / CHUNK);
      const [dgain, dbias] = [0, 1].map(() => trace.transient([chunks * rows], "gradients"));
      const dx = trace.activation(x.shape);
      const tensors = [dy, x, statistics, gains, dgain, dbias, dx];
      trace.emit(featureNormGradient, tensors, { ...sizes, chunk: CHUNK });
      const gradients = [dx, sumOfChunks(dgain, chunks)];
      return biases === undefined ? gradients : [...gradients, sumOfChunks(dbias, chunks)];
    },
  });
  return y;
}

/** What the chunks of a gradient are together. */
function sumOfChunks(gradient: Tensor, length: number): Tensor {
  if (length === 1) return gradient;
  const { trace, elements } = gradient;
  const inner = elements / length;
  const sum = trace.transient([inner], "gradients");
  trace.emit(axisSum, [gradient, sum], { outer: 1, length, inner, scale: 1 });
  return sum;
}

function requireNorm(
  { shape, rows }: Tensor,
  gains: number,
  biases: number,
  epsilon: number,
): void {
  if (shape.length < 2 || rows !== gains || gains !== biases) {
    throw new TypeError(
      `Cannot normalise the features of x [${shape}] with ${gains} gains and ${biases} biases: expected x [${gains}, ..., examples] ` +
        "and as many of each",
    );
  }
  if (epsilon > 0 && Number.isFinite(epsilon)) return;
  throw new RangeError(
    `Cannot normalise features: epsilon is ${epsilon}; expected a number above 0`,
  );
}
