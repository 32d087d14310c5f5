/**
 * Layers between pictures, sequences and what is known of a whole sequence.
 *
 * @module
 */
import { firstNormals } from "../sparse/drawing.ts";
import { classToken as classTokenOperation } from "../ops/class_token.ts";
import { firstPosition as firstPositionOperation } from "../ops/first_position.ts";
import { meanAlong } from "../ops/reductions.ts";
import { reshape } from "../ops/reshape.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import {
  defineLayer,
  type ExampleShape,
  type LayerDefinition,
  recordOf,
  requireImages,
  requireShape,
  type StoredLayer,
} from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { requireSizes } from "./parameters.ts";

/**
 * Pixels of images as positions of a sequence: `[channels, height, width, examples]` as `[channels, height * width, examples]`;
 * costs nothing. Behind `nn.conv2d` whose stride is its kernel the pixels are patches of a picture.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const patches = nn.sequential(
 *   nn.image({ channels: 1, height: 28, width: 28 }),
 *   nn.conv2d(1, 64, { kernel: 4, stride: 4 }),
 *   nn.pixelsAsPositions(),
 * );
 * console.assert(patches.weights.length === 1);
 * ```
 */
export function pixelsAsPositions(): Module {
  return makeModule((x: Tensor) => {
    const { shape: [channels, height, width], shape } = x;
    if (shape.length !== 4) {
      throw new TypeError(
        `Cannot see pixels of x [${shape}] as positions: expected images [channels, height, width, examples]`,
      );
    }
    return reshape(x, [channels, height * width]);
  }, recordOf(pixelsAsPositionsLayer, {}));
}

/** Options of {@linkcode classToken}. */
export interface ClassTokenOptions {
  /** Standard deviation of the first values, which are normal numbers: 0.02 by default. */
  readonly deviation?: number;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/**
 * A learnt position in front of every sequence, the same for every example: `[features, positions, examples]` becomes
 * `[features, positions + 1, examples]`. Attention gathers there what is known of the whole (Dosovitskiy et al. 2021).
 *
 * @param features Features of x.
 * @throws {RangeError} if `features` is not a whole number above 0, or the deviation is below 0.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.classToken(64), nn.positions(50, 64), nn.firstPosition());
 * console.assert(model.parameters.length === 2);
 * ```
 */
export function classToken(
  features: number,
  { deviation = 0.02, name = "classToken" }: ClassTokenOptions = {},
): Module {
  requireSizes(`class token "${name}"`, { features });
  if (!(deviation >= 0 && Number.isFinite(deviation))) {
    throw new RangeError(
      `Cannot make class token "${name}": the deviation is ${deviation}; expected a number of 0 or more`,
    );
  }
  const token = new Resource({
    ...{ label: `${name}.token`, type: "f32", length: features, category: "parameters" },
    trainable: true,
    initial: (origin) => firstNormals(origin, features, deviation),
  });
  return makeModule((x: Tensor) => classTokenOperation(x, token), {
    ...recordOf(classTokenLayer, { features }),
    name,
    own: { token },
  });
}

/**
 * The first position of every sequence: `[features, positions, examples]` becomes `[features, examples]`.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.classToken(64), nn.firstPosition(), nn.linear(64, 10));
 * console.assert(model.parameters.length === 3);
 * ```
 */
export function firstPosition(): Module {
  return makeModule(firstPositionOperation, recordOf(firstPositionLayer, {}));
}

/**
 * The mean over the positions of every sequence: `[features, positions, examples]` becomes `[features, examples]`.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.embedding(8192, 64), nn.meanPosition(), nn.linear(64, 10));
 * console.assert(model.parameters.length === 3);
 * ```
 */
export function meanPosition(): Module {
  return makeModule((x: Tensor) => {
    const { shape: [features], shape } = x;
    if (shape.length !== 3) {
      throw new TypeError(
        `Cannot average the positions of x [${shape}]: expected [features, positions, examples]`,
      );
    }
    return reshape(meanAlong(x, "positions"), [features]);
  }, recordOf(meanPositionLayer, {}));
}

/** Pixels as positions as checkpoints and exports know them. */
export const pixelsAsPositionsLayer: LayerDefinition = defineLayer({
  kind: "pixelsAsPositions",
  settings: {},
  make: () => pixelsAsPositions(),
  exported: {
    shape(layer, input) {
      requireImages(layer, input);
      const [channels, height, width] = input;
      return [channels, height * width];
    },
    onnx(_, graph, { name, shape: [channels] }) {
      // 0 is the size that is there, -1 what is left: all pixels.
      const rows = graph.node("Reshape", [name, graph.integers([0, channels, -1])]);
      return graph.node("Transpose", [rows], { perm: [0n, 2n, 1n] });
    },
  },
});

/** The class token as checkpoints and exports know it. */
export const classTokenLayer: LayerDefinition = defineLayer({
  kind: "classToken",
  settings: { features: { type: "integer", least: 1, description: "Features of x" } },
  make: ({ settings: { features }, name }) => classToken(features, { name }),
  exported: {
    shape(layer, input) {
      const { features } = layer.settings;
      requireShape(layer, input, [features, ...input.slice(1, 2)]);
      return [features, input[1] + 1];
    },
    describe: ({ name, settings, vectors: { token } }, writer) => ({
      ...{ ...settings, name, token: writer.vector(token, `${name}.token`) },
    }),
    onnx({ name, settings: { features }, vectors: { token } }, graph, { name: x }) {
      const batch = graph.node("Shape", [x], { start: 0n, end: 1n });
      const shape = graph.node("Concat", [batch, graph.integers([1, features])], { axis: 0n });
      const tokens = graph.node("Expand", [graph.vector(token, `${name}.token`), shape]);
      return graph.node("Concat", [tokens, x], { axis: 1n });
    },
  },
});

/** The first position as checkpoints and exports know it. */
export const firstPositionLayer: LayerDefinition = defineLayer({
  kind: "firstPosition",
  settings: {},
  make: () => firstPosition(),
  exported: {
    shape: featuresOf,
    onnx(_, graph, { name }) {
      const first = graph.node("Gather", [name, graph.integers([0])], { axis: 1n });
      return graph.node("Squeeze", [first, graph.integers([1])]);
    },
  },
});

/** The mean over positions as checkpoints and exports know it. */
export const meanPositionLayer: LayerDefinition = defineLayer({
  kind: "meanPosition",
  settings: {},
  make: () => meanPosition(),
  exported: {
    shape: featuresOf,
    onnx: (_, graph, { name }) => graph.node("ReduceMean", [name], { axes: [1n], keepdims: 0n }),
  },
});

/** The features of a sequence. */
function featuresOf(layer: StoredLayer<unknown>, input: ExampleShape): ExampleShape {
  requireShape(layer, input, [input[0], input[1] ?? 1]);
  return [input[0]];
}
