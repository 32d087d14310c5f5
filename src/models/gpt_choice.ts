/**
 * GPT as people choose it by name.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { BERT_SIZES } from "./bert.ts";
import { chosenSize, SIZES } from "./bert_choice.ts";
import type { DecoderDefinition, TextGiven } from "./definition.ts";
import { gpt, gptMatrices } from "./gpt.ts";
import { sparsePatterns } from "./sparse_layers.ts";
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
  make(values, { vocabulary, positions, ...options }: TextGiven) {
    const { dropout = 0, positional = "learned", norms: norm = "layer", gelu = "tanh" } = values;
    const { size, called } = chosenSize("gpt", values);
    const form = { dropout, positional, norm, gelu };
    const matrices = gptMatrices({ size });
    const patterns = sparsePatterns(matrices, options);
    return {
      model: gpt({ size, vocabulary, positions, ...form, ...options }),
      summary: `${called}, ${vocabulary} tokens`,
      work: { sizes: size, positions, matrices, patterns },
    };
  },
});
