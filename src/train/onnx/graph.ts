/**
 * The graph that layers add their nodes and arrays to.
 *
 * @module
 */
import {
  type ExampleShape,
  exportOfLayer,
  type Rows,
  sizeOf,
  type StoredLayer,
} from "../../nn/definition.ts";
import type { OnnxAttributes, OnnxGraph, OnnxValue, OnnxWeightForm } from "../../nn/onnx.ts";
import { numbered } from "../../nn/tree.ts";
import { denseOf } from "../rows.ts";
import type { OnnxArray, OnnxNode } from "./model.ts";

/** Nodes and arrays; each array is there once. */
export class Graph implements OnnxGraph {
  /** In the order of their use. */
  readonly nodes: OnnxNode[] = [];
  /** In the order of their use. */
  readonly arrays: OnnxArray[] = [];
  #isFixed = false;
  #layer = "";
  readonly #taken: Set<string>;
  readonly #added = new Map<object, Map<string, string>>();
  readonly #constants = new Map<string, string>();

  /** @param taken Names of what goes into the graph and comes out of it. */
  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  /** Whether examples of one length alone can go through it. */
  get isFixed(): boolean {
    return this.#isFixed;
  }

  fixLength(): void {
    this.#isFixed = true;
  }

  node(
    operator: string,
    inputs: readonly string[],
    attributes: OnnxAttributes = {},
    wanted = this.#layer === "" ? operator : `${this.#layer}/${operator}`,
  ): string {
    const name = this.#name(wanted);
    this.nodes.push({ name, operator, inputs, attributes });
    return name;
  }

  weight(rows: Rows, name: string, { transposed = false, kernel }: OnnxWeightForm = {}): string {
    const { inputs, begin: { length } } = rows;
    const outputs = length - 1;
    const shape = kernel !== undefined
      ? [outputs, inputs / sizeOf(kernel), ...kernel]
      : transposed
      ? [inputs, outputs]
      : [outputs, inputs];
    const make = () => denseOf(rows, transposed);
    return this.#add(rows, `${name}.weight`, shape, make, transposed ? "transposed" : "");
  }

  vector(vector: Float64Array, name: string, shape: ExampleShape = [vector.length]): string {
    return this.#add(vector, name, shape, () => Float32Array.from(vector));
  }

  number(value: number): string {
    return this.#constant(`number ${value}`, [], () => Float32Array.of(value));
  }

  integers(values: readonly number[]): string {
    const make = () => BigInt64Array.from(values, BigInt);
    return this.#constant(`integers ${values.join(" ")}`, [values.length], make);
  }

  layers(layers: readonly StoredLayer[], input: OnnxValue): OnnxValue {
    return layers.reduce((value, layer) => this.#layerOf(layer, value), input);
  }

  /** Gives the nodes that are added meanwhile names that begin so. */
  within<T>(name: string, add: () => T): T {
    const around = this.#layer;
    this.#layer = name;
    try {
      return add();
    } finally {
      this.#layer = around;
    }
  }

  #layerOf(layer: StoredLayer, value: OnnxValue): OnnxValue {
    const { name, definition: { kind } } = layer;
    const { shape, onnx } = exportOfLayer(layer);
    if (onnx === undefined) {
      throw new TypeError(
        `Cannot export the model as ONNX: its layer of the kind "${kind}" does not say what it is there; ` +
          "expected layers of nn, or ones with a definition that says it",
      );
    }
    const after = shape(layer, value.shape);
    return { shape: after, name: this.within(name, () => onnx(layer, this, value)) };
  }

  #constant(known: string, shape: ExampleShape, make: () => OnnxArray["data"]): string {
    const name = this.#constants.get(known);
    if (name !== undefined) return name;
    const given = this.#name(known.replaceAll(" ", "_"));
    this.#constants.set(known, given);
    this.arrays.push({ name: given, shape, data: make() });
    return given;
  }

  #add(
    object: object,
    wanted: string,
    shape: ExampleShape,
    make: () => OnnxArray["data"],
    turned = "",
  ): string {
    const form = `${shape} ${turned}`;
    const forms = this.#added.get(object) ?? new Map<string, string>();
    this.#added.set(object, forms);
    const known = forms.get(form);
    if (known !== undefined) return known;
    const name = this.#name(wanted);
    forms.set(form, name);
    this.arrays.push({ name, shape, data: make() });
    return name;
  }

  #name(wanted: string): string {
    const name = numbered(wanted, this.#taken);
    this.#taken.add(name);
    return name;
  }
}
