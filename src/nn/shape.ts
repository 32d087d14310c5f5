/**
 * Layers that show the same memory in another shape.
 *
 * @module
 */
import type { ImageShape } from "../ops/image_shape.ts";
import { reshape } from "../ops/reshape.ts";
import type { Tensor } from "../program/trace.ts";
import { defineLayer, type LayerDefinition, recordOf, requireShape, sizeOf } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { isSequence } from "./onnx_linear.ts";
import { requireSizes } from "./parameters.ts";

/**
 * `[channels, height, width, examples]` as `[channels * height * width, examples]`; costs nothing.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(
 *   nn.image({ channels: 1, height: 28, width: 28 }),
 *   nn.maxPool({ size: 2 }),
 *   nn.flatten(),
 *   nn.linear(14 * 14, 10),
 * );
 * console.assert(model.parameters.length === 2);
 * ```
 */
export function flatten(): Module {
  return makeModule((x: Tensor) => reshape(x, [features(x.shape)]), recordOf(flattenLayer, {}));
}

/**
 * `[features, examples]` as images `[channels, height, width, examples]`; costs nothing. Features are the rows of pixels of
 * the first channel, then those of the next.
 *
 * @throws {RangeError} if a size is not a whole number above 0.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(
 *   nn.image({ channels: 1, height: 28, width: 28 }),
 *   nn.conv2d(1, 8),
 * );
 * console.assert(model.weights.length === 1);
 * ```
 */
export function image({ channels, height, width }: ImageShape): Module {
  requireSizes("images", { channels, height, width });
  const size = channels * height * width;
  return makeModule((x: Tensor) => {
    if (features(x.shape) !== size) {
      throw new TypeError(
        `Cannot see ${
          features(x.shape)
        } features of x [${x.shape}] as images [${channels}, ${height}, ${width}]: ` +
          `they have ${size}; expected as many features`,
      );
    }
    return reshape(x, [channels, height, width]);
  }, recordOf(imageLayer, { channels, height, width }));
}

/** Numbers of an example. */
function features(shape: readonly number[]): number {
  return sizeOf(shape.slice(0, -1));
}

/** The flattening of images as checkpoints and exports know it. */
export const flattenLayer: LayerDefinition = defineLayer({
  kind: "flatten",
  settings: {},
  make: () => flatten(),
  exported: {
    shape: (_, input) => [sizeOf(input)],
    onnx(_, graph, { name, shape }) {
      if (!isSequence(shape)) return graph.node("Flatten", [name], { axis: 1n });
      // Features come first to us, and what follows has a place for each of all numbers.
      graph.fixLength();
      const featuresFirst = graph.node("Transpose", [name], { perm: [0n, 2n, 1n] });
      return graph.node("Flatten", [featuresFirst], { axis: 1n });
    },
  },
});

/** The making of images as checkpoints and exports know it. */
export const imageLayer: LayerDefinition = defineLayer({
  kind: "image",
  settings: {
    channels: { type: "integer", least: 1, description: "Numbers of a pixel" },
    height: { type: "integer", least: 1, description: "Pixels of a column" },
    width: { type: "integer", least: 1, description: "Pixels of a row" },
  },
  make: ({ settings }) => image(settings),
  exported: {
    inputs: ({ settings: { channels, height, width } }) => channels * height * width,
    shape(layer, input) {
      const { channels, height, width } = layer.settings;
      requireShape(layer, [sizeOf(input)], [channels * height * width]);
      return [channels, height, width];
    },
    onnx({ settings: { channels, height, width } }, graph, { name }) {
      // 0 is the size that is there: that of the batch.
      return graph.node("Reshape", [name, graph.integers([0, channels, height, width])]);
    },
  },
});
