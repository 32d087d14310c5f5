/**
 * The parts of a decoder's pre-training: windows of a text, a decoder, and the task of both.
 *
 * @module
 */
import {
  characterWindows,
  openTokenWindows,
  type TokenWindows,
  type WindowOptions,
} from "../data/tokens/token_windows.ts";
import { nextToken } from "../tasks/next_token.ts";
import { exists } from "../runtime/atomic_files.ts";
import { DECODERS, named } from "./config/choices.ts";
import type { Config } from "./config/schema.ts";
import { readUtf8 } from "./corpora/plain.ts";
import { dataPath } from "./data.ts";
import { ValidationError } from "./deps.ts";
import { learning } from "./learning.ts";
import { asWrongUse } from "./patterns.ts";
import { POSITIONS } from "./pretraining.ts";
import { requireSteps, withLength } from "./run_length.ts";
import type { Opened } from "./session.ts";
import { textSettingsOf } from "./settings.ts";

/** What a configuration makes of a text. What is held out is tested with after every epoch. */
export async function openDecoder(asked: Config): Promise<Opened> {
  const { train, test, preparation } = await openWindowsOf(asked);
  const config = withLength(asked, train.examples);
  requireSteps(config, train.examples);
  const { inputs: positions, pieces: { length: vocabulary } } = preparation;
  const { model, summary, work, ...settings } = textSettingsOf(
    config,
    named(DECODERS, config.model.name),
    { vocabulary, positions },
  );
  return {
    ...{ config, data: { train, test, validation: test }, ...settings },
    ...{ network: summary, work },
    learning: learning({ model, task: nextToken() }),
    notes: {},
  };
}

/**
 * The windows of a text that a configuration names: a corpus, or a file of text, whose characters are the tokens.
 *
 * @throws {ValidationError} if there is none, or its options cannot be.
 */
export async function openWindowsOf(
  { data }: Pick<Config, "data">,
  name: string = data.name,
): Promise<TokenWindows> {
  const path = await dataPath(name);
  const { positions = POSITIONS, epochExamples, testExamples, tokens } = data;
  const options: WindowOptions = {
    positions,
    ...(epochExamples === undefined ? {} : { epochExamples }),
    ...(testExamples === undefined ? {} : { testExamples }),
  };
  const isFolder = (await Deno.stat(path)).isDirectory;
  if (!isFolder) {
    if (tokens !== "pieces") {
      const text = await readUtf8(String(path));
      return asWrongUse(() => characterWindows(text, options));
    }
    throw new ValidationError(
      `Option "--token-kind" (data.tokens) is pieces, but "${name}" is a text file, of which characters are read; expected ` +
        "characters, or the folder of a corpus that `filigree data prepare` made of it.",
    );
  }
  if (!(await exists(`${path}/corpus.json`))) {
    throw new ValidationError(
      `Option "--data" is "${name}", which is no corpus: it has no corpus.json; expected a folder that ` +
        "`filigree data prepare` wrote, or a text file.",
    );
  }
  if (tokens === "characters") {
    throw new ValidationError(
      `Option "--token-kind" (data.tokens) is characters, but "${name}" is a corpus of pieces of words; expected pieces, or a ` +
        "text file.",
    );
  }
  try {
    return await openTokenWindows(path, options);
  } catch (cause) {
    if (cause instanceof RangeError) throw new ValidationError(cause.message, { cause });
    throw cause;
  }
}
