/**
 * A GPT in the form of GPT-2, as the libraries of Hugging Face have it: the names of its parameters there, and `config.json`.
 *
 * Matrices are `[inputs, outputs]` there, those of queries, keys and values are one, and so are their biases.
 *
 * @module
 */
import type { Rows } from "../../nn/definition.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { modelIn } from "../description.ts";
import { CheckpointError } from "../errors.ts";
import { denseOf } from "../rows.ts";
import type { NamedTensor } from "../safetensors.ts";
import { firstOf, type StoredParameters, storedParameters } from "./parameters.ts";

/** A GPT in numbers. */
export interface GptConfig {
  /** Tokens. */
  readonly vocabulary: number;
  /** Most positions. */
  readonly positions: number;
  /** Numbers of a position. */
  readonly features: number;
  /** Blocks. */
  readonly layers: number;
  /** Parts of the features that attend by themselves. */
  readonly heads: number;
  /** Numbers between the two matrices behind the attention. */
  readonly intermediate: number;
  /** How GELU is computed. */
  readonly gelu: "erf" | "tanh";
  /** What is added to variances. */
  readonly epsilon: number;
  /** Share that training drops. */
  readonly dropout: number;
}

/** A GPT. */
export interface StoredGpt {
  /** Its sizes. */
  readonly config: GptConfig;
  /** Its parameters. */
  readonly parameters: StoredParameters;
}

/**
 * The GPT of a checkpoint.
 *
 * @throws {CheckpointError} if it has not the form of GPT-2: names what is otherwise.
 */
export function gptIn(checkpoint: Checkpoint): StoredGpt {
  const refuse = (why: string): never => {
    throw new CheckpointError(
      checkpoint.path,
      `${why}; expected the form of GPT-2, which alone is exported for Hugging Face: layer norms and learnt positions. The ` +
        "formats onnx, dense and condensed take any form",
    );
  };
  const tree = modelIn(checkpoint) ?? refuse("it does not say what its model does");
  const said = (kind: string, setting: string): unknown => firstOf(tree, kind)?.settings?.[setting];
  if (firstOf(tree, "rmsNorm") !== undefined) refuse("its norms are RMS norms");
  if (Number(said("causalAttention", "rotary")) > 0) refuse("its positions are rotary");
  const parameters = storedParameters(checkpoint);
  const shapeOf = (way: string): [number, number] => {
    const rows = parameters.weights.get(way) ?? refuse(`it has no "${way}"`);
    return [rows.begin.length - 1, rows.inputs];
  };
  const [vocabulary, features] = shapeOf("words.weight");
  const config = {
    ...{ vocabulary, features, positions: shapeOf("positions.weight")[1] },
    layers: Object.keys(tree.children.decoder?.children ?? {}).length,
    heads: Number(said("causalAttention", "heads")),
    intermediate: shapeOf("decoder.layer0.intermediate.weight")[0],
    gelu: said("gelu", "form") === "erf" ? "erf" as const : "tanh" as const,
    epsilon: Number(said("layerNorm", "epsilon")),
    dropout: Number(said("dropout", "rate") ?? 0),
  };
  return { config, parameters };
}

/**
 * The text of `config.json`.
 *
 * @param end The token that ends a text, if there is one.
 */
export function gptConfigText(config: GptConfig, end?: number): string {
  const { dropout } = config;
  const file = {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    // Without it readers take the type of the first array.
    dtype: "float32",
    vocab_size: config.vocabulary,
    n_positions: config.positions,
    n_embd: config.features,
    n_layer: config.layers,
    n_head: config.heads,
    n_inner: config.intermediate,
    activation_function: config.gelu === "tanh" ? "gelu_new" : "gelu",
    ...{ resid_pdrop: dropout, embd_pdrop: dropout, attn_pdrop: dropout },
    layer_norm_epsilon: config.epsilon,
    initializer_range: 0.02,
    bos_token_id: end ?? null,
    eos_token_id: end ?? null,
    tie_word_embeddings: true,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Parts of a block: here and there. */
const PRODUCTS = [
  ["attention.output", "attn.c_proj"],
  ["intermediate", "mlp.c_fc"],
  ["output", "mlp.c_proj"],
] as const;

/** Norms: gain and bias here, weight and bias there. */
const NORMS = [["attention.norm", "ln_1"], ["norm", "ln_2"]] as const;

/** Dense arrays under the names that they have there. The head is not among them: it is the table of the tokens. */
export function gptArrays({ config, parameters }: StoredGpt): NamedTensor[] {
  const { weights, vectors } = parameters;
  const { features } = config;
  const matrix = (way: string): Rows => weights.get(`${way}.weight`) ?? missing(way);
  const vector = (way: string): Float64Array => vectors.get(way) ?? missing(way);
  const turned = (name: string, way: string): NamedTensor => {
    const rows = matrix(way);
    return { name, shape: [rows.inputs, rows.begin.length - 1], data: denseOf(rows, true) };
  };
  const numbers = (name: string, ...ways: string[]): NamedTensor => {
    const data = Float32Array.from(ways.flatMap((way) => [...vector(way)]));
    return { name, shape: [data.length], data };
  };
  const norm = (name: string, way: string): NamedTensor[] => [
    numbers(`${name}.weight`, `${way}.gain`),
    numbers(`${name}.bias`, `${way}.bias`),
  ];
  const blocks = Array.from({ length: config.layers }, (_, i): NamedTensor[] => {
    const [here, there] = [`decoder.layer${i}`, `transformer.h.${i}`];
    const parts = ["query", "key", "value"].map((part) => `${here}.attention.${part}`);
    return [
      ...NORMS.flatMap(([way, name]) => norm(`${there}.${name}`, `${here}.${way}`)),
      {
        name: `${there}.attn.c_attn.weight`,
        shape: [features, 3 * features],
        data: sideBySide(parts.map((way) => denseOf(matrix(way), true)), features),
      },
      numbers(`${there}.attn.c_attn.bias`, ...parts.map((way) => `${way}.bias`)),
      ...PRODUCTS.flatMap(([way, name]) => [
        turned(`${there}.${name}.weight`, `${here}.${way}`),
        numbers(`${there}.${name}.bias`, `${here}.${way}.bias`),
      ]),
    ];
  });
  const words = matrix("words");
  return [
    {
      name: "transformer.wte.weight",
      shape: [config.vocabulary, features],
      data: denseOf(words),
    },
    turned("transformer.wpe.weight", "positions"),
    ...blocks.flat(),
    ...norm("transformer.ln_f", "norm"),
  ];
}

/** Matrices of as many columns each, row by row behind each other. */
function sideBySide(matrices: readonly Float32Array[], columns: number): Float32Array<ArrayBuffer> {
  const width = matrices.length * columns;
  const all = new Float32Array(matrices.length * matrices[0].length);
  for (const [i, matrix] of matrices.entries()) {
    for (let row = 0; row * columns < matrix.length; row++) {
      const some = matrix.subarray(row * columns, (row + 1) * columns);
      all.set(some, row * width + i * columns);
    }
  }
  return all;
}

function missing(way: string): never {
  throw new TypeError(
    `Cannot export the model for Hugging Face: it has no "${way}"; expected a GPT`,
  );
}
