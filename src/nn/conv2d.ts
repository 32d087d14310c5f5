/**
 * The convolution layer, dense or sparse.
 *
 * @module
 */
import { conv2d as conv2dOperation } from "../ops/conv.ts";
import type { Tensor } from "../program/trace.ts";
import { dense } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { StorageName } from "../sparse/storage/mod.ts";
import { makeModule, type Module } from "./module.ts";
import { makeBias, makeWeight, requireSizes } from "./parameters.ts";

/** Options of {@linkcode conv2d}. */
export interface Conv2dOptions {
  /** Side of a square window, or its height and width; 3 by default. */
  readonly kernel?: number | readonly [height: number, width: number];
  /** Pixels from one window to the next; 1 by default. */
  readonly stride?: number;
  /** Zeros around the image; 0 by default. */
  readonly padding?: number;
  /** Which connections may exist, of `channels * kernel height * kernel width` to every output channel; all by default. */
  readonly pattern?: PatternSpec;
  /**
   * Where the values of a sparse weight live: those of active connections alone ("compressed", the default), or a dense
   * "master" of which the pattern is a view, and whose connections are all trained.
   */
  readonly storage?: StorageName;
  /** Whether a bias is added; true by default. */
  readonly bias?: boolean;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/**
 * A convolution of images `[channels, height, width, examples]`. The fan-in of an output channel counts its channels times
 * the pixels of the window, as SRigL does (Lasby et al. 2024, section 3); its weights start as those of a linear layer of
 * that fan-in.
 *
 * @param channels Channels of x.
 * @param filters Channels of the result.
 * @throws {RangeError} if a size is not a whole number above 0, or the pattern cannot be had.
 * @example
 * ```ts
 * import { fanIn, nn } from "@filigree/filigree";
 *
 * const layer = nn.conv2d(16, 32, { kernel: 3, padding: 1, pattern: fanIn({ density: 0.1 }) });
 * console.assert(layer.weights[0].shape[1] === 16 * 3 * 3);
 * ```
 */
export function conv2d(channels: number, filters: number, options: Conv2dOptions = {}): Module {
  const { kernel = 3, stride = 1, padding = 0 } = options;
  const { pattern = dense(), bias: withBias = true, name = "conv" } = options;
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const what = `convolution "${name}"`;
  requireSizes(what, { channels, filters, kernelHeight: height, kernelWidth: width, stride });
  if (!(Number.isInteger(padding) && padding >= 0)) {
    throw new RangeError(`Cannot make ${what}: padding is ${padding}; expected a whole number`);
  }
  const inputs = channels * height * width;
  const { matrix, known } = makeWeight(`${name}.weight`, filters, inputs, pattern, options.storage);
  const bias = withBias ? makeBias(`${name}.bias`, filters) : undefined;
  const windows = { kernel: [height, width], stride, padding } as const;
  const added = bias === undefined ? {} : { bias };
  const weight = { ...known, kernel: windows.kernel };
  return makeModule((x: Tensor) => conv2dOperation(x, matrix, windows, added), {
    kind: "conv2d",
    name,
    own: { weight, ...added },
    operations: [{
      operation: "conv2d",
      name,
      weight: { ...weight, label: `${name}.weight` },
      ...windows,
      ...added,
    }],
  });
}
