/**
 * A small residual network for small images.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { batchNorm } from "../nn/batch_norm.ts";
import { conv2d } from "../nn/conv2d.ts";
import { linear } from "../nn/linear.ts";
import type { Module } from "../nn/module.ts";
import type { WeightOptions } from "../nn/parameters.ts";
import { globalAveragePool } from "../nn/pool.ts";
import { relu } from "../nn/relu.ts";
import { residual } from "../nn/residual.ts";
import { sequential } from "../nn/sequential.ts";
import { image } from "../nn/shape.ts";
import type { ImageShape } from "../ops/image_shape.ts";
import type { Distribution } from "../sparse/density.ts";
import { fanIn } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { type ModelDefinition, type ModelGiven, WIDEST } from "./definition.ts";
import { type SparseLayers, sparsePatterns } from "./sparse_layers.ts";
import { layerWeights } from "./weights.ts";

/** Options of {@linkcode convnet}. */
export interface ConvnetOptions {
  /** Channels, height and width of an example. */
  readonly image: ImageShape;
  /** Classes. */
  readonly classes: number;
  /** Channels of each stage; `[16, 32, 64]` by default. Every stage but the first halves height and width. */
  readonly widths?: readonly number[];
  /** Residual blocks of each stage; 1 by default. */
  readonly blocks?: number;
  /** Pixels from one window of the first convolution to the next; 1 by default. */
  readonly stride?: number;
  /** Share of absent connections over all layers, in [0, 1); 0 makes every layer dense. */
  readonly sparsity?: number;
  /** How the density is spread over the layers; `"erk"` by default. */
  readonly distribution?: Distribution;
  /** The pattern of a layer with a density below 1; a constant fan-in by default. */
  readonly pattern?: (density: number) => PatternSpec;
  /** Which layers are sparse; all by default. */
  readonly sparseLayers?: readonly SparseLayers[];
  /** How weights begin, and where those of sparse layers live; as in `nn.linear` by default. */
  readonly weights?: WeightOptions;
}

/** A convolution or the linear layer of the network. */
interface Part {
  readonly name: string;
  /** `[outputs, inputs, kernel height, kernel width]`; a linear layer has the first two. */
  readonly shape: readonly number[];
  readonly stride: number;
}

/**
 * A residual network in the form that He et al. (2016, section 4.2) gave to small images: a 3 x 3 convolution, stages of
 * blocks of two 3 x 3 convolutions with batch norm, the first of a stage with half the pixels and a 1 x 1 convolution as its
 * shortcut, then the average of each channel and a linear layer. `widths` [16, 32, 64] with 3 blocks are its 20 layers.
 *
 * It takes `[channels * height * width, examples]`, as loaders give them. It trains where it is called with `{ mode: "train" }`,
 * as `Trainer` does, because batch norm keeps running statistics.
 *
 * @throws {RangeError} if a size is no whole number above 0 or the sparsity cannot be had.
 * @example
 * ```ts
 * import { convnet } from "@filigree/filigree";
 *
 * const model = convnet({ image: { channels: 1, height: 28, width: 28 }, classes: 10, sparsity: 0.9 });
 * console.assert(model.weights.length === 10);
 * ```
 */
export function convnet(options: ConvnetOptions): Module {
  const { widths = [16, 32, 64], blocks = 1 } = options;
  const parts = partsOf(options, widths, blocks);
  const patterns = sparsePatterns(parts, {
    pattern: (density) => fanIn({ density }),
    distribution: "erk",
    ...options,
  });
  const patterned = new Map(
    parts.map((part) => [part.name, { ...part, pattern: patterns[part.name].pattern }]),
  );
  const partOf = (name: string): Part & { readonly pattern: PatternSpec } => {
    const part = patterned.get(name);
    if (part === undefined) throw new ReferenceError(`No part "${name}"`);
    return part;
  };
  // The shift of the batch norm is the bias.
  const convolution = (name: string, key: string): Record<string, Module> => {
    const { shape: [filters, channels, kernel], stride, pattern } = partOf(name);
    const weights = layerWeights(pattern, options.weights);
    const padding = (kernel - 1) / 2;
    return {
      [key]: conv2d(channels, filters, { kernel, stride, padding, ...weights, bias: false, name }),
      [key === "" ? "norm" : `${key}.norm`]: batchNorm(filters, { name: `${name}.norm` }),
    };
  };
  const blockOf = (name: string): Module => {
    const body = sequential({
      ...convolution(`${name}.conv0`, "conv0"),
      relu: relu(),
      ...convolution(`${name}.conv1`, "conv1"),
    });
    const shortcut = `${name}.shortcut`;
    if (!patterned.has(shortcut)) return residual(body);
    return residual(body, sequential(convolution(shortcut, "")));
  };
  const stages = Array.from(widths, (_, stage): [string, Module] => {
    const layers = Array.from({ length: blocks }, (_, block): [string, Module][] => [
      [`block${block}`, blockOf(`stage${stage}.block${block}`)],
      [`relu${block}`, relu()],
    ]);
    return [`stage${stage}`, sequential(Object.fromEntries(layers.flat()))];
  });
  const { shape: [classes, features], pattern } = partOf("head");
  return sequential({
    image: image(options.image),
    ...convolution("stem", "stem"),
    relu: relu(),
    ...Object.fromEntries(stages),
    globalAveragePool: globalAveragePool(),
    head: linear(features, classes, { name: "head", ...layerWeights(pattern, options.weights) }),
  });
}

/** All layers with weights, from the input to the output. */
function partsOf(
  { image: { channels }, classes, stride: first = 1 }: ConvnetOptions,
  widths: readonly number[],
  blocks: number,
): Part[] {
  if (widths.length === 0 || !(Number.isInteger(blocks) && blocks > 0)) {
    throw new RangeError(
      `Cannot make a convnet of ${widths.length} stages of ${blocks} blocks: expected at least one of each`,
    );
  }
  const parts: Part[] = [
    { name: "stem", shape: [widths[0], channels, 3, 3], stride: first },
  ];
  let inputs = widths[0];
  for (const [stage, width] of widths.entries()) {
    for (let block = 0; block < blocks; block++) {
      const name = `stage${stage}.block${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      parts.push({ name: `${name}.conv0`, shape: [width, inputs, 3, 3], stride });
      parts.push({ name: `${name}.conv1`, shape: [width, width, 3, 3], stride: 1 });
      if (stride > 1 || inputs !== width) {
        parts.push({ name: `${name}.shortcut`, shape: [width, inputs, 1, 1], stride });
      }
      inputs = width;
    }
  }
  parts.push({ name: "head", shape: [classes, inputs], stride: 1 });
  return parts;
}

/** The residual network by name. */
export const definition: ModelDefinition = {
  ...define({
    name: "convnet",
    description: "A small residual network for images",
    rank: 2,
    options: {
      widths: {
        type: "list",
        of: { type: "integer", least: 1, most: WIDEST },
        least: 1,
        description: "Channels of each stage of a convnet, with commas; 16,32,64 by default",
        flag: "--widths",
      },
      blocks: {
        type: "integer",
        least: 1,
        description: "Residual blocks of each stage of a convnet; 1 by default",
        flag: "--blocks",
      },
      stride: {
        type: "integer",
        least: 1,
        description:
          "Pixels between the windows of the first convolution of a convnet; 1 by default",
        flag: "--stride",
      },
      // It is the trainer that knows ranks.
      syncBatchNorm: {
        type: "boolean",
        description:
          "Whether the ranks of `mpirun` normalise by the batch of all of them in a convnet, as one process does; by default each goes by its share of a batch",
        flag: "--sync-batch-norm",
      },
    },
    make(values, { image, outputs, inputs, ...options }: ModelGiven) {
      if (image === undefined) {
        throw new RangeError(
          `Cannot make a convnet for examples of ${inputs} features: they are no images`,
        );
      }
      const { widths = [16, 32, 64] } = values;
      const model = convnet({ ...values, ...options, image, classes: outputs });
      return { model, summary: `convnet ${widths.join("-")}` };
    },
  }),
  images: true,
};
