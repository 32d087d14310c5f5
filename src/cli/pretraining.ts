/**
 * The parts of a pre-training: a corpus, an encoder, and the task of both.
 *
 * @module
 */
import { openPretrainingCorpus, type PretrainingCorpus } from "../data/tokens/pretraining.ts";
import { exists } from "../runtime/atomic_files.ts";
import { pretraining } from "../tasks/pretraining.ts";
import { requireSteps, withLength } from "./run_length.ts";
import { ENCODERS, named } from "./config/choices.ts";
import type { Config } from "./config/schema.ts";
import { dataPath } from "./data.ts";
import { ValidationError } from "./deps.ts";
import { learning } from "./learning.ts";
import type { Opened } from "./session.ts";
import { textSettingsOf } from "./settings.ts";

/** Most positions of a text where nobody says another number. */
export const POSITIONS = 128;

/** What a configuration makes of a corpus. What is held out is tested with after every epoch. */
export async function openPretraining(asked: Config): Promise<Opened> {
  const { train, test, vocabulary } = await openCorpusOf(asked);
  const config = withLength(asked, train.examples);
  requireSteps(config, train.examples);
  const { positions = POSITIONS } = config.data;
  const { model, summary: network, work, ...settings } = textSettingsOf(
    config,
    named(ENCODERS, config.model.name),
    { vocabulary: vocabulary.size, positions },
  );
  return {
    ...{ config, data: { train, test, validation: test }, ...settings },
    ...{ network, work },
    learning: learning({ model, task: pretraining() }),
    notes: {},
  };
}

/**
 * The corpus of a configuration.
 *
 * @throws {ValidationError} if there is none, or its options cannot be.
 */
export async function openCorpusOf(
  { data }: Pick<Config, "data">,
  name: string = data.name,
): Promise<PretrainingCorpus> {
  const folder = await dataPath(name);
  if (!(await exists(`${folder}/corpus.json`))) {
    throw new ValidationError(
      `Option "--data" is "${name}", which is no corpus: it has no corpus.json; expected a folder that ` +
        "`filigree data prepare` wrote.",
    );
  }
  const { positions = POSITIONS, masked, epochExamples, testExamples } = data;
  try {
    return await openPretrainingCorpus(folder, {
      positions,
      ...(masked === undefined ? {} : { masked }),
      ...(epochExamples === undefined ? {} : { epochExamples }),
      ...(testExamples === undefined ? {} : { testExamples }),
    });
  } catch (cause) {
    if (cause instanceof RangeError) throw new ValidationError(cause.message, { cause });
    throw cause;
  }
}
