/**
 * The layers of a transformer's encoder, and the encoder that they make.
 *
 * @module
 */
import { add } from "../ops/add.ts";
import { gelu } from "../ops/pointwise/gelu.ts";
import type { Tensor } from "../program/trace.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import { attention, attentionLayer, type AttentionMatrix, type MaskedInput } from "./attention.ts";
import type { Context } from "./context.ts";
import {
  childOf,
  defineLayer,
  type LayerDefinition,
  recordOf,
  requireShape,
  shapeAfter,
} from "./definition.ts";
import { dropout, dropoutLayer } from "./dropout.ts";
import { linear, linearLayer } from "./linear.ts";
import { type AnyModule, makeModule, type Module } from "./module.ts";
import { layerNorm, layerNormLayer } from "./norms.ts";
import { onnxGelu, type OnnxValue } from "./onnx.ts";
import {
  matrixOptions,
  type MatrixPatterns,
  partOptions,
  type WeightOptions,
} from "./parameters.ts";

/** A matrix of a block of a transformer: the way to it from the block. */
export type BlockMatrix = `attention.${AttentionMatrix}` | "intermediate" | "output";

/** Options of {@linkcode transformerBlock}. */
export interface TransformerBlockOptions extends WeightOptions {
  /** Features of a position. */
  readonly features: number;
  /** Heads of the attention: a number that divides the features. */
  readonly heads: number;
  /** Features between the two matrices behind the attention; four times the others by default. */
  readonly intermediate?: number;
  /** Which connections of the six matrices may exist; all of them by default. */
  readonly pattern?: PatternSpec;
  /** The patterns of matrices that have another one. */
  readonly patterns?: MatrixPatterns<BlockMatrix>;
  /** Whether a position attends to none behind it; false by default. */
  readonly causal?: boolean;
  /** Share of the probabilities, and of what the attention and the second matrix give, that training drops; 0 by default. */
  readonly dropout?: number;
  /** Added to variances; 1e-12 by default, as in BERT. */
  readonly epsilon?: number;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** What a block is made of, by name: `attention.norm` stands behind the attention, `norm` behind all. */
interface BlockParts {
  readonly attention: Module<Tensor | MaskedInput>;
  readonly "attention.norm": Module;
  readonly intermediate: Module;
  readonly output: Module;
  readonly norm: Module;
  readonly dropout?: Module;
}

/**
 * A layer of a transformer's encoder (Vaswani et al. 2017, section 3.1, with the GELU of BERT): self-attention, then two
 * matrices with a GELU between them, each added to what it read and normalised behind that. It takes
 * `[features, positions, examples]`, or that and a mask.
 *
 * @throws {RangeError} if a size is not a whole number above 0, the heads do not divide the features, the dropout is no share,
 * or a pattern cannot be had.
 * @example
 * ```ts
 * import { block, nn } from "@filigree/filigree";
 *
 * const pattern = block(16, { density: 0.25 });
 * const layer = nn.transformerBlock({ features: 64, heads: 4, pattern });
 * console.assert(layer.weights.length === 6 && layer.weights[4].label.endsWith("intermediate.weight"));
 * ```
 */
export function transformerBlock(
  options: TransformerBlockOptions,
): Module<Tensor | MaskedInput> {
  const { features, heads, intermediate = 4 * features, causal = false, epsilon = 1e-12 } = options;
  const { dropout: rate = 0, name = "transformerBlock" } = options;
  const named = (part: string) => ({ name: `${name}.${part}` });
  return blockOf({
    attention: attention({
      ...{ features, heads, causal, dropout: rate },
      ...partOptions(options, "attention"),
      ...named("attention"),
    }),
    "attention.norm": layerNorm(features, { epsilon, ...named("attention.norm") }),
    intermediate: linear(features, intermediate, {
      ...matrixOptions(options, "intermediate"),
      ...named("intermediate"),
    }),
    output: linear(intermediate, features, {
      ...matrixOptions(options, "output"),
      ...named("output"),
    }),
    norm: layerNorm(features, { epsilon, ...named("norm") }),
    ...(rate === 0 ? {} : { dropout: dropout(rate) }),
  }, name);
}

function blockOf(parts: BlockParts, name: string): Module<Tensor | MaskedInput> {
  const { attention, intermediate, output, norm, "attention.norm": attentionNorm } = parts;
  const forward = (input: Tensor | MaskedInput, context: Context): Tensor => {
    const dropped = (x: Tensor): Tensor => parts.dropout?.(x, context) ?? x;
    const x = "mask" in input ? input.x : input;
    const seen = attentionNorm(add(dropped(attention(input, context)), x), context);
    const wide = gelu(intermediate(seen, context));
    return norm(add(dropped(output(wide, context)), seen), context);
  };
  return makeModule(forward, {
    ...recordOf(transformerBlockLayer, {}),
    name,
    children: { ...parts },
  });
}

/** A layer of a transformer's encoder as checkpoints and exports know it. */
export const transformerBlockLayer: LayerDefinition<Module<Tensor | MaskedInput>> = defineLayer({
  kind: "transformerBlock",
  settings: {},
  make({ name, children }) {
    return blockOf({
      attention: childOf(children, "attention", attentionLayer),
      "attention.norm": childOf(children, "attention.norm", layerNormLayer),
      intermediate: childOf(children, "intermediate", linearLayer),
      output: childOf(children, "output", linearLayer),
      norm: childOf(children, "norm", layerNormLayer),
      ...dropoutIn(children),
    }, name);
  },
  exported: {
    shape(layer, input) {
      const seen = shapeAfter(layer.branches[0], input);
      requireShape(layer, seen, input);
      return input;
    },
    describe({ branches }, writer, input) {
      const [attention, attentionNorm, intermediate, output, norm] = branches;
      return {
        attention: writer.describe(attention, input),
        attentionNorm: writer.describe(attentionNorm, input),
        intermediate: writer.describe(intermediate, input),
        output: writer.describe(output, shapeAfter(intermediate, input)),
        norm: writer.describe(norm, input),
      };
    },
    onnx({ branches }, graph, x) {
      const [attention, attentionNorm, intermediate, output, norm] = branches;
      const added = (to: string, from: string): OnnxValue => ({
        ...x,
        name: graph.node("Add", [from, to]),
      });
      const attended = graph.layers(attention, x).name;
      const seen = graph.layers(attentionNorm, added(x.name, attended));
      const wide = graph.layers(intermediate, seen);
      const bent = onnxGelu("erf", graph, wide.name);
      const back = graph.layers(output, { ...wide, name: bent }).name;
      return graph.layers(norm, added(seen.name, back)).name;
    },
  },
});

/** The dropout among children, if there is one. */
export function dropoutIn(
  children: Readonly<Record<string, AnyModule>>,
): { readonly dropout?: Module } {
  return "dropout" in children ? { dropout: childOf(children, "dropout", dropoutLayer) } : {};
}

/** Options of {@linkcode transformerEncoder}. */
export interface TransformerEncoderOptions extends Omit<TransformerBlockOptions, "patterns"> {
  /** How many layers there are. */
  readonly layers: number;
  /** The patterns of matrices that have another one. */
  readonly patterns?: MatrixPatterns<`layer${number}.${BlockMatrix}`>;
}

/**
 * Layers of a transformer one after the other: `layer0`, `layer1` and so on, alike but for their connections and values. It
 * takes `[features, positions, examples]`, or that and a mask.
 *
 * @throws {RangeError} if a size is not a whole number above 0, or a layer cannot be had.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const encoder = nn.transformerEncoder({ layers: 2, features: 64, heads: 4 });
 * console.assert(encoder.weights.length === 12);
 * console.assert(encoder.weights[6].label === "encoder.layer1.attention.query.weight");
 * ```
 */
export function transformerEncoder(
  { layers, name = "encoder", ...options }: TransformerEncoderOptions,
): Module<Tensor | MaskedInput> {
  if (!(Number.isInteger(layers) && layers > 0)) {
    throw new RangeError(
      `Cannot make encoder "${name}" of ${layers} layers: expected a whole number above 0`,
    );
  }
  const { patterns: _, ...others } = options;
  const blocks = Array.from({ length: layers }, (_, i): [string, Module<Tensor | MaskedInput>] => {
    const layer = `layer${i}`;
    const own = partOptions(options, layer);
    return [layer, transformerBlock({ ...others, ...own, name: `${name}.${layer}` })];
  });
  return encoderOf(Object.fromEntries(blocks), name);
}

function encoderOf(
  blocks: Readonly<Record<string, Module<Tensor | MaskedInput>>>,
  name: string,
): Module<Tensor | MaskedInput> {
  const forward = (input: Tensor | MaskedInput, context: Context): Tensor => {
    let x = "mask" in input ? input.x : input;
    for (const block of Object.values(blocks)) {
      x = block("mask" in input ? { x, mask: input.mask } : x, context);
    }
    return x;
  };
  return makeModule(forward, {
    ...recordOf(transformerEncoderLayer, {}),
    name,
    children: blocks,
  });
}

/** The encoder as checkpoints and exports know it. */
export const transformerEncoderLayer: LayerDefinition<Module<Tensor | MaskedInput>> = defineLayer({
  kind: "transformerEncoder",
  settings: {},
  make({ name, children }) {
    const blocks = Object.keys(children).map((
      key,
    ) => [key, childOf(children, key, transformerBlockLayer)]);
    return encoderOf(Object.fromEntries(blocks), name);
  },
  exported: {
    shape: ({ branches }, input) => shapeAfter(branches.flat(), input),
    describe: ({ branches }, writer, input) => ({
      layers: writer.describe(branches.flat(), input),
    }),
    onnx: ({ branches }, graph, x) => graph.layers(branches.flat(), x).name,
  },
});
