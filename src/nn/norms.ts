/**
 * The layers of norms of features: layer norm and RMS norm.
 *
 * @module
 */
import {
  layerNorm as layerNormOperation,
  type RmsNorm,
  rmsNorm as rmsNormOperation,
} from "../ops/norms.ts";
import { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { defineLayer, type LayerDefinition, recordOf, requireShape } from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { onnxLayerNorm, onnxRmsNorm } from "./onnx.ts";
import { makeBias, requireSizes } from "./parameters.ts";

/** Options of {@linkcode rmsNorm}. */
export interface RmsNormOptions {
  /** Added to the mean square; 1e-6 by default. */
  readonly epsilon?: number;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** Options of {@linkcode layerNorm}. */
export interface LayerNormOptions {
  /** Added to variances; 1e-5 by default. BERT has 1e-12. */
  readonly epsilon?: number;
  /** Whether there is a bias; true by default. */
  readonly bias?: boolean;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/**
 * Layer normalisation: the features of every example, at every position, get mean 0 and variance 1, and then a gain, 1 at first,
 * and a bias, 0 at first (Ba, Kiros and Hinton 2016).
 *
 * @param features Features of x.
 * @throws {RangeError} if `features` is not a whole number above 0, or epsilon is not above 0.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.linear(8, 16), nn.layerNorm(16), nn.gelu());
 * console.assert(model.parameters.length === 4);
 * ```
 */
export function layerNorm(features: number, options: LayerNormOptions = {}): Module {
  const { epsilon = 1e-5, bias: shifted = true, name = "layerNorm" } = options;
  const norm = makeNorm(`layer normalisation "${name}"`, name, features, epsilon);
  const own = shifted ? { gain: norm.gain, bias: makeBias(`${name}.bias`, features) } : norm;
  return makeModule((x: Tensor) => layerNormOperation(x, { ...own, epsilon }), {
    ...recordOf(layerNormLayer, { features, epsilon, bias: shifted }),
    name,
    own,
  });
}

/**
 * RMS normalisation: the features of every example, at every position, get mean square 1, and then a gain, 1 at first (Zhang and
 * Sennrich 2019).
 *
 * @param features Features of x.
 * @throws {RangeError} if `features` is not a whole number above 0, or epsilon is not above 0.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(nn.rmsNorm(8), nn.linear(8, 16));
 * console.assert(model.parameters.length === 3);
 * ```
 */
export function rmsNorm(features: number, options: RmsNormOptions = {}): Module {
  const { epsilon = 1e-6, name = "rmsNorm" } = options;
  const own = makeNorm(`RMS normalisation "${name}"`, name, features, epsilon);
  return makeModule((x: Tensor) => rmsNormOperation(x, { ...own, epsilon }), {
    ...recordOf(rmsNormLayer, { features, epsilon }),
    name,
    own,
  });
}

/** What is set of both. */
const SETTINGS = {
  features: { type: "integer", least: 1, description: "Features of x" },
  epsilon: { type: "number", above: 0, description: "Added to variances or mean squares" },
} as const;

/** The layer normalisation as checkpoints and exports know it. */
export const layerNormLayer: LayerDefinition = defineLayer({
  kind: "layerNorm",
  settings: { ...SETTINGS, bias: { type: "boolean", description: "Whether there is a bias" } },
  make: ({ settings: { features, ...settings }, name }) =>
    layerNorm(features, { ...settings, name }),
  exported: {
    shape(layer, input) {
      requireShape(layer, input, [layer.settings.features, ...input.slice(1)]);
      return input;
    },
    describe: ({ name, settings: { features, epsilon }, vectors: { gain, bias } }, writer) => ({
      ...{ name, features, epsilon, gain: writer.vector(gain, `${name}.gain`) },
      ...(bias && { bias: writer.vector(bias, `${name}.bias`) }),
    }),
    onnx: ({ name, settings: { epsilon }, vectors: { gain, bias } }, graph, x) =>
      onnxLayerNorm(graph, x, { gain, bias, epsilon, name }),
  },
});

/** The RMS normalisation as checkpoints and exports know it. */
export const rmsNormLayer: LayerDefinition = defineLayer({
  kind: "rmsNorm",
  settings: SETTINGS,
  make: ({ settings: { features, epsilon }, name }) => rmsNorm(features, { epsilon, name }),
  exported: {
    shape(layer, input) {
      requireShape(layer, input, [layer.settings.features, ...input.slice(1)]);
      return input;
    },
    describe: ({ name, settings: { features, epsilon }, vectors: { gain } }, writer) => ({
      ...{ name, features, epsilon, gain: writer.vector(gain, `${name}.gain`) },
    }),
    onnx: ({ name, settings: { epsilon }, vectors: { gain } }, graph, x) =>
      onnxRmsNorm(graph, x, { gain, epsilon, name }),
  },
});

/** A gain of ones. */
function makeNorm(
  what: string,
  name: string,
  features: number,
  epsilon: number,
): Pick<RmsNorm, "gain"> {
  requireSizes(what, { features });
  if (!(epsilon > 0 && Number.isFinite(epsilon))) {
    throw new RangeError(`Cannot make ${what}: epsilon is ${epsilon}; expected a number above 0`);
  }
  const gain = new Resource({
    label: `${name}.gain`,
    type: "f32",
    length: features,
    category: "parameters",
    trainable: true,
    initial: () => new Float32Array(features).fill(1),
  });
  return { gain };
}
