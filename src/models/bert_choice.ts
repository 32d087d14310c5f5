/**
 * BERT as people choose it by name.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { bert, BERT_SIZES, bertMatrices, type BertSizeName, sizesOf } from "./bert.ts";
import type { EncoderDefinition, TextGiven } from "./definition.ts";
import { sparsePatterns } from "./sparse_layers.ts";
import { DROPOUT, HEADS, LAYERS, sizeOption, WIDTH } from "./transformer_options.ts";

/** The sizes by name. */
export const SIZES: readonly BertSizeName[] = ["tiny", "mini", "small", "medium", "base"];

/** What people choose of a size: its name, or numbers in the place of its own. */
export interface SizeValues {
  readonly size?: BertSizeName;
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
}

/**
 * The size that values ask for, and what a model of it is called.
 *
 * @param kind The name of the model.
 */
export function chosenSize(kind: string, values: SizeValues) {
  const { size: name = "tiny" } = values;
  const known = BERT_SIZES[name];
  const { layers = known.layers, width: features = known.features } = values;
  const { heads = known.heads } = values;
  const own = values.layers ?? values.width ?? values.heads;
  return {
    size: sizesOf({ size: { layers, features, heads } }),
    called: `${own === undefined ? `${kind}-${name}` : kind} of ${layers} layers of ${features}`,
  };
}

/** BERT by name. */
export const definition: EncoderDefinition = define({
  name: "bert",
  description: "An encoder of text, which is pre-trained",
  options: {
    size: sizeOption("bert", { names: SIZES, sizes: BERT_SIZES }),
    ...{ layers: LAYERS, width: WIDTH, heads: HEADS, dropout: DROPOUT },
  },
  make(values, { vocabulary, positions, ...options }: TextGiven) {
    const { dropout = 0 } = values;
    const { size, called } = chosenSize("bert", values);
    const matrices = bertMatrices({ size });
    const patterns = sparsePatterns(matrices, options);
    return {
      model: bert({ size, vocabulary, positions, dropout, ...options }),
      summary: `${called}, ${vocabulary} pieces`,
      work: { sizes: size, positions, matrices, patterns },
    };
  },
});
