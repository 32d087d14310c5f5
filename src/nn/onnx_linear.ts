/**
 * What a linear layer is in an ONNX graph, apart from what other layers are, because every model has one.
 *
 * @module
 */
import type { ExampleShape, StoredLayer } from "./definition.ts";
import type { OnnxGraph, OnnxValue } from "./onnx.ts";

/** Whether a shape is that of a sequence `[features, positions]`. */
export function isSequence({ length }: ExampleShape): boolean {
  return length === 2;
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
