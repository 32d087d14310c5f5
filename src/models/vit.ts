/**
 * The vision transformer of Dosovitskiy et al. (2021).
 *
 * @module
 */
import { attention } from "../nn/attention.ts";
import { conv2d } from "../nn/conv2d.ts";
import { dropPath } from "../nn/drop_path.ts";
import { dropout } from "../nn/dropout.ts";
import { gelu } from "../nn/gelu.ts";
import { linear } from "../nn/linear.ts";
import type { Module } from "../nn/module.ts";
import { layerNorm } from "../nn/norms.ts";
import {
  type MatricesOptions,
  matrixOptions,
  partOptions,
  type WeightOptions,
} from "../nn/parameters.ts";
import { positions } from "../nn/positions.ts";
import { residual } from "../nn/residual.ts";
import { classToken, firstPosition, meanPosition, pixelsAsPositions } from "../nn/sequence.ts";
import { sequential } from "../nn/sequential.ts";
import { image } from "../nn/shape.ts";
import type { ImageShape } from "../ops/image_shape.ts";
import type { Distribution } from "../sparse/density.ts";
import { truncatedNormal } from "../sparse/init.ts";
import { fanIn } from "../sparse/patterns/mod.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import {
  patternsWithin,
  type SparseLayers,
  type SparseMatrixPlace,
  sparsePatterns,
  transformerMatrices,
} from "./sparse_layers.ts";

/** Sizes of a vision transformer. */
export interface VitSizes {
  /** Layers. */
  readonly layers: number;
  /** Features of a position. */
  readonly features: number;
  /** Heads of the attention: a number that divides the features. */
  readonly heads: number;
  /** Features between the two matrices behind the attention; four times the others by default. */
  readonly intermediate?: number;
}

/** The name of a size. */
export type VitSizeName = "pico" | "nano" | "tiny" | "small" | "base";

/**
 * The sizes that have names: `tiny` and `small` of Touvron et al. (2021, table 1), `base` of Dosovitskiy et al. (2021, table 1),
 * and two for pictures of 28 x 28 and 32 x 32 pixels.
 */
export const VIT_SIZES: Readonly<Record<VitSizeName, VitSizes>> = {
  pico: { layers: 4, features: 64, heads: 2 },
  nano: { layers: 6, features: 128, heads: 4 },
  tiny: { layers: 12, features: 192, heads: 3 },
  small: { layers: 12, features: 384, heads: 6 },
  base: { layers: 12, features: 768, heads: 12 },
};

/** What becomes of the positions behind the last layer: that of the class token is taken, or their mean. */
export type VitPooling = "token" | "mean";

/** Options of {@linkcode vit}. */
export interface VitOptions {
  /** Channels, height and width of an example. */
  readonly image: ImageShape;
  /** Classes. */
  readonly classes: number;
  /** Its size by name, or in numbers; `"tiny"` by default. */
  readonly size?: VitSizeName | VitSizes;
  /** Pixels of a side of a patch, which divide height and width; 4 by default, 16 for pictures of more than 64 pixels a side. */
  readonly patch?: number;
  /** What the classes are told of: the position of a class token (the default), or the mean of all patches. */
  readonly pooling?: VitPooling;
  /** Share of absent connections in all matrices of the layers together, in [0, 1); 0, the default, makes them dense. */
  readonly sparsity?: number;
  /** How the density is spread over these matrices; `"uniform"` by default. */
  readonly distribution?: Distribution;
  /** The pattern of a matrix with a density below 1; a constant fan-in by default. */
  readonly pattern?: (density: number) => PatternSpec;
  /** Share of the features that training drops behind embedding, attention and feed-forward parts; 0 by default. */
  readonly dropout?: number;
  /**
   * Share of the examples that training leaves both branches of the last layer out for; before that it rises evenly from 0 at
   * the first (stochastic depth: Huang et al. 2016, equation 4). 0 by default.
   */
  readonly dropPath?: number;
  /** Which of these matrices are sparse; all by default. */
  readonly sparseLayers?: readonly SparseLayers[];
  /** How weights begin, by default as normal numbers of deviation 0.02 up to two deviations, and where sparse ones live. */
  readonly weights?: WeightOptions;
}

/** Added to variances. */
const EPSILON = 1e-6;

/** What a layer is made of. */
interface LayerParts extends Required<VitSizes> {
  readonly rate: number;
  readonly weights: MatricesOptions;
  /** Share of the examples that its branches are left out for. */
  readonly depth: number;
  /** The way to it. */
  readonly name: string;
}

/**
 * A vision transformer (Dosovitskiy et al. 2021): every patch of a picture is a position, whose features are a matrix times its
 * pixels; a class token stands in front of them; positions are learnt; in a layer, attention and a feed-forward part each read
 * what a layer norm gives, and are added to what came in; behind the last layer are a norm and a linear layer.
 *
 * It takes `[channels * height * width, examples]`, as loaders give them. The six matrices of every layer are sparse; patches,
 * positions, norms and head are dense. Their names end in `attention.query.weight`, `attention.key.weight`,
 * `attention.value.weight`, `attention.output.weight`, `ff.intermediate.weight` and `ff.output.weight`.
 *
 * @throws {RangeError} if a size is not a whole number above 0, the patch does not divide the picture, a rate is no share, or
 * the sparsity cannot be had.
 * @example
 * ```ts
 * import { nm, vit } from "@filigree/filigree";
 *
 * const image = { channels: 1, height: 28, width: 28 };
 * const model = vit({ image, classes: 10, size: "pico", dropPath: 0.1, sparsity: 0.5, pattern: () => nm(2, 4) });
 * const sparse = model.weights.filter((weight) => weight.sparse !== undefined);
 * console.assert(sparse.length === 4 * 6);
 * ```
 */
export function vit(options: VitOptions): Module {
  const { image: pictures, classes, pooling = "token", dropout: rate = 0 } = options;
  const { weights: { init = truncatedNormal() } = {}, dropPath: most = 0 } = options;
  const sizes = vitSizesOf(options);
  const { layers, features } = sizes;
  const { patch, count } = patchesOf(options);
  const patterns = sparsePatterns(vitMatrices(options), {
    pattern: (density) => fanIn({ density }),
    distribution: "uniform",
    ...options,
  });
  const blocks = Array.from({ length: layers }, (_, i): [string, Module] => {
    const depth = most * i / Math.max(layers - 1, 1);
    const name = `layers.layer${i}`;
    const weights = { init, ...options.weights, patterns: patternsWithin(name, patterns) };
    return [`layer${i}`, layerOf({ ...sizes, rate, weights, depth, name })];
  });
  const { channels } = pictures;
  const token = pooling === "token";
  return sequential({
    image: image(pictures),
    patches: conv2d(channels, features, { kernel: patch, stride: patch, init, name: "patches" }),
    sequence: pixelsAsPositions(),
    ...(token ? { token: classToken(features, { name: "token" }) } : {}),
    positions: positions(count + Number(token), features),
    ...(rate === 0 ? {} : { dropout: dropout(rate) }),
    layers: sequential(Object.fromEntries(blocks)),
    norm: layerNorm(features, { epsilon: EPSILON, name: "norm" }),
    pool: token ? firstPosition() : meanPosition(),
    head: linear(features, classes, { name: "head", init }),
  });
}

/** The sizes that options ask for. */
export function vitSizesOf({ size = "tiny" }: Pick<VitOptions, "size">): Required<VitSizes> {
  const sizes: VitSizes = typeof size === "string" ? VIT_SIZES[size] : size;
  const { layers } = sizes;
  if (Number.isInteger(layers) && layers > 0) {
    return { intermediate: 4 * sizes.features, ...sizes };
  }
  throw new RangeError(
    `Cannot make a ViT of ${layers} layers: expected a whole number above 0`,
  );
}

/** Pixels of a side above which a picture has larger patches. */
const SMALL_PICTURE = 64;

/** The side of a patch in pixels, and how many patches there are. */
export function patchesOf(
  { image: { height, width }, patch: asked }: Pick<VitOptions, "image" | "patch">,
): { readonly patch: number; readonly count: number } {
  const patch = asked ?? (Math.max(height, width) > SMALL_PICTURE ? 16 : 4);
  if (patch >= 1 && height % patch === 0 && width % patch === 0) {
    return { patch, count: (height / patch) * (width / patch) };
  }
  throw new RangeError(
    `Cannot cut pictures of ${height} x ${width} pixels into patches of ${patch} x ${patch}: ` +
      "expected a side that divides both",
  );
}

/** The matrices of a ViT that can be sparse. */
export function vitMatrices(options: Pick<VitOptions, "size">): SparseMatrixPlace[] {
  const path = (layer: number) => `layers.layer${layer}`;
  return transformerMatrices(vitSizesOf(options), { path, ff: "ff." });
}

/** A layer: two branches, each added to what it reads. */
function layerOf(
  { features, heads, intermediate, rate, weights, depth, name }: LayerParts,
): Module {
  const named = (part: string) => ({ name: `${name}.${part}` });
  const norm = (part: string) => layerNorm(features, { epsilon: EPSILON, ...named(part) });
  const after = (prefix: string) => ({
    ...(rate === 0 ? {} : { [`${prefix}dropout`]: dropout(rate) }),
    ...(depth === 0 ? {} : { [`${prefix}path`]: dropPath(depth) }),
  });
  const attending = { features, heads, dropout: rate, ...partOptions(weights, "attention") };
  const attended = sequential({
    "attention.norm": norm("attention.norm"),
    attention: attention({ ...attending, ...named("attention") }),
    ...after("attention."),
  });
  const matrix = (part: string) => ({ ...matrixOptions(weights, part), ...named(part) });
  const fed = sequential({
    norm: norm("ff.norm"),
    intermediate: linear(features, intermediate, matrix("ff.intermediate")),
    gelu: gelu(),
    output: linear(intermediate, features, matrix("ff.output")),
    ...after(""),
  });
  return sequential({ "": residual(attended), ff: residual(fed) });
}
