/**
 * Layers that pool images.
 *
 * @module
 */
import {
  averagePool as averagePoolOperation,
  globalAveragePool as globalAveragePoolOperation,
  maxPool as maxPoolOperation,
  pair,
  type PoolingRegions,
  requireRegions,
} from "../ops/pool.ts";
import type { Tensor } from "../program/trace.ts";
import {
  defineLayer,
  type LayerDefinition,
  type LayerExport,
  PAIR,
  pixelsAfter,
  recordOf,
  requireImages,
  type SettingsOf,
} from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxRegions } from "./onnx.ts";

/** Options of {@linkcode maxPool} and {@linkcode averagePool}. */
export type PoolOptions = PoolingRegions;

/**
 * The largest pixel of every region of images `[channels, height, width, examples]`; padding is never the largest. A NaN in a
 * region makes its result NaN.
 *
 * @throws {RangeError} if a size or stride is not a whole number above 0, or the padding none below the size.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const halves = nn.maxPool({ size: 2 });
 * const overlaps = nn.maxPool({ size: 3, stride: 2, padding: 1 });
 * console.assert(halves.parameters.length === 0 && overlaps.kind === "maxPool");
 * ```
 */
export function maxPool(options: PoolOptions): Module {
  requireRegions("Cannot make max pooling", options);
  return makeModule(
    (x: Tensor) => maxPoolOperation(x, options),
    recordOf(maxPoolLayer, settingsOf(options)),
  );
}

/**
 * The mean of the pixels of every region of images `[channels, height, width, examples]`. Only pixels inside the image count
 * (PyTorch's `count_include_pad=False`).
 *
 * @throws {RangeError} if a size or stride is not a whole number above 0, or the padding none below the size.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const layer = nn.averagePool({ size: [2, 4], stride: 2 });
 * console.assert(layer.parameters.length === 0);
 * ```
 */
export function averagePool(options: PoolOptions): Module {
  requireRegions("Cannot make average pooling", options);
  return makeModule(
    (x: Tensor) => averagePoolOperation(x, options),
    recordOf(averagePoolLayer, settingsOf(options)),
  );
}

/**
 * The mean of all pixels of every channel: `[channels, height, width, examples]` becomes `[channels, examples]`.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(
 *   nn.image({ channels: 3, height: 32, width: 32 }),
 *   nn.conv2d(3, 16, { padding: 1 }),
 *   nn.relu(),
 *   nn.globalAveragePool(),
 *   nn.linear(16, 10),
 * );
 * console.assert(model.weights.length === 2);
 * ```
 */
export function globalAveragePool(): Module {
  return makeModule(globalAveragePoolOperation, recordOf(globalAveragePoolLayer, {}));
}

/** What is set of both kinds of pooling. */
const SETTINGS = {
  size: { ...PAIR, description: "Height and width of a region" },
  stride: { ...PAIR, description: "Pixels from one region to the next, down and across" },
  padding: { type: "integer", least: 0, description: "Places around the image" },
} as const;

/** What exports say of both. */
const EXPORTED: LayerExport<SettingsOf<typeof SETTINGS>> = {
  shape(layer, input) {
    requireImages(layer, input);
    return [input[0], ...pixelsAfter(input, layer.settings)];
  },
};

/** Max pooling as checkpoints and exports know it. */
export const maxPoolLayer: LayerDefinition = defineLayer({
  kind: "maxPool",
  settings: SETTINGS,
  make: ({ settings }) => maxPool(optionsOf(settings)),
  exported: {
    ...EXPORTED,
    onnx: ({ settings }, graph, x) => graph.node("MaxPool", [x.name], onnxRegions(settings)),
  },
});

/** Average pooling as checkpoints and exports know it. */
export const averagePoolLayer: LayerDefinition = defineLayer({
  kind: "averagePool",
  settings: SETTINGS,
  make: ({ settings }) => averagePool(optionsOf(settings)),
  exported: {
    ...EXPORTED,
    onnx({ settings }, graph, x) {
      const how = { ...onnxRegions(settings), count_include_pad: 0n };
      return graph.node("AveragePool", [x.name], how);
    },
  },
});

/** The average of whole channels as checkpoints and exports know it. */
export const globalAveragePoolLayer: LayerDefinition = defineLayer({
  kind: "globalAveragePool",
  settings: {},
  make: () => globalAveragePool(),
  exported: {
    shape(layer, input) {
      requireImages(layer, input);
      return [input[0]];
    },
    onnx(_, graph, x) {
      const means = graph.node("GlobalAveragePool", [x.name]);
      return graph.node("Flatten", [means], { axis: 1n });
    },
  },
});

/** The settings with all that options may leave out. */
function settingsOf({ size, stride = size, padding = 0 }: PoolOptions) {
  return { size: pair(size), stride: pair(stride), padding };
}

function optionsOf(
  { size: [height, width], stride: [down, across], padding }: SettingsOf<typeof SETTINGS>,
): PoolOptions {
  return { size: [height, width], stride: [down, across], padding };
}
