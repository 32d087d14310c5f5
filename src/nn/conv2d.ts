/**
 * The convolution layer, dense or sparse.
 *
 * @module
 */
import { conv2d as conv2dOperation } from "../ops/conv.ts";
import type { Tensor } from "../program/trace.ts";
import { mayRepeat, patternName } from "../sparse/lookup.ts";
import { dense } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import {
  defineLayer,
  describeProduct,
  type LayerDefinition,
  PAIR,
  pixelsAfter,
  recordOf,
  requireImages,
  requireShape,
} from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxRegions } from "./onnx.ts";
import { makeBias, makeWeight, requireSizes, type WeightOptions } from "./parameters.ts";

/** Options of {@linkcode conv2d}. */
export interface Conv2dOptions extends WeightOptions {
  /** Side of a square window, or its height and width; 3 by default. */
  readonly kernel?: number | readonly [height: number, width: number];
  /** Pixels from one window to the next; 1 by default. */
  readonly stride?: number;
  /** Zeros around the image; 0 by default. */
  readonly padding?: number;
  /**
   * Which connections may exist, of `channels * kernel height * kernel width` to every output channel; all by default. Inputs
   * are neighbours as the taps of a window are, by rows, channel after channel: a block or a segment of N:M is of such.
   */
  readonly pattern?: PatternSpec;
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
 * @throws {RangeError} if a size is not a whole number above 0, or the pattern cannot be had, or may repeat inputs.
 * @example
 * ```ts
 * import { fanIn, groupFanIn, nn } from "@filigree/filigree";
 *
 * const layer = nn.conv2d(16, 32, { kernel: 3, padding: 1, pattern: fanIn({ density: 0.1 }) });
 * console.assert(layer.weights[0].shape[1] === 16 * 3 * 3);
 * const groups = nn.conv2d(16, 32, { padding: 1, pattern: groupFanIn(14, 8) });
 * console.assert(groups.weights[0].sparse?.budget === 4 * 14 * 8);
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
  if (mayRepeat(pattern)) {
    throw new RangeError(
      `Cannot make ${what}: its pattern is ${
        patternName(pattern)
      }, whose filters may have an input twice; expected one of distinct inputs`,
    );
  }
  const inputs = channels * height * width;
  const { matrix, known } = makeWeight(`${name}.weight`, filters, inputs, pattern, options);
  const bias = withBias ? makeBias(`${name}.bias`, filters) : undefined;
  const windows = { kernel: [height, width], stride, padding } as const;
  const added = bias === undefined ? {} : { bias };
  const weight = { ...known, kernel: windows.kernel };
  return makeModule((x: Tensor) => conv2dOperation(x, matrix, windows, added), {
    ...recordOf(conv2dLayer, { channels, filters, ...windows, bias: withBias }),
    name,
    own: bias === undefined ? { weight } : { weight, bias },
  });
}

/** The convolution layer as checkpoints and exports know it. */
export const conv2dLayer: LayerDefinition = defineLayer({
  kind: "conv2d",
  settings: {
    channels: { type: "integer", least: 1, description: "Channels of x" },
    filters: { type: "integer", least: 1, description: "Channels of the result" },
    kernel: { ...PAIR, description: "Height and width of a window" },
    stride: { type: "integer", least: 1, description: "Pixels from one window to the next" },
    padding: { type: "integer", least: 0, description: "Zeros around the image" },
    bias: { type: "boolean", description: "Whether a bias is added" },
  },
  make({ settings: { channels, filters, kernel: [height, width], ...settings }, name, weight }) {
    const kernel = [height, width] as const;
    return conv2d(channels, filters, { ...settings, ...weight("weight"), kernel, name });
  },
  exported: {
    shape(layer, input) {
      requireImages(layer, input);
      const { settings: { kernel, stride, padding }, weights: { weight } } = layer;
      const [, height, width] = input;
      requireShape(layer, input, [weight.inputs / (kernel[0] * kernel[1]), height, width]);
      const windows = { size: kernel, stride: [stride, stride], padding };
      return [weight.begin.length - 1, ...pixelsAfter(input, windows)];
    },
    describe({ name, settings, weights: { weight }, vectors: { bias } }, writer, [channels]) {
      const { kernel: [height, width], stride, padding } = settings;
      const kernel = [height, width] as const;
      return {
        ...{ channels, filters: weight.begin.length - 1, kernel, stride, padding },
        ...describeProduct({ name, weight, bias, kernel }, writer),
      };
    },
    onnx({ name, settings, weights: { weight }, vectors: { bias } }, graph, x) {
      const { kernel: [height, width], stride, padding } = settings;
      const kernel = [height, width] as const;
      const added = bias === undefined ? [] : [graph.vector(bias, `${name}.bias`)];
      return graph.node(
        "Conv",
        [x.name, graph.weight(weight, name, { kernel }), ...added],
        onnxRegions({ size: kernel, stride: [stride, stride], padding }),
      );
    },
  },
});
