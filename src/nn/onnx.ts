/**
 * What a layer needs to say how it is a part of an ONNX graph: the graph that it adds nodes to, and how shapes of ours lie
 * there. Who makes the graph and writes it is `src/train/onnx/`.
 *
 * ONNX has examples first. `[features]` is `[batch, features]` there, images `[channels, height, width]` are
 * `[batch, channels, height, width]`, and a sequence `[features, positions]` is `[batch, positions, features]`.
 *
 * @module
 */
import type { GeluForm } from "../ops/pointwise/gelu.ts";
import type { ExampleShape, Rows, StoredLayer } from "./definition.ts";

/** What nodes say beside their inputs: whole numbers as bigint, others as number. */
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

/** A whole number (bigint), a number, a text, or a list of whole numbers. */
export type OnnxAttribute = bigint | number | string | readonly bigint[];

/** A tensor of an ONNX graph. */
export interface OnnxValue {
  /** Its name in the graph. */
  readonly name: string;
  /** What an example of it is to us; see above how that lies in the graph. */
  readonly shape: ExampleShape;
}

/** Takes the nodes and the arrays of an ONNX graph. */
export interface OnnxGraph {
  /**
   * Adds a node of one result and gives the name of that.
   *
   * @param operator Such as `MatMul`.
   * @param inputs Names of values; empty where an optional one is left out.
   */
  node(operator: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /**
   * Adds the matrix of a weight, `[outputs, inputs]`, and gives its name.
   *
   * @param how `transposed`: `[inputs, outputs]`. `kernel`: `[outputs, channels, height, width]` of a convolution.
   */
  weight(rows: Rows, name: string, how?: OnnxWeightForm): string;
  /** Adds a vector and gives its name; one that is there already is not added again. */
  vector(vector: Float64Array, name: string, shape?: ExampleShape): string;
  /** Adds a number of f32 and gives its name. */
  number(value: number): string;
  /** Adds whole numbers, such as axes or a shape, and gives their name. */
  integers(values: readonly number[]): string;
  /** Adds what layers do one after the other. */
  layers(layers: readonly StoredLayer[], input: OnnxValue): OnnxValue;
  /** Says that examples of another length cannot go through the graph. */
  fixLength(): void;
}

/** How a weight lies in an ONNX graph. */
export interface OnnxWeightForm {
  /** Inputs first; false by default. */
  readonly transposed?: boolean;
  /** Height and width of the windows of a convolution. */
  readonly kernel?: readonly [height: number, width: number];
}

/** The number of f32 among the types of ONNX. */
export const ONNX_FLOAT = 1n;

/** The lowest number of f32: with any score added to it softmax makes 0 of it. */
const LOWEST = -3.4028234663852886e38;

/** The shape of a number for each feature that goes beside values of a shape, as ONNX broadcasts. */
export function besideFeatures(features: number, { length }: ExampleShape): number[] {
  return length === 3 ? [features, 1, 1] : [features];
}

/** `x scale + shift`, a number of each for every feature. */
export function onnxAffine(
  graph: OnnxGraph,
  { name: x, shape }: OnnxValue,
  { scale, shift, name }: {
    readonly scale: Float64Array;
    readonly shift: Float64Array;
    readonly name: string;
  },
): string {
  const beside = besideFeatures(scale.length, shape);
  const scaled = graph.node("Mul", [x, graph.vector(scale, `${name}.scale`, beside)]);
  return graph.node("Add", [scaled, graph.vector(shift, `${name}.shift`, beside)]);
}

/** GELU of the operators that every version of ONNX has: its own came with opset 20. */
export function onnxGelu(form: GeluForm, graph: OnnxGraph, x: string): string {
  const share = form === "erf"
    ? graph.node("Erf", [graph.node("Mul", [x, graph.number(Math.SQRT1_2)])])
    : graph.node("Tanh", [tanhArgument(graph, x)]);
  const doubled = graph.node("Add", [share, graph.number(1)]);
  return graph.node("Mul", [graph.node("Mul", [x, graph.number(0.5)]), doubled]);
}

/** `sqrt(2 / pi) (x + 0.044715 x^3)`. */
function tanhArgument(graph: OnnxGraph, x: string): string {
  const cube = graph.node("Mul", [graph.node("Mul", [x, x]), x]);
  const bent = graph.node("Add", [x, graph.node("Mul", [cube, graph.number(0.044715)])]);
  return graph.node("Mul", [bent, graph.number(Math.sqrt(2 / Math.PI))]);
}

/** What ONNX says of windows over images. */
export function onnxRegions({ size, stride, padding }: {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: number;
}): OnnxAttributes {
  return {
    kernel_shape: size.map(BigInt),
    strides: stride.map(BigInt),
    pads: Array.from({ length: 4 }, () => BigInt(padding)),
  };
}

/** A norm of the features of each position, or of the channels of each pixel. */
export interface OnnxNormParts {
  /** A number for each feature. */
  readonly gain: Float64Array;
  /** The same, if there is one. */
  readonly bias?: Float64Array | undefined;
  /** Added to variances or mean squares. */
  readonly epsilon: number;
  /** The way to the norm. */
  readonly name: string;
}

/** `(x - mean) / sqrt(variance + epsilon) gain + bias`. */
export function onnxLayerNorm(
  graph: OnnxGraph,
  { name: x, shape }: OnnxValue,
  { gain, bias, epsilon, name }: OnnxNormParts,
): string {
  const added = bias === undefined ? [] : [graph.vector(bias, `${name}.bias`)];
  const norm = (features: string): string =>
    graph.node("LayerNormalization", [features, graph.vector(gain, `${name}.gain`), ...added], {
      axis: -1n,
      epsilon,
    });
  if (shape.length !== 3) return norm(x);
  // The operator takes the last sizes.
  const last = graph.node("Transpose", [x], { perm: [0n, 2n, 3n, 1n] });
  return graph.node("Transpose", [norm(last)], { perm: [0n, 3n, 1n, 2n] });
}

/** `x / sqrt(mean of x^2 + epsilon) gain`. */
export function onnxRmsNorm(
  graph: OnnxGraph,
  { name: x, shape }: OnnxValue,
  { gain, epsilon, name }: OnnxNormParts,
): string {
  const axes = [shape.length === 3 ? 1n : -1n];
  const mean = graph.node("ReduceMean", [graph.node("Mul", [x, x])], { axes, keepdims: 1n });
  const root = graph.node("Sqrt", [graph.node("Add", [mean, graph.number(epsilon)])]);
  const beside = besideFeatures(gain.length, shape);
  const factor = graph.vector(gain, `${name}.gain`, beside);
  return graph.node("Mul", [graph.node("Div", [x, root]), factor]);
}

/**
 * The first rows of a table, `[positions, features]`: as many as a sequence has positions.
 *
 * @param x `[batch, positions]`, or that and more sizes.
 */
export function onnxFirstRows(graph: OnnxGraph, table: string, x: string): string {
  const positions = graph.node("Shape", [x], { start: 1n, end: 2n });
  return graph.node("Slice", [table, graph.integers([0]), positions]);
}

/** What attention is made of in an ONNX graph: names of values `[batch, positions, features]`. */
export interface OnnxAttentionParts {
  /** What each position asks for. */
  readonly query: string;
  /** What it is found by. */
  readonly key: string;
  /** What it gives. */
  readonly value: string;
  /** Numbers of a position. */
  readonly features: number;
  /** Parts of them that attend by themselves. */
  readonly heads: number;
  /** Whether a position attends to none behind it. */
  readonly causal: boolean;
  /** What {@linkcode onnxMask} gave; every position is seen where absent. */
  readonly mask?: string;
}

/**
 * Attention among the positions of each example, `[batch, positions, features]`. An example whose positions are all masked
 * attends to all of them alike, as in PyTorch's eager form; here it gives zeros.
 */
export function onnxAttention(
  graph: OnnxGraph,
  { query, key, value, features, heads, causal, mask }: OnnxAttentionParts,
): string {
  const split = graph.integers([0, 0, heads, features / heads]);
  const headed = (x: string, perm: readonly bigint[]): string =>
    graph.node("Transpose", [graph.node("Reshape", [x, split])], { perm });
  const products = graph.node("MatMul", [
    headed(query, [0n, 2n, 1n, 3n]),
    headed(key, [0n, 2n, 3n, 1n]),
  ]);
  let scores = graph.node("Mul", [products, graph.number(1 / Math.sqrt(features / heads))]);
  if (mask !== undefined) scores = graph.node("Add", [scores, mask]);
  if (causal) scores = graph.node("Add", [scores, onnxCausalMask(graph, query)]);
  const shares = graph.node("Softmax", [scores], { axis: -1n });
  const attended = graph.node("MatMul", [shares, headed(value, [0n, 2n, 1n, 3n])]);
  const joined = graph.node("Transpose", [attended], { perm: [0n, 2n, 1n, 3n] });
  return graph.node("Reshape", [joined, graph.integers([0, 0, features])]);
}

/**
 * The features of every head turned by the angle of their position, as `rotary` turns them.
 *
 * @param each Names of values `[batch, positions, features]`, such as queries and keys.
 * @param angles What `rotaryNumbers` gives for this depth and these positions.
 */
export function onnxRotary(
  graph: OnnxGraph,
  each: readonly string[],
  { heads, depth, positions }: {
    readonly heads: number;
    readonly depth: number;
    readonly positions: number;
  },
  angles: ArrayLike<number>,
): string[] {
  const half = depth / 2;
  const tables = ["cosines", "sines"].map((name, i) => {
    // Positions first.
    const numbers = Float64Array.from(
      { length: half * positions },
      (_, at) => angles[(i * half + at % half) * positions + Math.floor(at / half)],
    );
    return graph.vector(numbers, `rotary.${name}`, [positions, 1, half]);
  });
  return each.map((x) => {
    const [cosines, sines] = tables.map((table) => onnxFirstRows(graph, table, x));
    const split = graph.node("Reshape", [x, graph.integers([0, 0, heads, depth])]);
    const [a, b] = [0, half].map((begin) => {
      const range = [[begin], [begin + half], [3]].map((numbers) => graph.integers(numbers));
      return graph.node("Slice", [split, ...range]);
    });
    const times = (value: string, by: string): string => graph.node("Mul", [value, by]);
    const turned = graph.node("Concat", [
      graph.node("Sub", [times(a, cosines), times(b, sines)]),
      graph.node("Add", [times(b, cosines), times(a, sines)]),
    ], { axis: -1n });
    return graph.node("Reshape", [turned, graph.integers([0, 0, heads * depth])]);
  });
}

/**
 * What is added to the products of queries and keys, so that masked positions are not seen.
 *
 * @param mask `[batch, positions]`: 1 where a position may be seen, 0 where not.
 */
export function onnxMask(graph: OnnxGraph, mask: string): string {
  const hidden = graph.node("Sub", [
    graph.number(1),
    graph.node("Cast", [mask], { to: ONNX_FLOAT }),
  ]);
  const added = graph.node("Mul", [hidden, graph.number(LOWEST)]);
  return graph.node("Unsqueeze", [added, graph.integers([1, 2])]);
}

/** The same for positions behind that of the query: `[positions, positions]`. */
function onnxCausalMask(graph: OnnxGraph, x: string): string {
  const length = graph.node("Shape", [x], { start: 1n, end: 2n });
  const scalar = graph.node("Squeeze", [length]);
  const [zero, one] = [[0], [1]].map((each) => graph.node("Squeeze", [graph.integers(each)]));
  const places = graph.node("Range", [zero, scalar, one]);
  const [keys, queries] = [[0], [1]].map((axes) =>
    graph.node("Unsqueeze", [places, graph.integers(axes)])
  );
  const seen = graph.node("LessOrEqual", [keys, queries]);
  return graph.node("Where", [seen, graph.number(0), graph.number(LOWEST)]);
}
