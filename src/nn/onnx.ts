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

/** Whether a shape is that of a sequence `[features, positions]`. */
export function isSequence({ length }: ExampleShape): boolean {
  return length === 2;
}

/** The shape of a number for each feature that goes beside values of a shape, as ONNX broadcasts. */
export function besideFeatures(features: number, { length }: ExampleShape): number[] {
  return length === 3 ? [features, 1, 1] : [features];
}

/** `x W^T + b` of `[batch, inputs]` or `[batch, positions, inputs]`. */
export function onnxLinear(
  { name, weights: { weight }, vectors: { bias } }: Pick<
    StoredLayer<unknown>,
    "name" | "weights" | "vectors"
  >,
  graph: OnnxGraph,
  { name: x, shape }: OnnxValue,
): string {
  const added = bias === undefined ? [] : [graph.vector(bias, `${name}.bias`)];
  if (!isSequence(shape)) {
    return graph.node("Gemm", [x, graph.weight(weight, name), ...added], { transB: 1n });
  }
  const y = graph.node("MatMul", [x, graph.weight(weight, name, { transposed: true })]);
  return added.length === 0 ? y : graph.node("Add", [y, ...added]);
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
