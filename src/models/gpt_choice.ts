/**
 * GPT as people choose it by name.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { BERT_SIZES } from "./bert.ts";
import { chosenSize, SIZES } from "./bert_choice.ts";
import type { DecoderDefinition, TextGiven } from "./definition.ts";
import { flopsPerSequence } from "./flops.ts";
import { gpt } from "./gpt.ts";
import { DROPOUT, HEADS, LAYERS, sizeOption, WIDTH } from "./transformer_options.ts";

/** GPT by name. */
export const definition: DecoderDefinition = define({
  name: "gpt",
  description: "A decoder of text, which tells the next token and goes on with texts",
  options: {
    size: sizeOption("gpt", { names: SIZES, sizes: BERT_SIZES }),
    ...{ layers: LAYERS, width: WIDTH, heads: HEADS, dropout: DROPOUT },
    positional: {
      type: "choice",
      choices: ["learned", "rotary"],
      description:
        "How a decoder knows where a token stands: by what it learns of each position (`learned`, the default), or by angles (`rotary`)",
      flag: "--positional",
    },
    norms: {
      type: "choice",
      choices: ["layer", "rms"],
      description: "Norms of a decoder: `layer` norms by default, or `rms` norms",
      flag: "--norms",
    },
    gelu: {
      type: "choice",
      choices: ["tanh", "erf"],
      description: "GELU of a decoder: by `tanh`, the default, or by the error function (`erf`)",
      flag: "--gelu",
    },
  },
  make(values, { vocabulary, positions, sparsity, ...options }: TextGiven) {
    const { dropout = 0, positional = "learned", norms: norm = "layer", gelu = "tanh" } = values;
    const { size, called } = chosenSize("gpt", values);
    const form = { dropout, positional, norm, gelu };
    return {
      model: gpt({ size, vocabulary, positions, sparsity, ...form, ...options }),
      summary: `${called}, ${vocabulary} tokens`,
      flopsPerSequence: flopsPerSequence(size, { positions, density: 1 - sparsity }),
    };
  },
});
