/**
 * ONNX models as bytes. The numbers of fields are those of `onnx.proto3` of the ONNX project.
 *
 * @module
 */
import type { OnnxAttribute, OnnxAttributes } from "../../nn/onnx.ts";
import { Message } from "./protobuf.ts";

/** The version of the operators that graphs are made of: the first one with layer normalisation (ONNX 1.12, 2022). */
export const OPSET = 17;

/** The version of the file format that belongs to it. */
const IR_VERSION = 8;

/** Most bytes of a message: readers keep the length in 31 bits. */
const LARGEST = 2 ** 31 - 1;

/** Types of numbers, by their numbers in the format. */
const TYPES = { f32: 1, i64: 7 } as const;

/** A type of numbers. */
export type OnnxType = keyof typeof TYPES;

/** What goes into a graph or comes out of it. A size that is a text may differ from run to run. */
export interface OnnxPort {
  /** Its name. */
  readonly name: string;
  /** Type of its numbers. */
  readonly type: OnnxType;
  /** Sizes; the first is that of the batch. */
  readonly shape: readonly (number | string)[];
}

/** What is done with values. */
export interface OnnxNode {
  /** Its name, which is that of its result too. */
  readonly name: string;
  /** The operator. */
  readonly operator: string;
  /** Names of values. */
  readonly inputs: readonly string[];
  /** What it says beside them. */
  readonly attributes: OnnxAttributes;
}

/** An array of a model. */
export interface OnnxArray {
  /** Its name. */
  readonly name: string;
  /** Sizes. */
  readonly shape: readonly number[];
  /** Content. */
  readonly data: Float32Array | BigInt64Array;
}

/** A model. */
export interface OnnxModel {
  /** What it takes. */
  readonly inputs: readonly OnnxPort[];
  /** What it gives. */
  readonly outputs: readonly OnnxPort[];
  /** What it does, in order. */
  readonly nodes: readonly OnnxNode[];
  /** Its arrays. */
  readonly arrays: readonly OnnxArray[];
  /** Texts beside it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of a model: the same for the same model.
 *
 * @throws {RangeError} if they are more than a file of ONNX holds.
 */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const graph = new Message();
  for (const node of model.nodes) graph.message(1, nodeOf(node));
  graph.text(2, "filigree");
  for (const array of model.arrays) graph.message(5, arrayOf(array));
  for (const input of model.inputs) graph.message(11, portOf(input));
  for (const output of model.outputs) graph.message(12, portOf(output));
  const file = new Message().integer(1, IR_VERSION).text(2, "filigree").message(7, graph)
    .message(8, new Message().text(1, "").integer(2, OPSET));
  for (const [key, value] of Object.entries(model.metadata)) {
    file.message(14, new Message().text(1, key).text(2, value));
  }
  if (file.length <= LARGEST) return file.encode();
  throw new RangeError(
    `Cannot export the model as ONNX: it takes ${file.length} bytes; ` +
      `expected at most ${LARGEST}, which a file of ONNX holds`,
  );
}

function nodeOf({ name, operator, inputs, attributes }: OnnxNode): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  node.text(2, name).text(3, name).text(4, operator);
  for (const [key, value] of Object.entries(attributes)) node.message(5, attributeOf(key, value));
  return node;
}

function attributeOf(name: string, value: OnnxAttribute): Message {
  const attribute = new Message().text(1, name);
  switch (typeof value) {
    case "bigint":
      return attribute.integer(3, value).integer(20, 2);
    case "number":
      return attribute.float(2, value).integer(20, 1);
    case "string":
      return attribute.text(4, value).integer(20, 3);
    default:
      // One by one, as the schema has them: it is of the version of protocol buffers that does not join them.
      for (const each of value) attribute.integer(8, each);
      return attribute.integer(20, 7);
  }
}

function arrayOf({ name, shape, data }: OnnxArray): Message {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const type = data instanceof Float32Array ? TYPES.f32 : TYPES.i64;
  const array = new Message();
  for (const size of shape) array.integer(1, size);
  return array.integer(2, type).text(8, name).bytes(9, bytes);
}

function portOf({ name, type, shape }: OnnxPort): Message {
  const sizes = new Message();
  for (const size of shape) {
    const dimension = new Message();
    sizes.message(
      1,
      typeof size === "number" ? dimension.integer(1, size) : dimension.text(2, size),
    );
  }
  const tensor = new Message().integer(1, TYPES[type]).message(2, sizes);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
