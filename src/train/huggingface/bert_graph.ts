/**
 * A BERT as an ONNX graph, with the names of inputs and outputs that the libraries of Hugging Face know.
 *
 * @module
 */
import type { Rows } from "../../nn/definition.ts";
import {
  onnxAttention,
  onnxFirstRows,
  onnxGelu,
  onnxLayerNorm,
  onnxMask,
  type OnnxValue,
  type OnnxWeightForm,
} from "../../nn/onnx.ts";
import { onnxLinear } from "../../nn/onnx_linear.ts";
import { Graph } from "../onnx/graph.ts";
import type { OnnxModel, OnnxPort } from "../onnx/model.ts";
import type { BertParameters } from "./bert.ts";
import type { BertConfig } from "./config.ts";

/** What goes in: numbers of pieces, 1 where one counts, the segment of each. */
const INPUTS = ["input_ids", "attention_mask", "token_type_ids"] as const;

/**
 * The graph of a BERT: `input_ids`, `attention_mask` and `token_type_ids`, i64 `[batch, length]`, become
 * `last_hidden_state`, and either `logits` of the words and `seq_relationship_logits`, or `logits` of the classes.
 *
 * @throws {TypeError} if a parameter is missing.
 */
export function bertGraph(config: BertConfig, parameters: BertParameters): OnnxModel {
  const graph = new Graph([...INPUTS]);
  const bert = new Bert(graph, config, parameters);
  const hidden = bert.hidden();
  const ports: OnnxPort[] = [];
  const give = (name: string, value: string, shape: readonly (number | string)[]): void => {
    ports.push({ name: graph.node("Identity", [value], {}, name), type: "f32", shape });
  };
  const { vocabulary, features, classes } = config;
  const pooled = bert.pooled(hidden);
  if (classes === undefined) {
    give("logits", bert.words(hidden), ["batch", "length", vocabulary]);
    give("seq_relationship_logits", bert.linear("next", pooled), ["batch", 2]);
  } else {
    give("logits", bert.linear("classifier", pooled), ["batch", classes.length]);
  }
  give("last_hidden_state", hidden, ["batch", "length", features]);
  return {
    inputs: INPUTS.map((name) => ({ name, type: "i64", shape: ["batch", "length"] })),
    outputs: ports,
    nodes: graph.nodes,
    arrays: graph.arrays,
    metadata: {},
  };
}

/** The parts of a BERT, which add themselves to a graph. */
class Bert {
  readonly #graph: Graph;
  readonly #config: BertConfig;
  readonly #parameters: BertParameters;

  constructor(graph: Graph, config: BertConfig, parameters: BertParameters) {
    this.#graph = graph;
    this.#config = config;
    this.#parameters = parameters;
  }

  /** What the encoder makes of the tokens: `[batch, length, features]`. */
  hidden(): string {
    const mask = this.#graph.within("encoder", () => onnxMask(this.#graph, INPUTS[1]));
    let x = this.#embedded();
    for (let i = 0; i < this.#config.layers; i++) x = this.#layer(`encoder.layer${i}`, x, mask);
    return x;
  }

  /** What stands for the whole text: `[batch, features]`. */
  pooled(hidden: string): string {
    const first = this.#graph.node("Gather", [hidden, this.#graph.integers([0])], { axis: 1n });
    const features = this.#graph.node("Flatten", [first], { axis: 1n });
    return this.#graph.node("Tanh", [this.linear("pooler", features)]);
  }

  /** Logits of the words at each position, by the table of the embeddings. */
  words(hidden: string): string {
    const { gelu } = this.#config;
    return this.#graph.within("masked", () => {
      const shape = [this.#config.features, 1];
      const transformed = this.#linear("masked.transform", { name: hidden, shape });
      const x = this.#norm("masked.norm", onnxGelu(gelu, this.#graph, transformed));
      const table = this.#table("words");
      // The same array as that of the embedding: a runtime turns it once, where it loads the file.
      const turned = this.#graph.node("Transpose", [table], { perm: [1n, 0n] });
      const bias = this.#graph.vector(this.#vector("masked.bias"), "masked.bias");
      return this.#graph.node("Add", [this.#graph.node("MatMul", [x, turned]), bias]);
    });
  }

  /** A matrix and a bias, of `[batch, features]`. */
  linear(way: string, x: string): string {
    return this.#linear(way, { name: x, shape: [this.#config.features] });
  }

  #embedded(): string {
    const [tokens, , segments] = INPUTS;
    return this.#graph.within("embeddings", () => {
      const table = this.#table("positions", { transposed: true });
      const positions = onnxFirstRows(this.#graph, table, tokens);
      const words = this.#graph.node("Gather", [this.#table("words"), tokens]);
      const kinds = this.#graph.node("Gather", [this.#table("segments"), segments]);
      const sum = this.#graph.node("Add", [this.#graph.node("Add", [words, kinds]), positions]);
      return this.#norm("embeddings.norm", sum);
    });
  }

  #layer(way: string, x: string, mask: string): string {
    const { features, heads, gelu, intermediate } = this.#config;
    const at = (name: string, width = features): OnnxValue => ({ name, shape: [width, 1] });
    const [query, key, value] = ["query", "key", "value"].map((part) =>
      this.#linear(`${way}.attention.${part}`, at(x))
    );
    const attended = this.#graph.within(
      `${way}.attention`,
      () => onnxAttention(this.#graph, { query, key, value, features, heads, causal: false, mask }),
    );
    const seen = this.#linear(`${way}.attention.output`, at(attended));
    const y = this.#norm(`${way}.attention.norm`, this.#graph.node("Add", [seen, x]));
    const wide = this.#linear(`${way}.intermediate`, at(y));
    const bent = this.#graph.within(way, () => onnxGelu(gelu, this.#graph, wide));
    const back = this.#linear(`${way}.output`, at(bent, intermediate));
    return this.#norm(`${way}.norm`, this.#graph.node("Add", [back, y]));
  }

  #linear(way: string, x: OnnxValue): string {
    const weights = { weight: this.#weight(`${way}.weight`) };
    const vectors = { bias: this.#vector(`${way}.bias`) };
    return this.#graph.within(
      way,
      () => onnxLinear({ name: way, weights, vectors }, this.#graph, x),
    );
  }

  #norm(way: string, x: string): string {
    const [gain, bias] = ["gain", "bias"].map((part) => this.#vector(`${way}.${part}`));
    const { epsilon } = this.#config;
    return this.#graph.within(
      way,
      () =>
        onnxLayerNorm(this.#graph, { name: x, shape: [this.#config.features, 1] }, {
          gain,
          bias,
          epsilon,
          name: way,
        }),
    );
  }

  #table(part: string, how: OnnxWeightForm = {}): string {
    const name = `embeddings.${part}`;
    return this.#graph.weight(this.#weight(`${name}.weight`), name, how);
  }

  #weight(way: string): Rows {
    return this.#parameters.weights.get(way) ?? missing(way);
  }

  #vector(way: string): Float64Array {
    return this.#parameters.vectors.get(way) ?? missing(way);
  }
}

function missing(way: string): never {
  throw new TypeError(
    `Cannot export the model for Hugging Face: it has no "${way}"; expected a BERT`,
  );
}
