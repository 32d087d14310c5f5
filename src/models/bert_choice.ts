/**
 * BERT as people choose it by name.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { bert, BERT_SIZES, type BertSizeName, sizesOf } from "./bert.ts";
import { type EncoderDefinition, type EncoderGiven, WIDEST } from "./definition.ts";
import { flopsPerSequence } from "./flops.ts";

/** The sizes by name. */
const SIZES: readonly BertSizeName[] = ["tiny", "mini", "small", "medium", "base"];

/** BERT by name. */
export const definition: EncoderDefinition = define({
  name: "bert",
  description: "An encoder of text, which is pre-trained",
  options: {
    size: {
      type: "choice",
      choices: SIZES,
      description: `Size of an encoder: ${
        SIZES.map((name) => {
          const { layers, features } = BERT_SIZES[name];
          return `\`${name}\` (${layers} layers of ${features} features)`;
        }).join(", ")
      }; \`tiny\` by default`,
      flag: "--model-size",
    },
    layers: {
      type: "integer",
      least: 1,
      description: "Layers of an encoder, in the place of those of its size",
      flag: "--layers",
    },
    width: {
      type: "integer",
      least: 1,
      most: WIDEST,
      description: "Features of a position of an encoder, in the place of those of its size",
      flag: "--width",
    },
    heads: {
      type: "integer",
      least: 1,
      description: "Heads of the attention of an encoder, in the place of those of its size",
      flag: "--heads",
    },
    dropout: {
      type: "number",
      least: 0,
      below: 1,
      description: "Share of the features that training an encoder drops; 0 by default",
      flag: "--dropout",
    },
  },
  make(values, { vocabulary, positions, sparsity, ...options }: EncoderGiven) {
    const { size: name = "tiny", dropout = 0 } = values;
    const known = BERT_SIZES[name];
    const { layers = known.layers, width: features = known.features } = values;
    const { heads = known.heads } = values;
    const size = sizesOf({ size: { layers, features, heads } });
    const own = values.layers ?? values.width ?? values.heads;
    const called = own === undefined ? `bert-${name}` : "bert";
    return {
      model: bert({ size, vocabulary, positions, sparsity, dropout, ...options }),
      summary: `${called} of ${layers} layers of ${features}, ${vocabulary} pieces`,
      flopsPerSequence: flopsPerSequence(size, { positions, density: 1 - sparsity }),
    };
  },
});
