/**
 * Files of a tokenizer, as Hugging Face's libraries have them: `vocab.txt`, a piece a line; `tokenizer.json`, the whole of it;
 * `tokenizer_config.json`, what `AutoTokenizer` makes of it.
 *
 * @module
 */
import { DataFormatError } from "../errors.ts";
import { linesIn } from "../lines.ts";
import { Tokenizer } from "./tokenizer.ts";
import { CONTINUATION, SPECIAL_PIECES, type SpecialPiece, Vocabulary } from "./vocabulary.ts";

/** Most characters of a word. */
const LONGEST_WORD = 100;

/** Names of files, and what is in them. */
export interface TokenizerFiles {
  /** A piece a line, in the order of their numbers. */
  readonly "vocab.txt": string;
  /** Everything, for the `tokenizers` of Python and npm. */
  readonly "tokenizer.json": string;
  /** What `AutoTokenizer` takes. */
  readonly "tokenizer_config.json": string;
}

/** Options of {@linkcode tokenizerFiles}. */
export interface TokenizerFilesOptions {
  /** Most tokens that the model reads, `[CLS]` and `[SEP]` among them; 512 by default. */
  readonly positions?: number;
}

/**
 * The files of a tokenizer.
 *
 * @throws {RangeError} if a piece has a line break in it, for which `vocab.txt` has no form.
 * @example
 * ```ts
 * import { Tokenizer, tokenizerFiles, Vocabulary } from "@filigree/filigree/tokens";
 *
 * const pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "##s"];
 * const files = tokenizerFiles(new Tokenizer(new Vocabulary(pieces)), { positions: 128 });
 * console.assert(files["vocab.txt"].endsWith("cat\n##s\n"));
 * console.assert(JSON.parse(files["tokenizer_config.json"]).do_lower_case === true);
 * ```
 */
export function tokenizerFiles(
  { vocabulary, options: { lowerCase, stripAccents } }: Tokenizer,
  { positions = 512 }: TokenizerFilesOptions = {},
): TokenizerFiles {
  const broken = vocabulary.pieces.findIndex((piece) => /[\r\n]/.test(piece));
  if (broken >= 0) {
    throw new RangeError(
      `Cannot write vocab.txt: piece ${broken} is ${
        JSON.stringify(vocabulary.pieces[broken])
      }; expected pieces without line breaks`,
    );
  }
  // Where accents go with the case, as in BERT, nothing is said of them.
  const accents = stripAccents === lowerCase ? null : stripAccents;
  const config = {
    do_lower_case: lowerCase,
    strip_accents: accents,
    tokenize_chinese_chars: true,
    model_max_length: positions,
    // A class of BERT's own would leave out what the file says of the text.
    tokenizer_class: accents === null ? "BertTokenizer" : "PreTrainedTokenizerFast",
    // What a class that is none of BERT's would give no segments without.
    model_input_names: ["input_ids", "token_type_ids", "attention_mask"],
    unk_token: SPECIAL_PIECES.unknown,
    sep_token: SPECIAL_PIECES.separator,
    pad_token: SPECIAL_PIECES.pad,
    cls_token: SPECIAL_PIECES.begin,
    mask_token: SPECIAL_PIECES.mask,
  };
  return {
    "vocab.txt": vocabulary.pieces.map((piece) => `${piece}\n`).join(""),
    "tokenizer.json": `${
      JSON.stringify(wholeOf(vocabulary, { lowercase: lowerCase, strip_accents: accents }), null, 2)
    }\n`,
    "tokenizer_config.json": `${JSON.stringify(config, null, 2)}\n`,
  };
}

/** The content of `tokenizer.json`. */
function wholeOf(vocabulary: Vocabulary, normalizer: object): object {
  const { special } = vocabulary;
  const sequence = (id: "A" | "B", type: number) => ({ Sequence: { id, type_id: type } });
  const mark = (name: SpecialPiece, type: number) => ({
    SpecialToken: { id: SPECIAL_PIECES[name], type_id: type },
  });
  const single = [mark("begin", 0), sequence("A", 0), mark("separator", 0)];
  const marks = (["begin", "separator"] as const).map((name) => {
    const piece = SPECIAL_PIECES[name];
    return [piece, { id: piece, ids: [special[name]], tokens: [piece] }];
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Object.values(SPECIAL_PIECES)
      .map((content) => ({ id: vocabulary.numberOf(content) ?? 0, content }))
      .sort((a, b) => a.id - b.id)
      .map(({ id, content }) => ({
        ...{ id, content, single_word: false, lstrip: false, rstrip: false },
        ...{ normalized: false, special: true },
      })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      ...normalizer,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single,
      pair: [...single, sequence("B", 1), mark("separator", 1)],
      special_tokens: Object.fromEntries(marks),
    },
    decoder: { type: "WordPiece", prefix: CONTINUATION, cleanup: true },
    model: {
      type: "WordPiece",
      // What a class that is none of BERT's would give no segments without.
      model_input_names: ["input_ids", "token_type_ids", "attention_mask"],
      unk_token: SPECIAL_PIECES.unknown,
      continuing_subword_prefix: CONTINUATION,
      max_input_chars_per_word: LONGEST_WORD,
      vocab: Object.fromEntries(
        vocabulary.pieces.map((piece, number): [string, number] => [piece, number])
          .filter(([piece]) => piece !== ""),
      ),
    },
  };
}

/**
 * Reads the tokenizer of a file: `vocab.txt`, or `tokenizer.json` of a WordPiece tokenizer that reads texts as BERT does.
 *
 * @param lowerCase Whether letters become lower case; a `tokenizer.json` says it itself, for a `vocab.txt` it is true by default.
 * @throws {Deno.errors.NotFound} if there is no such file.
 * @throws {DataFormatError} if it is damaged, lacks a special piece, or is of a tokenizer that reads texts otherwise.
 * @example
 * ```ts
 * import { readTokenizer } from "@filigree/filigree/tokens";
 *
 * const path = await Deno.makeTempFile({ suffix: ".txt" });
 * await Deno.writeTextFile(path, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n");
 * const tokenizer = await readTokenizer(path);
 * console.assert(tokenizer.encode("Hello").join() === "5");
 * await Deno.remove(path);
 * ```
 */
export async function readTokenizer(
  path: string | URL,
  { lowerCase }: { readonly lowerCase?: boolean } = {},
): Promise<Tokenizer> {
  const file = String(path);
  const text = await Deno.readTextFile(path);
  return text.trimStart().startsWith("{")
    ? parseTokenizer(text, file)
    : new Tokenizer(parseVocabulary(text, file), lowerCase === undefined ? {} : { lowerCase });
}

/**
 * The vocabulary in the text of a `vocab.txt`.
 *
 * @param file Its name, for errors.
 * @throws {DataFormatError} if a special piece is missing.
 */
export function parseVocabulary(text: string, file: string): Vocabulary {
  return vocabularyIn(linesIn(text), file);
}

/**
 * The tokenizer in the text of a `tokenizer.json`.
 *
 * @param file Its name, for errors.
 * @throws {DataFormatError} if it is of another kind.
 */
export function parseTokenizer(text: string, file: string): Tokenizer {
  const refuse = (is: string, expected: string): never => {
    throw new DataFormatError(file, 0, `${is}; expected ${expected}`);
  };
  const whole = parsed(text, file);
  const { model, normalizer, pre_tokenizer: words } = whole;
  if (!isRecord(model) || !isRecord(model.vocab)) return refuse("it has no vocabulary", "a model");
  const own = [model.type ?? "WordPiece", model.continuing_subword_prefix, model.unk_token];
  const stock = ["WordPiece", CONTINUATION, SPECIAL_PIECES.unknown];
  if (own.join() !== stock.join()) refuse(`its model is ${own.join(", ")}`, stock.join(", "));
  if (model.max_input_chars_per_word !== LONGEST_WORD) {
    refuse(`a word has at most ${model.max_input_chars_per_word} characters`, `${LONGEST_WORD}`);
  }
  if (!isRecord(normalizer) || normalizer.type !== "BertNormalizer") {
    return refuse("its texts are normalised otherwise", 'a normaliser "BertNormalizer"');
  }
  if (normalizer.clean_text !== true || normalizer.handle_chinese_chars !== true) {
    refuse("it cleans no texts, or cuts no ideographs", "both, as in BERT");
  }
  if (!isRecord(words) || words.type !== "BertPreTokenizer") {
    refuse("it cuts words otherwise", 'a pre-tokeniser "BertPreTokenizer"');
  }
  const lowerCase = normalizer.lowercase === true;
  const accents = normalizer.strip_accents;
  const stripAccents = typeof accents === "boolean" ? accents : lowerCase;
  const added = Array.isArray(whole.added_tokens) ? whole.added_tokens.filter(isRecord) : [];
  const numbered = [
    ...Object.entries(model.vocab),
    ...added.map(({ content, id }): [string, unknown] => [String(content), id]),
  ];
  return new Tokenizer(vocabularyIn(byNumber(numbered, file), file), { lowerCase, stripAccents });
}

/** Pieces in the places that their numbers say; a place without a piece has an empty one. */
function byNumber(numbered: readonly (readonly [string, unknown])[], file: string): string[] {
  const pieces: string[] = [];
  const most = 4 * numbered.length + 1024;
  for (const [piece, number] of numbered) {
    if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > most) {
      throw new DataFormatError(
        file,
        0,
        `the number of ${
          JSON.stringify(piece)
        } is ${number}; expected a whole number up to ${most}`,
      );
    }
    pieces[number] = piece;
  }
  return Array.from(pieces, (piece = "") => piece);
}

function vocabularyIn(pieces: readonly string[], file: string): Vocabulary {
  try {
    return new Vocabulary(pieces);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new DataFormatError(file, 0, cause.message.replace(/^Cannot use the vocabulary: /, ""), {
      cause,
    });
  }
}

function parsed(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DataFormatError(file, 0, `it is no JSON (${cause.message}); expected a tokenizer`, {
      cause,
    });
  }
  if (isRecord(value)) return value;
  throw new DataFormatError(file, 0, "it is no object of JSON; expected a tokenizer");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
