/**
 * BERT as people choose it by name.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { bert, BERT_SIZES, type BertSizeName, sizesOf } from "./bert.ts";
import type { EncoderDefinition, EncoderGiven } from "./definition.ts";
import { flopsPerSequence } from "./flops.ts";
import { DROPOUT, HEADS, LAYERS, sizeOption, WIDTH } from "./transformer_options.ts";

/** The sizes by name. */
const SIZES: readonly BertSizeName[] = ["tiny", "mini", "small", "medium", "base"];

/** BERT by name. */
export const definition: EncoderDefinition = define({
  name: "bert",
  description: "An encoder of text, which is pre-trained",
  options: {
    size: sizeOption("bert", { names: SIZES, sizes: BERT_SIZES }),
    ...{ layers: LAYERS, width: WIDTH, heads: HEADS, dropout: DROPOUT },
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
