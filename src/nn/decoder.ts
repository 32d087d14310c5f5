/**
 * The blocks of a decoder and what they make together: normalised before each part, as GPT-2 is (Radford et al. 2019).
 *
 * @module
 */
import { add } from "../ops/add.ts";
import type { GeluForm } from "../ops/pointwise/gelu.ts";
import { Tensor } from "../program/trace.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import {
  causalAttention,
  causalAttentionLayer,
  type KeptPositions,
  type NextPosition,
} from "./causal_attention.ts";
import type { Context } from "./context.ts";
import {
  childOf,
  defineLayer,
  isOf,
  type LayerDefinition,
  recordOf,
  requireShape,
  shapeAfter,
} from "./definition.ts";
import { dropout } from "./dropout.ts";
import { gelu, geluLayer } from "./gelu.ts";
import { linear, linearLayer } from "./linear.ts";
import { type AnyModule, makeModule, type Module } from "./module.ts";
import { layerNorm, layerNormLayer, rmsNorm, rmsNormLayer } from "./norms.ts";
import {
  matrixOptions,
  type MatrixPatterns,
  partOptions,
  type WeightOptions,
} from "./parameters.ts";
import { type BlockMatrix, dropoutIn } from "./transformer.ts";

/** How features are normalised: by mean and variance, or by their mean square. */
export type NormName = "layer" | "rms";

/** Options of {@linkcode decoderBlock}. */
export interface DecoderBlockOptions extends WeightOptions {
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
  /** What the matrices begin with whose results are added to x; by default as the others do. */
  readonly outputInit?: WeightOptions["init"];
  /** Positions, at most, by whose angles queries and keys are turned; 0, the default, turns none. */
  readonly rotary?: number;
  /** How features are normalised; `"layer"` by default. */
  readonly norm?: NormName;
  /** The form of the GELU; `"tanh"` by default, as in GPT-2. */
  readonly gelu?: GeluForm;
  /** Share of the probabilities, and of what the attention and the second matrix give, that training drops; 0 by default. */
  readonly dropout?: number;
  /** Added to variances or mean squares; 1e-5 by default, as in GPT-2. */
  readonly epsilon?: number;
  /** Name in plans, errors and checkpoints. */
  readonly name?: string;
}

/** What a block is made of, by name: `attention.norm` stands before the attention, `norm` before the two matrices. */
interface BlockParts {
  readonly "attention.norm": Module;
  readonly attention: Module<Tensor | NextPosition>;
  readonly norm: Module;
  readonly intermediate: Module;
  readonly activation: Module;
  readonly output: Module;
  readonly dropout?: Module;
}

/**
 * A norm of features by its name.
 *
 * @throws {RangeError} if a size is none.
 */
export function normNamed(
  norm: NormName,
  features: number,
  options: { readonly epsilon: number; readonly name: string },
): Module {
  return norm === "rms" ? rmsNorm(features, options) : layerNorm(features, options);
}

/**
 * A block of a decoder: causal self-attention, then two matrices with a GELU between them, each of what was normalised, and added
 * to what was not. It takes `[features, positions, examples]`, or one position with what is kept of those before it.
 *
 * @throws {RangeError} if a size is not a whole number above 0, the heads do not divide the features, the dropout is no share,
 * or a pattern cannot be had.
 * @example
 * ```ts
 * import { block, nn } from "@filigree/filigree";
 *
 * const pattern = block(16, { density: 0.25 });
 * const layer = nn.decoderBlock({ features: 64, heads: 4, pattern, norm: "rms", rotary: 128 });
 * console.assert(layer.weights.length === 6 && layer.weights[4].label.endsWith("intermediate.weight"));
 * ```
 */
export function decoderBlock(options: DecoderBlockOptions): Module<Tensor | NextPosition> {
  const { features, heads, intermediate = 4 * features, norm = "layer", rotary = 0 } = options;
  const { epsilon = 1e-5, init, outputInit = init } = options;
  const { dropout: rate = 0, gelu: form = "tanh", name = "decoderBlock" } = options;
  const last = outputInit === undefined ? {} : { init: outputInit };
  const named = (part: string) => ({ name: `${name}.${part}` });
  return blockOf({
    "attention.norm": normNamed(norm, features, { epsilon, ...named("attention.norm") }),
    attention: causalAttention({
      ...{ features, heads, dropout: rate, rotary, ...partOptions(options, "attention") },
      ...named("attention"),
      ...(outputInit === undefined ? {} : { outputInit }),
    }),
    norm: normNamed(norm, features, { epsilon, ...named("norm") }),
    intermediate: linear(features, intermediate, {
      ...matrixOptions(options, "intermediate"),
      ...named("intermediate"),
    }),
    activation: gelu({ form }),
    output: linear(intermediate, features, {
      ...matrixOptions(options, "output"),
      ...last,
      ...named("output"),
    }),
    ...(rate === 0 ? {} : { dropout: dropout(rate) }),
  }, name);
}

function blockOf(parts: BlockParts, name: string): Module<Tensor | NextPosition> {
  const { attention, norm, intermediate, activation, output } = parts;
  const attentionNorm = parts["attention.norm"];
  const forward = (input: Tensor | NextPosition, context: Context): Tensor => {
    const dropped = (x: Tensor): Tensor => parts.dropout?.(x, context) ?? x;
    const x = input instanceof Tensor ? input : input.x;
    const read = attentionNorm(x, context);
    const attended = attention(input instanceof Tensor ? read : { ...input, x: read }, context);
    const seen = add(dropped(attended), x);
    const wide = activation(intermediate(norm(seen, context), context), context);
    return add(dropped(output(wide, context)), seen);
  };
  return makeModule(forward, {
    ...recordOf(decoderBlockLayer, {}),
    name,
    children: { ...parts },
  });
}

/** A norm of either kind among children. */
export function normIn(children: Readonly<Record<string, AnyModule>>, name: string): Module {
  const child: AnyModule | undefined = children[name];
  return child !== undefined && isOf(child, rmsNormLayer)
    ? child
    : childOf(children, name, layerNormLayer);
}

/** A block of a decoder as checkpoints and exports know it. */
export const decoderBlockLayer: LayerDefinition<Module<Tensor | NextPosition>> = defineLayer({
  kind: "decoderBlock",
  settings: {},
  make: ({ name, children }) =>
    blockOf({
      "attention.norm": normIn(children, "attention.norm"),
      attention: childOf(children, "attention", causalAttentionLayer),
      norm: normIn(children, "norm"),
      intermediate: childOf(children, "intermediate", linearLayer),
      activation: childOf(children, "activation", geluLayer),
      output: childOf(children, "output", linearLayer),
      ...dropoutIn(children),
    }, name),
  exported: {
    shape(layer, input) {
      requireShape(layer, shapeAfter(layer.branches[1], input), input);
      return input;
    },
    describe({ branches }, writer, input) {
      const [attentionNorm, attention, norm, intermediate, activation, output] = branches;
      const wide = shapeAfter(intermediate, input);
      return {
        attentionNorm: writer.describe(attentionNorm, input),
        attention: writer.describe(attention, input),
        norm: writer.describe(norm, input),
        intermediate: writer.describe(intermediate, input),
        activation: writer.describe(activation, wide),
        output: writer.describe(output, wide),
      };
    },
    onnx({ branches }, graph, x) {
      const [attentionNorm, attention, norm, intermediate, activation, output] = branches;
      const attended = graph.layers([...attentionNorm, ...attention], x).name;
      const seen = graph.node("Add", [attended, x.name]);
      const parts = [...norm, ...intermediate, ...activation, ...output];
      return graph.node("Add", [graph.layers(parts, { ...x, name: seen }).name, seen]);
    },
  },
});

/** Options of {@linkcode transformerDecoder}. */
export interface TransformerDecoderOptions extends Omit<DecoderBlockOptions, "patterns"> {
  /** How many blocks there are. */
  readonly layers: number;
  /** The patterns of matrices that have another one. */
  readonly patterns?: MatrixPatterns<`layer${number}.${BlockMatrix}`>;
}

/** One position of each example, beside what every block has kept of those before it. */
export interface NextOfDecoder extends Omit<NextPosition, "kept"> {
  /** What is kept, by block. */
  readonly kept: readonly KeptPositions[];
}

/**
 * Blocks of a decoder one after the other: `layer0`, `layer1` and so on. It takes `[features, positions, examples]`, or one
 * position with what every block has kept of those before it.
 *
 * @throws {RangeError} if a size is not a whole number above 0, or a block cannot be had.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const decoder = nn.transformerDecoder({ layers: 2, features: 64, heads: 4 });
 * console.assert(decoder.weights[6].label === "decoder.layer1.attention.query.weight");
 * ```
 */
export function transformerDecoder(
  { layers, name = "decoder", ...options }: TransformerDecoderOptions,
): Module<Tensor | NextOfDecoder> {
  if (!(Number.isInteger(layers) && layers > 0)) {
    throw new RangeError(
      `Cannot make decoder "${name}" of ${layers} layers: expected a whole number above 0`,
    );
  }
  const { patterns: _, ...others } = options;
  const blocks = Array.from({ length: layers }, (_, i): [string, Module<Tensor | NextPosition>] => {
    const own = partOptions(options, `layer${i}`);
    return [`layer${i}`, decoderBlock({ ...others, ...own, name: `${name}.layer${i}` })];
  });
  return decoderOf(Object.fromEntries(blocks), name);
}

function decoderOf(
  blocks: Readonly<Record<string, Module<Tensor | NextPosition>>>,
  name: string,
): Module<Tensor | NextOfDecoder> {
  const each = Object.values(blocks);
  const forward = (input: Tensor | NextOfDecoder, context: Context): Tensor => {
    if (input instanceof Tensor) return each.reduce((x, block) => block(x, context), input);
    const { x: first, kept, ...next } = input;
    if (kept.length !== each.length) {
      throw new TypeError(
        `Cannot go on with decoder "${name}": keys and values of ${kept.length} blocks are kept; expected ${each.length}`,
      );
    }
    return each.reduce((x, block, i) => block({ x, ...next, kept: kept[i] }, context), first);
  };
  return makeModule(forward, {
    ...recordOf(transformerDecoderLayer, {}),
    name,
    children: blocks,
  });
}

/** The decoder as checkpoints and exports know it. */
export const transformerDecoderLayer: LayerDefinition<Module<Tensor | NextOfDecoder>> = defineLayer(
  {
    kind: "transformerDecoder",
    settings: {},
    make({ name, children }) {
      const blocks = Object.keys(children).map((
        key,
      ) => [key, childOf(children, key, decoderBlockLayer)]);
      return decoderOf(Object.fromEntries(blocks), name);
    },
    exported: {
      shape: ({ branches }, input) => shapeAfter(branches.flat(), input),
      describe: ({ branches }, writer, input) => ({
        layers: writer.describe(branches.flat(), input),
      }),
      onnx: ({ branches }, graph, x) => graph.layers(branches.flat(), x).name,
    },
  },
);
