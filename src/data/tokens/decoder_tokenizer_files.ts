/**
 * Files of a decoder's tokenizer, as Hugging Face's libraries have them: texts have no marks around them, and characters may be
 * tokens.
 *
 * @module
 */
import { tokenizerFiles } from "./tokenizer_files.ts";
import type { WindowPreparation } from "./token_windows.ts";
import { Tokenizer } from "./tokenizer.ts";
import { SPECIAL_PIECES, Vocabulary } from "./vocabulary.ts";

/** Names of files, and what is in them. */
export interface DecoderTokenizerFiles {
  /** Everything, for the `tokenizers` of Python and npm. */
  readonly "tokenizer.json": string;
  /** What `AutoTokenizer` takes. */
  readonly "tokenizer_config.json": string;
}

/**
 * The files of the tokenizer that a preparation describes.
 *
 * @example
 * ```ts
 * import { characterWindows, decoderTokenizerFiles } from "@filigree/filigree/tokens";
 *
 * const { preparation } = characterWindows("abc ".repeat(100), { positions: 8 });
 * const files = decoderTokenizerFiles(preparation);
 * console.assert(JSON.parse(files["tokenizer.json"]).model.vocab.c === 3);
 * ```
 */
export function decoderTokenizerFiles(preparation: WindowPreparation): DecoderTokenizerFiles {
  const { inputs, tokens } = preparation;
  const common = {
    tokenizer_class: "PreTrainedTokenizerFast",
    model_max_length: inputs,
    model_input_names: ["input_ids", "attention_mask"],
    // Spaces before marks are as the model was trained with.
    clean_up_tokenization_spaces: false,
  };
  const [whole, config] = tokens === "characters"
    ? [ofCharacters(preparation), common]
    : [ofPieces(preparation), { ...common, ...MARKS }];
  return {
    "tokenizer.json": `${JSON.stringify(whole, null, 2)}\n`,
    "tokenizer_config.json": `${JSON.stringify(config, null, 2)}\n`,
  };
}

/** What the special pieces are for. */
const MARKS = {
  bos_token: SPECIAL_PIECES.separator,
  eos_token: SPECIAL_PIECES.separator,
  pad_token: SPECIAL_PIECES.pad,
  unk_token: SPECIAL_PIECES.unknown,
};

function ofPieces({ pieces, lowerCase, stripAccents }: WindowPreparation): object {
  const tokenizer = new Tokenizer(new Vocabulary(pieces), {
    ...(lowerCase === undefined ? {} : { lowerCase }),
    ...(stripAccents === undefined ? {} : { stripAccents }),
  });
  const whole: object = JSON.parse(tokenizerFiles(tokenizer)["tokenizer.json"]);
  return { ...whole, post_processor: null };
}

function ofCharacters({ pieces }: WindowPreparation): object {
  return {
    ...{ version: "1.0", truncation: null, padding: null, added_tokens: [], normalizer: null },
    pre_tokenizer: {
      ...{ type: "Split", pattern: { Regex: "[\\s\\S]" }, behavior: "Isolated", invert: false },
    },
    post_processor: null,
    decoder: { type: "Fuse" },
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(pieces.map((piece, number) => [piece, number])),
      // There is none: a character that is no token is an error.
      unk_token: "[UNK]",
    },
  };
}
