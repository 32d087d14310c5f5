/**
 * A small BERT whose parameters are drawn, and inputs for it: what tests of the files of Hugging Face share.
 *
 * @module
 */
import type { Rows } from "../src/nn/definition.ts";
import type { BertParameters, StoredBert } from "../src/train/huggingface/bert.ts";
import type { BertConfig } from "../src/train/huggingface/config.ts";
import { bertNames, POSITIONS } from "../src/train/huggingface/names.ts";
import { rowsOf } from "../src/train/rows.ts";
import type { NamedTensor } from "../src/train/safetensors.ts";
import { Source } from "./arbitraries.ts";
import type { Numbers } from "./onnx_runtimes.ts";

/** Its sizes. */
export const SMALL: BertConfig = {
  vocabulary: 37,
  features: 12,
  layers: 2,
  heads: 3,
  intermediate: 20,
  positions: 9,
  segments: 2,
  gelu: "erf",
  epsilon: 1e-12,
  dropout: 0.25,
};

/** Those that are compared with transformers. */
export const BERTS: Readonly<Record<string, BertConfig>> = {
  pretraining: SMALL,
  classes: { ...SMALL, gelu: "tanh", classes: ["bad", "good", "odd"] },
};

/** The shape of a parameter. */
function shapeOf(way: string, config: BertConfig): readonly number[] {
  const { vocabulary, features, intermediate, positions, segments, classes = [] } = config;
  const tables: Readonly<Record<string, number>> = {
    words: vocabulary,
    segments,
    next: 2,
    classifier: classes.length,
  };
  const [, last, part] = /([^.]+)\.([^.]+)$/.exec(way) ?? [];
  if (way === "masked.bias") return [vocabulary];
  if (way === POSITIONS) return [features, positions];
  const inner = /^encoder\.layer\d+\.(intermediate|output)\./.exec(way)?.[1];
  const rows = inner === "intermediate" ? intermediate : tables[last] ?? features;
  if (part !== "weight") return [rows];
  return [rows, inner === "output" ? intermediate : features];
}

/** A BERT with numbers of a seed. Half of the numbers of the encoder's matrices are 0. */
export function drawBert(seed: number, config: BertConfig = SMALL): StoredBert {
  const source = new Source(seed);
  const heads = config.classes === undefined ? /^classifier\./ : /^(masked|next)\./;
  const drawn = bertNames(config.layers).map(([way]) => way).filter((way) => !heads.test(way))
    .map((way): NamedTensor => {
      const shape = shapeOf(way, config);
      const sparse = /^encoder\..*\.weight$/.test(way);
      const numbers = source.floats(shape.reduce((product, size) => product * size, 1));
      const data = numbers.map((x) =>
        way.endsWith(".gain") ? 1 + x / 4 : sparse && source.below(2) === 0 ? 0 : x / 2
      );
      if (way !== POSITIONS) return { name: way, shape, data };
      // Drawn as they lie in the file.
      const [features, positions] = shape;
      const at = (i: number): number => (i % positions) * features + Math.floor(i / positions);
      return { name: way, shape, data: data.map((_, i) => data[at(i)]) };
    });
  return { config, parameters: parametersOf(drawn) };
}

/** Arrays as the parameters of a BERT. */
export function parametersOf(arrays: readonly NamedTensor[]): BertParameters {
  const weights = new Map<string, Rows>(), vectors = new Map<string, Float64Array>();
  for (const { name, shape: [rows, inputs], data } of arrays) {
    if (inputs === undefined) vectors.set(name, Float64Array.from(data));
    else weights.set(name, rowsOf({ rows, inputs, values: Float32Array.from(data) }));
  }
  return { weights, vectors };
}

/** Two texts, of which one is shorter. */
export const INPUTS: Readonly<Record<string, Numbers>> = {
  input_ids: { shape: [2, 6], data: [2, 7, 36, 5, 11, 3, 2, 9, 8, 3, 0, 0] },
  attention_mask: { shape: [2, 6], data: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0] },
  token_type_ids: { shape: [2, 6], data: [0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0] },
};
