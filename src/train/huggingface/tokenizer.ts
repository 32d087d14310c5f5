/**
 * The tokenizer of a folder of Hugging Face.
 *
 * @module
 */
import { Tokenizer } from "../../data/tokens/tokenizer.ts";
import { parseVocabulary, readTokenizer } from "../../data/tokens/tokenizer_files.ts";
import { recordOf } from "../description.ts";
import { CheckpointError } from "../errors.ts";
import { exists } from "../../runtime/atomic_files.ts";

/**
 * Reads the tokenizer of a BERT: `tokenizer.json`, or else `vocab.txt` with what `tokenizer_config.json` says of the case and of
 * accents.
 *
 * @throws {CheckpointError} if the folder has neither.
 * @throws {DataFormatError} if a file is damaged, or of a tokenizer that reads texts otherwise.
 * @throws {SyntaxError} if `tokenizer_config.json` is no JSON.
 * @example
 * ```ts
 * import { readBertTokenizer } from "@filigree/filigree/runs";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/vocab.txt`, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n");
 * const tokenizer = await readBertTokenizer(folder);
 * console.assert(tokenizer.encode("Hello").join() === "5");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function readBertTokenizer(folder: string): Promise<Tokenizer> {
  const [whole, pieces, about] = ["tokenizer.json", "vocab.txt", "tokenizer_config.json"].map(
    (name) => `${folder}/${name}`,
  );
  if (await exists(whole)) return await readTokenizer(whole);
  if (!(await exists(pieces))) {
    throw new CheckpointError(
      folder,
      "it has no tokenizer; expected a folder with tokenizer.json or vocab.txt",
    );
  }
  const vocabulary = parseVocabulary(await Deno.readTextFile(pieces), pieces);
  const said = await exists(about) ? settingsIn(await Deno.readTextFile(about), about) : {};
  const { do_lower_case: lowerCase = true, strip_accents: accents } = said;
  return new Tokenizer(vocabulary, {
    lowerCase: lowerCase === true,
    ...(typeof accents === "boolean" ? { stripAccents: accents } : {}),
  });
}

function settingsIn(text: string, file: string): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`Cannot read "${file}": it is no JSON (${why}); expected one`, { cause });
  }
}
